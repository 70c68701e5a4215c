//! The commands and the start of a server, through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_sealgate");
const ON_FREE_PORTS: [&str; 6] =
    ["--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

/// A running server, killed when the test ends.
struct Server {
    child: Child,
    dir: PathBuf,
    greeting: String,
}

impl Server {
    fn start(dir: &Path) -> Self {
        Self::start_with(dir, &[])
    }

    fn start_with(dir: &Path, variables: &[(&str, &str)]) -> Self {
        fs::create_dir_all(dir.parent().unwrap()).unwrap();
        let log = fs::File::create(dir.with_extension("log")).unwrap();
        let mut child = sealgate(&["serve"], dir)
            .args(ON_FREE_PORTS)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains("--sse aws:kms") {
            let Some(line) = lines.next() else {
                let log = fs::read_to_string(dir.with_extension("log")).unwrap();
                panic!("the server ended early: {greeting}{log}");
            };
            greeting.push_str(&line.unwrap());
            greeting.push('\n');
        }
        Self { child, dir: dir.to_owned(), greeting }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        sealgate(arguments, &self.dir).output().unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.with_extension("log")).unwrap()
    }

    /// SIGTERM, and the exit code.
    fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sealgate(arguments: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).arg("--data-dir").arg(dir).env_clear();
    command
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

/// The value that `sealgate env` exports.
fn exported(env: &str, name: &str) -> String {
    let start = format!("export {name}=");
    env.lines().find_map(|line| line.strip_prefix(&start)).unwrap().to_owned()
}

fn http_get(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_fresh_start_gives_credentials_a_ca_and_exports_that_name_them() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start(&parent.path().join("data"));
    let env = stdout(&server.run(&["env"]));
    assert!(exported(&env, "AWS_ENDPOINT_URL").starts_with("https://127.0.0.1:"));
    assert_eq!(exported(&env, "AWS_DEFAULT_REGION"), "us-east-1");
    assert!(Path::new(&exported(&env, "AWS_CA_BUNDLE")).is_absolute());
    assert!(Path::new(&exported(&env, "AWS_CA_BUNDLE")).exists());
    let credentials = exported(&env, "AWS_SHARED_CREDENTIALS_FILE");
    let text = fs::read_to_string(&credentials).unwrap();
    assert!(text.starts_with("[default]\naws_access_key_id = SGAK"), "{text}");
    assert_eq!(fs::metadata(credentials).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(server.greeting.contains("not an HSM"), "{}", server.greeting);
}

#[test]
fn readiness_has_a_line_for_each_dependency() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start(&parent.path().join("data"));
    let admin = server.greeting.lines().find_map(|line| line.trim().strip_prefix("admin"));
    let answer = http_get(&format!("{}/health/ready", admin.unwrap().trim()));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for dependency in ["catalog", "hsm", "store"] {
        assert!(answer.contains(&format!("\"name\":\"{dependency}\"")), "{answer}");
    }
}

#[test]
fn accounts_are_created_with_their_ids_and_listed() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start(&parent.path().join("data"));
    let made = json(&server.run(&["account", "create", "alice", "--email", "a@b.c", "--json"]));
    let len = |field: &str| made[field].as_str().unwrap().len();
    assert_eq!((len("account_id"), len("domain_id"), len("project_id")), (12, 32, 32));
    assert_eq!((len("canonical_id"), len("access_key_id")), (64, 20));
    assert_eq!(len("secret_access_key"), 40);

    let given = ["--access-key", "minioadmin", "--secret-key", "minioadmin"];
    let given = [&["account", "create", "bob"], &given[..]].concat();
    assert!(stdout(&server.run(&given)).contains("access key    minioadmin\n"));

    let twice = server.run(&["account", "create", "alice"]);
    assert_eq!(twice.status.code(), Some(1));
    assert!(stderr(&twice).contains("taken"), "{}", stderr(&twice));

    let list = json(&server.run(&["account", "list", "--json"]));
    let mut names: Vec<_> = list.as_array().unwrap().iter().map(|a| a["name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["alice", "bob", "root"]);
    let alice = list.as_array().unwrap().iter().find(|a| a["name"] == "alice").unwrap();
    assert_eq!(alice["secret_access_key"], made["secret_access_key"]);
    let list = json(&server.run(&["account", "list", "--json", "--hide-secrets"]));
    assert!(list[0].get("secret_access_key").is_none());
}

#[test]
fn no_secret_reaches_the_log_or_the_greeting() {
    let parent = tempfile::tempdir().unwrap();
    let variables = [("SEALGATE_LOG_LEVEL", "trace")];
    let server = Server::start_with(&parent.path().join("data"), &variables);
    let made = json(&server.run(&["account", "create", "alice", "--json"]));
    let mut secrets = vec![made["secret_access_key"].as_str().unwrap().to_owned()];
    let credentials = fs::read_to_string(server.dir.join("credentials")).unwrap();
    secrets.push(credentials.rsplit_once(" = ").unwrap().1.trim().to_owned());
    let said = server.log() + &server.greeting;
    for secret in secrets {
        assert!(!said.contains(&secret));
    }
}

#[test]
fn two_servers_never_share_a_data_directory() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start(&parent.path().join("data"));
    let second = server.run(&["serve", "--http", "127.0.0.1:0", "--https", "off"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("in use by another server"), "{}", stderr(&second));
    assert!(server.run(&["account", "list"]).status.success());
}

#[test]
fn a_command_without_a_server_says_how_to_start_one() {
    let parent = tempfile::tempdir().unwrap();
    for command in [&["account", "list"][..], &["inspect", "s3://b/k"], &["env"]] {
        let output = sealgate(command, &parent.path().join("data")).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("sealgate serve --data-dir"), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1);
    }
}

#[test]
fn a_data_directory_deeper_than_a_socket_path_works() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start(&parent.path().join("d".repeat(100)).join("data"));
    assert!(stdout(&server.run(&["account", "list"])).contains("root"));
}

