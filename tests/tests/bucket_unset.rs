//! Settings that no bucket has: read as absent, refused when they are made.

use sealgate_tests::Gateway;

#[tokio::test]
async fn a_setting_that_cannot_be_made_is_said_to_be_absent() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    for (name, root) in [
        ("accelerate", "<AccelerateConfiguration "),
        ("logging", "<BucketLoggingStatus "),
        ("notification", "<NotificationConfiguration "),
    ] {
        let reply = client.get(&format!("/bucket?{name}")).send().await.expect(200);
        assert!(reply.text().contains(root), "{}", reply.text());
    }
    for (name, code) in [
        ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("website", "NoSuchWebsiteConfiguration"),
    ] {
        client.get(&format!("/bucket?{name}")).send().await.expect_fault(404, code);
    }
    for name in ["accelerate", "lifecycle", "logging", "notification", "replication", "website"] {
        let put = client.put(&format!("/bucket?{name}")).body("<X/>").send().await;
        put.expect_fault(501, "NotImplemented");
    }
    client.get("/absent?lifecycle").send().await.expect_fault(404, "NoSuchBucket");
}
