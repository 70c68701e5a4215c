//! The gateway on a real PKCS#11 token (SoftHSM): the main flow, what the token
//! gives away, and what happens when it is not the right one.

use sealgate_tests::{Chance, Client, Gateway, Token};
use serde_json::{Value, json};

async fn hardware_key(client: &Client) -> String {
    let parameters = json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "hsm" });
    let made = client.kms("CreateKey", parameters).await.expect(200);
    made.field("KeyMetadata/KeyId")
}

async fn write(client: &Client, path: &str, key: Option<&str>, plain: &[u8]) {
    let request = client.put(path).sse_kms(key).body(plain);
    request.send().await.expect(200);
}

#[tokio::test]
async fn objects_live_under_software_and_hardware_keys_across_a_restart() {
    let (token, mut chance) = (Token::new(), Chance::new());
    let mut gateway = Gateway::on_token(&token);
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let (software, hardware) = (client.key().await, hardware_key(&client).await);
    let described = client.kms("DescribeKey", json!({ "KeyId": hardware })).await.expect(200);
    assert_eq!(described.field("KeyMetadata/Origin"), "AWS_CLOUDHSM");
    assert_eq!(described.field("KeyMetadata/CustomKeyStoreId"), "hsm");

    let keys = [("software", Some(&software)), ("hardware", Some(&hardware)), ("default", None)];
    let mut objects = vec![("plain", chance.bytes(1000))];
    client.put("/box/plain").body(objects[0].1.clone()).send().await.expect(200);
    for (name, key) in keys {
        let plain = chance.bytes(200_000);
        write(&client, &format!("/box/{name}"), key.map(String::as_str), &plain).await;
        objects.push((name, plain));
    }
    gateway.restart();
    let client = gateway.client();
    for (name, plain) in &objects {
        client.get(&format!("/box/{name}")).download().await.must_be(plain, name);
    }
    gateway.run(&["audit", "verify"]);

    for (name, key) in [("software", &software), ("hardware", &hardware)] {
        client.kms("DisableKey", json!({ "KeyId": key })).await.expect(200);
        let path = format!("/box/{name}");
        client.get(&path).send().await.expect_fault(400, "KMS.DisabledException");
        let put = client.put(&path).sse_kms(Some(key)).body("new").send();
        put.await.expect_fault(400, "KMS.DisabledException");
        client.kms("EnableKey", json!({ "KeyId": key })).await.expect(200);
    }
    for (name, plain) in &objects {
        client.get(&format!("/box/{name}")).download().await.must_be(plain, name);
    }
}

#[tokio::test]
async fn the_token_never_gives_the_root_or_a_hardware_key_away() {
    let token = Token::new();
    let gateway = Gateway::on_token(&token);
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let key = hardware_key(&client).await;
    write(&client, "/box/k", Some(&key), b"something").await;

    let listed = token.secret_keys();
    let objects: Vec<&str> = listed.split("Secret Key Object").skip(1).collect();
    assert_eq!(objects.len(), 2, "the root and the hardware key: {listed}");
    for object in &objects {
        let access = object.lines().find(|line| line.contains("Access:")).unwrap_or_default();
        assert!(access.contains("sensitive"), "{object}");
        assert!(access.contains("always sensitive"), "{object}");
        assert!(access.contains("never extractable"), "{object}");
    }
    assert!(listed.contains("sealgate-root-"), "{listed}");
    // The labels are names; the values are in the token's files, sealed by the PIN.
    assert!(!gateway.data_dir().join("root.key").exists(), "a root beside the token");
}

/// What the gateway says when it does not start.
#[track_caller]
fn refusal(gateway: &mut Gateway) -> String {
    gateway.launch().expect_err("it started")
}

