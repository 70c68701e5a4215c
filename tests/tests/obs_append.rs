//! Appends: each one part more under a salt of its own, at a position that is
//! judged in the commit.

use std::collections::BTreeSet;

use sealgate_tests::{Client, Gateway, Reply};

const MIB: usize = 1024 * 1024;

async fn bucket() -> (Gateway, Client) {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/log").send().await.expect(200);
    (gateway, client)
}

async fn append(client: &Client, key: &str, position: usize, body: impl Into<Vec<u8>>) -> Reply {
    let path = format!("/log/{key}?append&position={position}");
    let request = client.post(&path).obs().header("x-obs-server-side-encryption", "kms");
    request.body(body).send().await
}

#[tokio::test]
async fn appended_bytes_come_back_whole_and_in_ranges_across_appends() {
    let (gateway, client) = bucket().await;
    let mut whole = Vec::new();
    for (index, size) in [1, 65_536, 0, MIB + 7, 3].into_iter().enumerate() {
        let piece = vec![b'a' + u8::try_from(index).expect("few"); size];
        let done = append(&client, "k", whole.len(), piece.clone()).await.expect(200);
        whole.extend(piece);
        assert_eq!(done.header("x-obs-next-append-position"), whole.len().to_string());
    }
    let got = client.get("/log/k").send().await.expect(200);
    assert_eq!(got.body().as_ref(), whole);
    assert_eq!(got.header("x-obs-object-type"), "Appendable");
    for (first, last) in [(0, 1), (65_530, 65_545), (65_537, whole.len() - 1)] {
        let range = format!("bytes={first}-{last}");
        let got = client.get("/log/k").header("range", &range).send().await.expect(206);
        assert_eq!(got.body().as_ref(), &whole[first..=last], "{range}");
    }
    let mut gateway = gateway;
    gateway.restart();
    let got = gateway.client().get("/log/k").send().await.expect(200);
    assert_eq!(got.body().as_ref(), whole);
}

#[tokio::test]
async fn no_two_appends_share_a_salt() {
    let (gateway, client) = bucket().await;
    for position in 0..4 {
        append(&client, "k", position, "x").await.expect(200);
    }
    let shown = gateway.inspect("s3://log/k").to_string();
    let salts: BTreeSet<&str> =
        shown.match_indices("\"salt\":\"").map(|(at, _)| &shown[at..][..40]).collect();
    assert_eq!(salts.len(), 4, "{shown}");
}

#[tokio::test]
async fn of_appends_that_race_one_wins() {
    let (_gateway, client) = bucket().await;
    for position in 0..3 {
        let racers = (0..8).map(|_| append(&client, "k", position, "x"));
        let replies = futures_util::future::join_all(racers).await;
        let won = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(won, 1, "{position}");
        for lost in replies.into_iter().filter(|reply| reply.status != 200) {
            lost.expect_fault(409, "PositionNotEqualToLength");
        }
    }
    assert_eq!(client.get("/log/k").send().await.text(), "xxx");
}

#[tokio::test]
async fn what_cannot_be_appended_to_is_refused() {
    let (_gateway, client) = bucket().await;
    client.put("/log/plain").body("x").send().await.expect(200);
    append(&client, "plain", 1, "y").await.expect_fault(409, "ObjectNotAppendable");
    append(&client, "new", 1, "y").await.expect_fault(409, "PositionNotEqualToLength");
    append(&client, "new", 0, "y").await.expect(200);
    let other = client.post("/log/new?append&position=1").obs().body("z");
    let other = other.header("x-obs-server-side-encryption", "AES256").send().await;
    other.expect_fault(400, "InvalidArgument");
    let copy = client.put("/log/copy").header("x-amz-copy-source", "/log/new").send().await;
    copy.expect(200);
    append(&client, "copy", 1, "y").await.expect_fault(409, "ObjectNotAppendable");
}

#[tokio::test]
async fn an_append_that_a_quota_refuses_changes_nothing() {
    let (_gateway, client) = bucket().await;
    let quota = "<Quota><StorageQuota>3</StorageQuota></Quota>";
    append(&client, "k", 0, "ab").await.expect(200);
    client.put("/log?quota").obs().body(quota).send().await.expect(200);
    append(&client, "k", 2, "cd").await.expect_fault(403, "InsufficientStorageSpace");
    append(&client, "k", 2, "c").await.expect(200);
    assert_eq!(client.get("/log/k").send().await.text(), "abc");
    let info = client.get("/log?storageinfo").obs().send().await.expect(200);
    assert_eq!((info.element("Size"), info.element("ObjectNumber")), ("3".into(), "1".into()));
}
