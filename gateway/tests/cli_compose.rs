//! compose.yaml, and the same processes started without a container engine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gateway::config::{Provider, Sources, load};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn env_file(name: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(format!("{REPOSITORY}/deploy/{name}.env")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn the_composed_gateway_has_a_token_and_keeps_ciphertext_in_the_store() {
    let environment = env_file("gateway");
    let settings = load(&Sources { environment, ..Sources::default() }).unwrap();
    assert_eq!(settings.hsm.provider, Provider::Pkcs11);
    assert_eq!(settings.backing.url, "s3://ciphertext/gateway");
    assert!(settings.listen.http.address().is_none());
    assert!(settings.tls.require_for_sse);

    let mut environment = env_file("store");
    environment.push(("SEALGATE_ROOT_SECRET_KEY".to_owned(), "from-its-secret-file".to_owned()));
    let store = load(&Sources { environment, ..Sources::default() }).unwrap();
    assert_eq!(store.root_access_key, settings.backing.access_key_id);
    assert_eq!(store.region, settings.backing.region);
}

#[test]
fn every_file_that_compose_names_is_there() {
    let compose = fs::read_to_string(format!("{REPOSITORY}/compose.yaml")).unwrap();
    let docker = fs::read_to_string(format!("{REPOSITORY}/Dockerfile")).unwrap();
    for name in ["gateway.env", "store.env", "secrets.sh"] {
        assert!(compose.contains(&format!("deploy/{name}")), "{name}");
        assert!(Path::new(&format!("{REPOSITORY}/deploy/{name}")).exists(), "{name}");
    }
    for script in ["start-gateway.sh", "start-store.sh", "make-bucket.sh"] {
        assert!(compose.contains(&format!("/usr/local/lib/sealgate/{script}")), "{script}");
        assert!(docker.contains(&format!("deploy/{script}")), "{script}");
        assert!(Path::new(&format!("{REPOSITORY}/deploy/{script}")).exists(), "{script}");
    }
}

/// The script's processes, ended with their group.
struct Composed {
    script: Child,
    dir: PathBuf,
    https: u16,
}

impl Composed {
    fn start(dir: &Path) -> Self {
        let [store, store_admin, https, admin] = free_ports();
        let mut script = Command::new(format!("{REPOSITORY}/deploy/compose-local.sh"))
            .arg(dir)
            .env("SEALGATE", env!("CARGO_BIN_EXE_sealgate"))
            .env("STORE_PORT", store.to_string())
            .env("STORE_ADMIN_PORT", store_admin.to_string())
            .env("HTTPS_PORT", https.to_string())
            .env("ADMIN_PORT", admin.to_string())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(script.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap().starts_with("ready: "));
        let composed = Self { script, dir: dir.to_owned(), https };
        assert!(is_ready, "deploy/compose-local.sh ended early; it needs softhsm2 and curl");
        composed
    }

    /// A signed request to the gateway over TLS, by curl; the answer's body.
    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let credentials = fs::read_to_string(self.dir.join("gateway/credentials")).unwrap();
        let values: Vec<_> = credentials.lines().filter_map(|l| l.split_once(" = ")).collect();
        let output = Command::new("curl")
            .args(["-fsS", "--aws-sigv4", "aws:amz:us-east-1:s3"])
            .args(["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
            .args(["-u", &format!("{}:{}", values[0].1, values[1].1)])
            .arg("--cacert")
            .arg(self.dir.join("gateway/tls/ca.pem"))
            .args(arguments)
            .arg(format!("https://127.0.0.1:{}{path}", self.https))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Composed {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.script);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        let _ = self.script.wait();
    }
}

fn free_ports() -> [u16; 4] {
    let held = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

#[test]
fn an_object_under_a_token_key_lies_encrypted_in_the_s3_store() {
    let parent = tempfile::tempdir().unwrap();
    let composed = Composed::start(&parent.path().join("compose data"));
    let plain = "never to be seen in the store ".repeat(100);
    let file = parent.path().join("plain");
    fs::write(&file, &plain).unwrap();
    composed.curl(&["-X", "PUT"], "/photos");
    let upload = ["-T", file.to_str().unwrap(), "-H", "x-amz-server-side-encryption: aws:kms"];
    composed.curl(&upload, "/photos/cat");
    assert_eq!(composed.curl(&[], "/photos/cat"), plain);

    let shown = Command::new(env!("CARGO_BIN_EXE_sealgate"))
        .args(["inspect", "s3://photos/cat", "--data-dir"])
        .arg(composed.dir.join("gateway"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\"mode\": \"kms\""));

    let found =
        Command::new("grep").args(["-rl", "never to be seen"]).arg(&composed.dir).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}
