//! One running gateway in a directory of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Client, Identity, Token};

const START_TIMEOUT: Duration = Duration::from_secs(60);
const ANY_PORT: &str = "127.0.0.1:0";
const STOP_TIMEOUT: Duration = Duration::from_secs(40);

/// A gateway with its data directory; both go when the value goes.
pub struct Gateway {
    dir: TempDir,
    settings: Vec<(String, String)>,
    child: Option<Child>,
    endpoint: Value,
    https: String,
}

/// An account as `sealgate account create --json` shows it.
#[derive(Clone, Debug)]
pub struct Account {
    /// 12 digits.
    pub account_id: String,
    /// Huawei domain id.
    pub domain_id: String,
    /// S3 canonical user id.
    pub canonical_id: String,
    /// Access key and secret.
    pub identity: Identity,
}

impl Gateway {
    /// A gateway with default settings.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// A gateway with these settings, given as `SEALGATE_*` variables.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let owned = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::with_settings(owned.collect())
    }

    /// A gateway whose root is in `token`.
    pub fn on_token(token: &Token) -> Self {
        Self::with_settings(token.settings())
    }

    /// A gateway that keeps its blobs in a bucket of another one.
    pub fn backed_by(store: &Gateway, bucket: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let identity = store.root();
        let secret = dir.path().join("backing-secret");
        fs::write(&secret, &identity.secret_access_key).expect("the secret");
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("0600");
        let settings = [
            ("URL", format!("s3://{bucket}/sealed")),
            ("ENDPOINT", store.https()),
            ("ACCESS_KEY_ID", identity.access_key_id),
            ("SECRET_ACCESS_KEY_FILE", secret.display().to_string()),
            ("CA_FILE", store.ca_file().display().to_string()),
        ];
        let settings = settings.map(|(name, value)| (format!("SEALGATE_BACKING_{name}"), value));
        Self::start_in(dir, settings.to_vec())
    }

    fn with_settings(settings: Vec<(String, String)>) -> Self {
        Self::start_in(tempfile::tempdir().expect("a directory"), settings)
    }

    fn start_in(dir: TempDir, settings: Vec<(String, String)>) -> Self {
        let mut gateway =
            Self { dir, settings, child: None, endpoint: Value::Null, https: ANY_PORT.to_owned() };
        gateway.launch().unwrap_or_else(|log| panic!("the gateway did not start:\n{log}"));
        gateway
    }

    /// Starts the stopped gateway on the same data. Errors: what it logged
    /// before it gave up.
    pub fn launch(&mut self) -> Result<(), String> {
        for stale in ["endpoint.json", "control.sock"] {
            let _ = fs::remove_file(self.data_dir().join(stale));
        }
        let log = File::options().create(true).append(true).open(self.log_file()).expect("a log");
        let mut command = self.command("serve");
        command.args(["--http", ANY_PORT, "--https", &self.https, "--admin", ANY_PORT]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.child = Some(child.expect("the binary starts"));
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline {
            let recorded = fs::read(self.data_dir().join("endpoint.json")).unwrap_or_default();
            let is_up = self.data_dir().join("control.sock").exists();
            if let (true, Ok(endpoint)) = (is_up, serde_json::from_slice(&recorded)) {
                self.endpoint = endpoint;
                return Ok(());
            }
            if self.exited().is_some() {
                return Err(self.log());
            }
            sleep(Duration::from_millis(5));
        }
        panic!("the gateway is not up after {START_TIMEOUT:?}:\n{}", self.log());
    }

    /// Stops it as a power cut would: SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop (SIGTERM), without waiting.
    pub fn ask_to_stop(&self) {
        kill_process(self.pid(), Signal::TERM).expect("a running gateway");
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.exited() {
                self.child = None;
                return status;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("the gateway did not stop within {STOP_TIMEOUT:?}:\n{}", self.log());
    }

    /// Stops it orderly and starts it again.
    pub fn restart(&mut self) {
        self.ask_to_stop();
        self.wait();
        self.launch().expect("a restart");
    }

    /// Changes a setting of the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Lets the next start listen on the HTTPS port of now.
    pub fn keep_port(&mut self) {
        self.https = self.https().trim_start_matches("https://").to_owned();
    }

    /// A client over HTTPS with the root account's key.
    pub fn client(&self) -> Client {
        let ca = fs::read(self.ca_file()).expect("the CA");
        Client::new(self.https(), Some(&ca), self.region(), self.root())
    }

    /// The same over plain HTTP.
    pub fn plain_client(&self) -> Client {
        Client::new(self.url("http"), None, self.region(), self.root())
    }

    /// Makes an account.
    pub fn account(&self, name: &str) -> Account {
        let shown = self.run(&["account", "create", name, "--json"]);
        let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
        let text = |field: &str| shown.get(field).and_then(Value::as_str).expect(field).to_owned();
        Account {
            account_id: text("account_id"),
            domain_id: text("domain_id"),
            canonical_id: text("canonical_id"),
            identity: Identity {
                access_key_id: text("access_key_id"),
                secret_access_key: text("secret_access_key"),
            },
        }
    }

    /// The root account's key, from `DIR/credentials`.
    pub fn root(&self) -> Identity {
        let text = fs::read_to_string(self.data_dir().join("credentials")).expect("credentials");
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            line.trim_start_matches([' ', '=']).to_owned()
        };
        Identity {
            access_key_id: field("aws_access_key_id"),
            secret_access_key: field("aws_secret_access_key"),
        }
    }

    /// Runs a command of the binary on this gateway's data and returns what it said.
    pub fn try_run(&self, arguments: &[&str]) -> Output {
        let (command, rest) = arguments.split_at(1 + usize::from(is_group(arguments)));
        self.command(&command.join(" ")).args(rest).output().expect("the binary starts")
    }

    /// The same, which must succeed.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.try_run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "sealgate {arguments:?}: {said}");
        output
    }

    /// What `sealgate inspect` says.
    pub fn inspect(&self, object: &str) -> Value {
        serde_json::from_slice(&self.run(&["inspect", object]).stdout).expect("JSON")
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SEALGATE_")) {
            command.env_remove(name);
        }
        command.args(words.split(' ')).arg("--data-dir").arg(self.data_dir());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().expect("a child"))
    }

    /// Process id.
    pub fn pid(&self) -> Pid {
        let child = self.child.as_ref().expect("a running gateway");
        Pid::from_raw(child.id() as i32).expect("a process id")
    }

    /// `DIR`.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("gateway.log")
    }

    /// URL of HTTPS.
    pub fn https(&self) -> String {
        self.url("https")
    }

    /// URL of `https`, `http` or `admin`.
    pub fn url(&self, listener: &str) -> String {
        self.recorded(listener)
    }

    /// Its region.
    pub fn region(&self) -> String {
        self.recorded("region")
    }

    /// The CA that clients trust.
    pub fn ca_file(&self) -> PathBuf {
        PathBuf::from(self.recorded("ca_file"))
    }

    fn recorded(&self, field: &str) -> String {
        self.endpoint
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {field}"))
            .to_owned()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the gateway's log\n{}", self.log());
        }
    }
}

/// Commands that have a second word.
fn is_group(arguments: &[&str]) -> bool {
    let groups = ["account", "audit", "config", "key", "policy"];
    arguments.first().is_some_and(|first| groups.contains(first))
}

/// The binary under test: `SEALGATE_BIN`, or the one beside the running test.
fn binary() -> PathBuf {
    if let Some(given) = std::env::var_os("SEALGATE_BIN") {
        return PathBuf::from(given);
    }
    let test = std::env::current_exe().expect("the test's path");
    let beside = test.ancestors().map(|dir| dir.join("sealgate")).find(|path| path.is_file());
    beside.unwrap_or_else(|| panic!("no sealgate beside {}: run `cargo build` first", name(&test)))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}
