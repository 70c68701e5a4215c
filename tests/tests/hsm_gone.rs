//! The token is pulled out of a running gateway, and put back.

use std::time::{Duration, Instant};

use sealgate_tests::{Chance, Client, Gateway, Reply, Token};
use serde_json::json;

/// A client must not wait longer for the news than this.
const QUICKLY: Duration = Duration::from_secs(10);
/// How long the gateway may take to notice that the token is back.
const RECOVERY: Duration = Duration::from_secs(30);

async fn quickly(request: sealgate_tests::client::Request) -> Reply {
    tokio::time::timeout(QUICKLY, request.send()).await.expect("an answer in time")
}

async fn hardware_key(client: &Client) -> String {
    let parameters = json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "hsm" });
    client.kms("CreateKey", parameters).await.expect(200).field("KeyMetadata/KeyId")
}

#[tokio::test]
async fn without_its_token_hardware_keys_are_503_and_other_objects_live_on() {
    let (token, mut chance) = (Token::new(), Chance::new());
    let gateway = Gateway::on_token(&token);
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let key = hardware_key(&client).await;
    let (plain, hard) = (chance.bytes(100_000), chance.bytes(100_000));
    client.put("/box/plain").body(plain.clone()).send().await.expect(200);
    client.put("/box/hard").sse_kms(Some(&key)).body(hard.clone()).send().await.expect(200);

    token.unplug();
    // More than once: the breaker answers as the token did.
    for _ in 0..8 {
        let refused = quickly(client.get("/box/hard")).await;
        assert!(!refused.expect_fault(503, "ServiceUnavailable").header("retry-after").is_empty());
        let put = client.put("/box/new").sse_kms(Some(&key)).body("new");
        let refused = quickly(put).await;
        assert!(!refused.expect_fault(503, "ServiceUnavailable").header("retry-after").is_empty());
    }
    client.head("/box/new").send().await.expect(404);
    client.get("/box/plain").download().await.must_be(&plain, "an object without a CMK");
    let range = client.get("/box/plain").header("range", "bytes=5-9").download().await;
    range.must_be(&plain[5..10], "its range");
    let listed = client.get("/box?list-type=2").send().await.expect(200);
    assert_eq!(listed.elements("Key"), ["hard", "plain"]);
    client.head("/box/hard").send().await.expect(200);

    token.plug();
    let deadline = Instant::now() + RECOVERY;
    while client.get("/box/hard").send().await.status != 200 {
        assert!(Instant::now() < deadline, "no recovery in {RECOVERY:?}: {}", gateway.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    client.get("/box/hard").download().await.must_be(&hard, "after the token came back");
    client.put("/box/new").sse_kms(Some(&key)).body("new").send().await.expect(200);
    gateway.run(&["audit", "verify"]);
}
