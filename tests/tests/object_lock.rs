//! Object lock: what keeps a version, and from whom.

use std::time::{Duration, SystemTime};

use sealgate_tests::{Client, Gateway, Reply};

/// A time so many seconds from now, as ISO 8601.
fn in_seconds(seconds: u64) -> String {
    let at = SystemTime::now() + Duration::from_secs(seconds);
    let since = at.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    // Days to a civil date (H. Hinnant, "chrono-compatible low-level date algorithms").
    let (days, rest) = (since / 86_400 + 719_468, since % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

async fn locked_bucket(client: &Client) {
    let put = client.put("/bucket").header("x-amz-bucket-object-lock-enabled", "true");
    put.send().await.expect(200);
}

/// Writes a version and returns its path with `versionId`.
async fn version(client: &Client, headers: &[(&str, &str)]) -> String {
    let put =
        headers.iter().fold(client.put("/bucket/k"), |put, (name, value)| put.header(name, value));
    let reply = put.body("kept").send().await.expect(200);
    format!("/bucket/k?versionId={}", reply.header("x-amz-version-id"))
}

async fn retain(client: &Client, path: &str, mode: &str, until: &str, bypass: bool) -> Reply {
    let document = format!(
        "<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>"
    );
    let put = client.put(&format!("{path}&retention")).body(document);
    let put = if bypass { put.header("x-amz-bypass-governance-retention", "true") } else { put };
    put.send().await
}

#[tokio::test]
async fn nobody_removes_a_version_under_compliance() {
    let gateway = Gateway::start();
    let client = gateway.client();
    locked_bucket(&client).await;
    let until = in_seconds(3600);
    let path = version(
        &client,
        &[
            ("x-amz-object-lock-mode", "COMPLIANCE"),
            ("x-amz-object-lock-retain-until-date", &until),
        ],
    )
    .await;
    let head = client.head(&path).send().await.expect(200);
    assert_eq!(head.header("x-amz-object-lock-mode"), "COMPLIANCE");
    assert!(head.header("x-amz-object-lock-retain-until-date").starts_with(&until[..19]));
    client.delete(&path).send().await.expect_fault(403, "AccessDenied");
    let bypass = client.delete(&path).header("x-amz-bypass-governance-retention", "true");
    bypass.send().await.expect_fault(403, "AccessDenied");
    let shorter = retain(&client, &path, "COMPLIANCE", &in_seconds(60), true).await;
    shorter.expect_fault(403, "AccessDenied");
    retain(&client, &path, "COMPLIANCE", &in_seconds(7200), false).await.expect(200);
    // A marker over it removes nothing.
    client.delete("/bucket/k").send().await.expect(204);
    assert_eq!(client.get(&path).send().await.expect(200).text(), "kept");
}

#[tokio::test]
async fn governance_yields_to_those_who_may_bypass_it() {
    let gateway = Gateway::start();
    let client = gateway.client();
    let other = client.signed_as(&gateway.account("other").identity);
    locked_bucket(&client).await;
    let path = version(&client, &[]).await;
    client
        .get(&format!("{path}&retention"))
        .send()
        .await
        .expect_fault(404, "NoSuchObjectLockConfiguration");
    retain(&client, &path, "GOVERNANCE", &in_seconds(3600), false).await.expect(200);
    let shown = client.get(&format!("{path}&retention")).send().await.expect(200);
    assert_eq!(shown.element("Mode"), "GOVERNANCE");
    client.delete(&path).send().await.expect_fault(403, "AccessDenied");
    let shorter = retain(&client, &path, "GOVERNANCE", &in_seconds(60), false).await;
    shorter.expect_fault(403, "AccessDenied");

    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:DeleteObjectVersion","Resource":"arn:aws:s3:::bucket/*"}]}"#;
    client.put("/bucket?policy").body(policy).send().await.expect(204);
    let without_right = other.delete(&path).header("x-amz-bypass-governance-retention", "true");
    without_right.send().await.expect_fault(403, "AccessDenied");
    retain(&client, &path, "GOVERNANCE", &in_seconds(60), true).await.expect(200);
    let many = format!(
        "<Delete><Object><Key>k</Key><VersionId>{}</VersionId></Object></Delete>",
        path.split_once('=').expect("a version").1
    );
    let refused = client.post("/bucket?delete").body(many.clone()).send().await.expect(200);
    assert_eq!(refused.element("Code"), "AccessDenied");
    let bypass = client.post("/bucket?delete").header("x-amz-bypass-governance-retention", "true");
    let done = bypass.body(many).send().await.expect(200);
    assert_eq!(done.elements("Deleted").len(), 1);
    client.get(&path).send().await.expect_fault(404, "NoSuchVersion");
}

#[tokio::test]
async fn a_legal_hold_keeps_a_version_until_it_is_lifted() {
    let gateway = Gateway::start();
    let client = gateway.client();
    locked_bucket(&client).await;
    let path = version(&client, &[("x-amz-object-lock-legal-hold", "ON")]).await;
    assert_eq!(client.head(&path).send().await.header("x-amz-object-lock-legal-hold"), "ON");
    let bypass = client.delete(&path).header("x-amz-bypass-governance-retention", "true");
    bypass.send().await.expect_fault(403, "AccessDenied");
    let off = "<LegalHold><Status>OFF</Status></LegalHold>";
    client.put(&format!("{path}&legal-hold")).body(off).send().await.expect(200);
    let shown = client.get(&format!("{path}&legal-hold")).send().await.expect(200);
    assert_eq!(shown.element("Status"), "OFF");
    client.delete(&path).send().await.expect(204);
}

#[tokio::test]
async fn the_bucket_default_keeps_what_asked_for_nothing() {
    let gateway = Gateway::start();
    let client = gateway.client();
    locked_bucket(&client).await;
    let shown = client.get("/bucket?object-lock").send().await.expect(200);
    assert_eq!(shown.element("ObjectLockEnabled"), "Enabled");
    let rule = |rule: &str| {
        format!(
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>\
             <DefaultRetention>{rule}</DefaultRetention></Rule></ObjectLockConfiguration>"
        )
    };
    let put = |text: String| client.put("/bucket?object-lock").body(text).send();
    put(rule("<Mode>GOVERNANCE</Mode><Days>1</Days>")).await.expect(200);
    let path = version(&client, &[]).await;
    let head = client.head(&path).send().await.expect(200);
    assert_eq!(head.header("x-amz-object-lock-mode"), "GOVERNANCE");
    client.delete(&path).send().await.expect_fault(403, "AccessDenied");
    let upload = client.initiate("/bucket/parts", &[]).await;
    let part = client.part("/bucket/parts", &upload, 1, "part").await;
    client.complete("/bucket/parts", &upload, &[(1, part)]).await.expect(200);
    let head = client.head("/bucket/parts").send().await.expect(200);
    assert_eq!(head.header("x-amz-object-lock-mode"), "GOVERNANCE");

    let both = put(rule("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>")).await;
    both.expect_fault(400, "MalformedXML");
    let never = put(rule("<Mode>GOVERNANCE</Mode><Days>0</Days>")).await;
    never.expect_fault(400, "InvalidArgument");
    put(rule("<Mode>SOFT</Mode><Days>1</Days>")).await.expect_fault(400, "MalformedXML");
}

#[tokio::test]
async fn locks_need_a_bucket_with_object_lock_and_versioning_stays_on_in_it() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/plain").send().await.expect(200);
    let until = in_seconds(60);
    let put = client.put("/plain/k").header("x-amz-object-lock-mode", "GOVERNANCE");
    let put = put.header("x-amz-object-lock-retain-until-date", &until).body("x").send().await;
    put.expect_fault(400, "InvalidRequest");
    client.put("/plain/k").body("x").send().await.expect(200);
    client.get("/plain/k?retention").send().await.expect_fault(400, "InvalidRequest");
    let hold = "<LegalHold><Status>ON</Status></LegalHold>";
    let held = client.put("/plain/k?legal-hold").body(hold).send().await;
    held.expect_fault(400, "InvalidRequest");
    client
        .get("/plain?object-lock")
        .send()
        .await
        .expect_fault(404, "ObjectLockConfigurationNotFoundError");
    let lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>\
        </ObjectLockConfiguration>";
    let early = client.put("/plain?object-lock").body(lock).send().await;
    early.expect_fault(409, "InvalidBucketState");

    locked_bucket(&client).await;
    let suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let refused = client.put("/bucket?versioning").body(suspend).send().await;
    refused.expect_fault(409, "InvalidBucketState");
    let lonely = client.put("/bucket/k").header("x-amz-object-lock-mode", "GOVERNANCE").body("x");
    lonely.send().await.expect_fault(400, "InvalidArgument");
    let past = client
        .put("/bucket/k")
        .header("x-amz-object-lock-mode", "GOVERNANCE")
        .header("x-amz-object-lock-retain-until-date", "2020-01-01T00:00:00Z");
    past.body("x").send().await.expect_fault(400, "InvalidArgument");
}