/// The root's id, which must stay whatever is tried.
fn vault(gateway: &Gateway) -> Value {
    let found = "SELECT value FROM meta WHERE name = 'vault'";
    let bytes: Vec<u8> = gateway.catalog().query_row(found, [], |row| row.get(0)).expect("a row");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn a_missing_or_different_token_refuses_to_start_and_makes_no_new_root() {
    let (token, other, mut chance) = (Token::new(), Token::new(), Chance::new());
    let mut gateway = Gateway::on_token(&token);
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(1000);
    write(&client, "/box/k", None, &plain).await;
    gateway.kill();
    let recorded = vault(&gateway);

    token.unplug();
    let said = refusal(&mut gateway);
    assert!(said.contains("HSM unavailable"), "{said}");
    token.plug();

    let first_of = |token: &Token| token.settings()[0].1.clone();
    gateway.set("SOFTHSM2_CONF", &first_of(&other));
    let said = refusal(&mut gateway);
    assert!(said.contains("the catalog needs root"), "{said}");
    assert!(!other.secret_keys().contains("Secret Key"), "a root was made in another token");

    gateway.set("SOFTHSM2_CONF", &first_of(&token));
    gateway.set("SEALGATE_HSM_PROVIDER", "software");
    let said = refusal(&mut gateway);
    assert!(said.contains("the catalog needs root"), "{said}");
    assert!(!gateway.data_dir().join("root.key").exists(), "a root was made in a file");

    gateway.set("SEALGATE_HSM_PROVIDER", "pkcs11");
    let wrong = gateway.data_dir().join("wrong-pin");
    std::fs::write(&wrong, "0000-wrong").expect("a PIN");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&wrong, private).expect("0600");
    gateway.set("SEALGATE_HSM_PIN_FILE", &wrong.display().to_string());
    let said = refusal(&mut gateway);
    assert!(said.contains("refused the PIN"), "{said}");
    assert!(!said.contains("0000-wrong"), "the PIN is in the log");

    assert_eq!(vault(&gateway), recorded, "the record of the root was changed");
    let pin = token.settings().into_iter().find(|(name, _)| name.ends_with("PIN_FILE"));
    gateway.set("SEALGATE_HSM_PIN_FILE", &pin.expect("a setting").1);
    gateway.launch().expect("a start on the right token");
    gateway.client().get("/box/k").download().await.must_be(&plain, "with its own token again");
}

#[tokio::test]
async fn a_token_that_was_initialised_again_refuses_to_start_and_stays_empty() {
    let token = Token::new();
    let mut gateway = Gateway::on_token(&token);
    gateway.kill();
    let recorded = vault(&gateway);
    token.initialise_again();
    let said = refusal(&mut gateway);
    assert!(said.contains("the catalog needs root"), "{said}");
    assert!(!token.secret_keys().contains("Secret Key"), "a root was made again");
    assert_eq!(vault(&gateway), recorded);
}

#[tokio::test]
async fn a_missing_or_different_root_file_refuses_to_start_and_makes_no_new_root() {
    let (mut gateway, mut other) = (Gateway::start(), Gateway::start());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    write(&client, "/box/k", None, b"something").await;
    gateway.kill();
    other.kill();
    let recorded = vault(&gateway);
    let root = gateway.data_dir().join("root.key");
    let own = std::fs::read(&root).expect("a root");
    std::fs::remove_file(&root).expect("removed");
    let said = refusal(&mut gateway);
    assert!(said.contains("the catalog needs root"), "{said}");
    assert!(!root.exists(), "a root was made again");

    std::fs::copy(other.data_dir().join("root.key"), &root).expect("another root");
    let said = refusal(&mut gateway);
    assert!(said.contains("root"), "{said}");
    assert_eq!(vault(&gateway), recorded);

    // One bit of the secret.
    let mut flipped = own.clone();
    let middle = flipped.len() - 5;
    flipped[middle] ^= 1;
    std::fs::write(&root, flipped).expect("damaged");
    refusal(&mut gateway);

    std::fs::write(&root, own).expect("put back");
    gateway.launch().expect("a start");
    gateway.client().get("/box/k").download().await.must_be(b"something", "with its root again");
}
