//! The process: how it starts, drains and tells how it is.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use sealgate_tests::{Gateway, wire};

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_on_the_admin_listener_alone() {
    let gateway = Gateway::start();
    let admin = gateway.url("admin").replace("http://", "");
    let clients = gateway.url("http").replace("http://", "");
    for path in ["/health/live", "/health/ready", "/metrics"] {
        let (status, said) = ask(&admin, path).await;
        assert_eq!(status, 200, "{path}: {said}");
        let (status, said) = ask(&clients, path).await;
        // Here it is the name of a bucket, as any other.
        assert_eq!(status, 404, "{path}: {said}");
    }
    let (_, ready) = ask(&admin, "/health/ready").await;
    let lines = ready.split("\r\n\r\n").nth(1).unwrap();
    assert!(lines.lines().count() >= 3, "a line a dependency: {lines}");
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|_| panic!("{line}"));
    }
}

async fn ask(host: &str, path: &str) -> (u16, String) {
    let (host, path) = (host.to_owned(), path.to_owned());
    let exchange = tokio::task::spawn_blocking(move || {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        wire::exchange(&host, request.as_bytes())
    });
    exchange.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_work_end_well_after_sigterm() {
    let mut gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").sse_kms(None).body(vec![7; 30 << 20]).send().await.expect(200);
    let mut response = s3.get("/bucket/k").try_send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    gateway.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut len = first.len();
    while let Some(chunk) = response.chunk().await.unwrap() {
        len += chunk.len();
    }
    assert_eq!(len, 30 << 20);
    assert_eq!(gateway.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_data_is_refused() {
    let gateway = Gateway::start();
    let second =
        gateway.try_run(&["serve", "--http", "off", "--https", "127.0.0.1:0", "--admin", "off"]);
    assert!(!second.status.success());
    gateway.client().put("/bucket").send().await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let mut gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send().await.expect(200);
    let alice = gateway.account("alice");
    gateway.restart();
    let s3 = gateway.client();
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).text(), "x");
    s3.signed_as(&alice.identity).get("/").send().await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_root_is_never_made_anew() {
    let mut gateway = Gateway::start();
    gateway.ask_to_stop();
    gateway.wait();
    let root = gateway.data_dir().join("root.key");
    let kept = std::fs::read(&root).unwrap();
    std::fs::remove_file(&root).unwrap();
    let said = gateway.launch().expect_err("no root, no start");
    assert!(said.contains("estore"), "it says what to restore: {said}");
    assert!(!root.exists());
    std::fs::write(&root, kept).unwrap();
    std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o600)).unwrap();
    gateway.launch().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_secrets_are_closed_to_others() {
    let gateway = Gateway::start();
    for name in ["credentials", "root.key", "control.sock"] {
        let mode = std::fs::metadata(gateway.data_dir().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} {mode:o}");
    }
}

#[test]
fn a_misspelt_setting_is_refused_with_the_nearest_name() {
    let mut gateway = Gateway::start();
    gateway.kill();
    gateway.set("SEALGATE_LISTEN_HTPP", "off");
    let said = gateway.launch().expect_err("an unknown setting");
    assert!(said.contains("SEALGATE_LISTEN_HTTP"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_have_all_their_ids_and_own_what_they_make() {
    let gateway = Gateway::start();
    let (alice, bob) = (gateway.account("alice"), gateway.account("bob"));
    for account in [&alice, &bob] {
        let id = &account.account_id;
        assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        assert_eq!((account.domain_id.len(), account.canonical_id.len()), (32, 64));
    }
    let s3 = gateway.client();
    let (alice, bob) = (s3.signed_as(&alice.identity), s3.signed_as(&bob.identity));
    alice.put("/alices").send().await.expect(200);
    assert_eq!(alice.get("/").send().await.expect(200).elements("Name"), ["alices"]);
    assert!(bob.get("/").send().await.expect(200).elements("Name").is_empty());
    bob.get("/alices").send().await.expect_fault(403, "AccessDenied");
    assert!(!gateway.try_run(&["account", "create", "alice"]).status.success(), "names are unique");
}