#[test]
fn accounts_and_root_survive_a_restart() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let first = Server::start(&dir);
    first.run(&["account", "create", "alice"]);
    let before = stdout(&first.run(&["account", "list"]));
    let credentials = fs::read(dir.join("credentials")).unwrap();
    assert_eq!(first.stop(), Some(0));
    let second = Server::start(&dir);
    assert_eq!(stdout(&second.run(&["account", "list"])), before);
    assert_eq!(fs::read(dir.join("credentials")).unwrap(), credentials);
}

#[test]
fn a_lost_root_file_refuses_to_start_and_makes_no_other() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    assert_eq!(Server::start(&dir).stop(), Some(0));
    fs::rename(dir.join("root.key"), dir.join("root.away")).unwrap();
    let refused = sealgate(&["serve"], &dir).args(ON_FREE_PORTS).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("Nothing was generated"), "{}", stderr(&refused));
    assert!(!dir.join("root.key").exists());
    fs::rename(dir.join("root.away"), dir.join("root.key")).unwrap();
    assert_eq!(Server::start(&dir).stop(), Some(0));
}

#[test]
fn given_root_keys_leave_no_credentials_file_and_cannot_change_silently() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let keys =
        |secret| [("SEALGATE_ROOT_ACCESS_KEY", "ROOTKEY"), ("SEALGATE_ROOT_SECRET_KEY", secret)];
    let server = Server::start_with(&dir, &keys("first-secret"));
    assert!(!dir.join("credentials").exists());
    assert!(!stdout(&server.run(&["env"])).contains("AWS_SHARED_CREDENTIALS_FILE"));
    assert_eq!(server.stop(), Some(0));
    let mut again = sealgate(&["serve"], &dir);
    let refused = again.args(ON_FREE_PORTS).envs(keys("another-secret")).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("root_secret_key"), "{}", stderr(&refused));
}

#[test]
fn the_audit_log_verifies_beside_a_server_and_a_changed_record_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let server = Server::start(&dir);
    assert!(stdout(&server.run(&["audit", "verify"])).contains("intact: 1 records"));
    assert_eq!(server.stop(), Some(0));
    assert_eq!(Server::start(&dir).stop(), Some(0));
    let verify = || sealgate(&["audit", "verify"], &dir).output().unwrap();
    assert!(stdout(&verify()).contains("intact: 2 records"));

    let log = fs::read_dir(dir.join("audit")).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<_> = log.filter(|path| path.extension().is_some()).collect();
    logs.retain(|path| path.extension().unwrap() == "jsonl");
    logs.sort();
    let text = fs::read_to_string(&logs[0]).unwrap();
    fs::write(&logs[0], text.replacen("\"time_ms\":1", "\"time_ms\":2", 1)).unwrap();
    let output = verify();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("record 0 was changed"));

    fs::remove_file(&logs[1]).unwrap();
    let output = verify();
    assert!(String::from_utf8_lossy(&output.stdout).contains("the file was removed"));
}

#[test]
fn wrong_settings_end_with_code_2_and_nothing_is_made() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let output = sealgate(&["serve"], &dir).env("SEALGATE_REGOIN", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("did you mean SEALGATE_REGION?"), "{}", stderr(&output));
    assert!(!dir.exists());
}

#[test]
fn a_port_in_use_is_named_and_leaves_no_root_behind() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = sealgate(&["serve", "--http", &address], &dir).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("listen.http: cannot listen on"), "{}", stderr(&output));
    assert!(!dir.join("root.key").exists());
}

#[test]
fn config_check_prints_what_serve_would_use() {
    let parent = tempfile::tempdir().unwrap();
    let output = sealgate(&["config", "check"], &parent.path().join("data"))
        .env("SEALGATE_TLS_REQUIRE_FOR_SSE", "false")
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(text.contains("require_for_sse = false\n"), "{text}");
    assert!(text.contains("[hsm]\nprovider = \"software\"\n"), "{text}");
}
