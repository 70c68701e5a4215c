//! Each use of a key leaves a record, and no record can be changed unseen.

use std::fs;
use std::path::PathBuf;

use sealgate_tests::Gateway;
use serde_json::json;

fn logs(gateway: &Gateway) -> Vec<PathBuf> {
    let entries = fs::read_dir(gateway.data_dir().join("audit")).unwrap();
    let mut logs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
    logs.sort();
    logs
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_and_refusals_of_keys_are_recorded_before_the_answer() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/letter").sse_kms(Some(&key)).body("x").send().await.expect(200);
    let got = s3.get("/bucket/letter").send().await.expect(200);
    let written = fs::read_to_string(&logs(&gateway)[0]).unwrap();
    assert!(written.contains(&got.header("x-amz-request-id")), "the GET's record is durable");
    s3.kms("DisableKey", json!({"KeyId": key})).await.expect(200);
    s3.get("/bucket/letter").send().await.expect(400);
    let written = fs::read_to_string(&logs(&gateway)[0]).unwrap();
    for expected in
        ["kms:CreateKey", "kms:GenerateDataKey", "kms:Decrypt", "kms:DisableKey", "letter", &key]
    {
        assert!(written.contains(expected), "{expected} in {written}");
    }
    assert!(
        written.lines().any(|line| line.contains("Decrypt") && !line.contains("\"result\":\"ok\""))
    );
    gateway.run(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_removed_or_reordered_record_is_named() {
    let mut gateway = Gateway::start();
    let s3 = gateway.client();
    for _ in 0..6 {
        s3.key().await;
    }
    gateway.restart();
    gateway.client().key().await;
    gateway.ask_to_stop();
    gateway.wait();
    gateway.run(&["audit", "verify"]);
    let log = logs(&gateway).remove(0);
    let intact = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = intact.lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat();
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    let altered = intact.replacen("kms:CreateKey", "kms:CreateKez", 1);
    let cases = [
        ("altered", altered),
        ("removed", joined(&without(3))),
        ("reordered", joined(&swapped)),
        ("cut", joined(&lines[..lines.len() - 1])),
    ];
    for (what, text) in cases {
        fs::write(&log, text).unwrap();
        let verified = gateway.try_run(&["audit", "verify"]);
        assert_eq!(verified.status.code(), Some(1), "{what}");
        let said = String::from_utf8_lossy(&verified.stdout);
        assert!(said.contains("audit-"), "{what}: the place is named: {said}");
    }
    fs::write(&log, &intact).unwrap();
    gateway.run(&["audit", "verify"]);
    fs::remove_file(&log).unwrap();
    assert_eq!(gateway.try_run(&["audit", "verify"]).status.code(), Some(1), "a lost file");
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
