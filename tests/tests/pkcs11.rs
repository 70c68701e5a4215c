//! The main flow with the root in a real PKCS#11 token.

use sealgate_tests::{Chance, Gateway, Token};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_sealed_under_keys_whose_root_never_leaves_the_token() {
    let token = Token::new();
    let mut gateway = Gateway::on_token(&token);
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    let body = Chance::new().bytes(300_000);
    s3.put("/bucket/k").sse_kms(Some(&key)).body(body.clone()).send().await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).body(), &body);
    let listed = token.secret_keys();
    for property in ["sealgate-root", "sensitive", "always sensitive", "never extractable", "local"]
    {
        assert!(listed.contains(property), "{property} in {listed}");
    }
    assert!(!gateway.data_dir().join("root.key").exists());
    gateway.restart();
    assert_eq!(gateway.client().get("/bucket/k").send().await.expect(200).body(), &body);
    gateway.run(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hardware_key_lives_in_the_token_and_says_so() {
    let token = Token::new();
    let gateway = Gateway::on_token(&token);
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let before = token.secret_keys().matches("Secret Key Object").count();
    let wanted = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "hsm"});
    let key = s3.kms("CreateKey", wanted).await.expect(200).field("KeyMetadata/KeyId");
    assert_eq!(token.secret_keys().matches("Secret Key Object").count(), before + 1);
    let shown = s3.kms("DescribeKey", json!({"KeyId": key})).await.expect(200);
    assert_eq!(shown.field("KeyMetadata/Origin"), "AWS_CLOUDHSM");
    assert_eq!(shown.field("KeyMetadata/CustomKeyStoreId"), "hsm");
    s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send().await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).text(), "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_token_is_refused_and_nothing_is_made_in_it() {
    let token = Token::new();
    let mut gateway = Gateway::on_token(&token);
    gateway.ask_to_stop();
    gateway.wait();
    let other = Token::new();
    for (name, value) in other.settings() {
        gateway.set(&name, &value);
    }
    let said = gateway.launch().expect_err("the root is not in this token");
    assert!(said.contains("estore"), "it says what to restore: {said}");
    assert!(!other.secret_keys().contains("sealgate-root"));
}
