//! The AWS KMS API: each operation in each state of a key.

use sealgate_tests::{Client, Gateway};
use serde_json::{Value, json};

/// A key in each state, made anew for each question.
async fn key_in(s3: &Client, state: &str) -> String {
    let key = s3.key().await;
    let named = json!({"KeyId": key});
    match state {
        "Disabled" => drop(s3.kms("DisableKey", named).await.expect(200)),
        "PendingDeletion" => drop(s3.kms("ScheduleKeyDeletion", named).await.expect(200)),
        _ => {}
    }
    key
}

#[tokio::test]
async fn every_operation_answers_every_state_as_documented() {
    const OK: &str = "";
    const DISABLED: &str = "DisabledException";
    const INVALID: &str = "KMSInvalidStateException";
    // "Key states of AWS KMS keys": enabled, disabled, pending deletion.
    let table: [(&str, [&str; 3]); 9] = [
        ("DescribeKey", [OK, OK, OK]),
        ("EnableKey", [OK, OK, INVALID]),
        ("DisableKey", [OK, OK, INVALID]),
        ("ScheduleKeyDeletion", [OK, OK, INVALID]),
        ("CancelKeyDeletion", [INVALID, INVALID, OK]),
        ("GenerateDataKey", [OK, DISABLED, INVALID]),
        ("GenerateDataKeyWithoutPlaintext", [OK, DISABLED, INVALID]),
        ("Encrypt", [OK, DISABLED, INVALID]),
        ("CreateAlias", [OK, OK, INVALID]),
    ];
    let gateway = Gateway::start();
    let s3 = gateway.client();
    for (operation, expected) in table {
        for (state, code) in ["Enabled", "Disabled", "PendingDeletion"].iter().zip(expected) {
            let key = key_in(&s3, state).await;
            let parameters = match operation {
                "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                    json!({"KeyId": key, "KeySpec": "AES_256"})
                }
                "Encrypt" => json!({"KeyId": key, "Plaintext": "AAAA"}),
                "CreateAlias" => {
                    json!({"TargetKeyId": key, "AliasName": format!("alias/{state}")})
                }
                _ => json!({"KeyId": key}),
            };
            let reply = s3.kms(operation, parameters).await;
            let status = if code.is_empty() { 200 } else { 400 };
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (status, code),
                "{operation} on {state}"
            );
        }
    }
}

#[tokio::test]
async fn a_ciphertext_opens_only_whole_with_its_context_and_an_enabled_key() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let key = s3.key().await;
    let wanted =
        json!({"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": {"a": "1", "b": "2"}});
    let made = s3.kms("GenerateDataKey", wanted).await.expect(200);
    let sealed = made.field("CiphertextBlob");
    let open = |sealed: &str, context: Value| {
        let parameters = json!({"CiphertextBlob": sealed, "EncryptionContext": context});
        let s3 = s3.clone();
        async move { s3.kms("Decrypt", parameters).await }
    };
    let whole = json!({"b": "2", "a": "1"});
    let opened = open(&sealed, whole.clone()).await.expect(200);
    assert_eq!(opened.field("Plaintext"), made.field("Plaintext"));
    for context in
        [json!({}), json!({"a": "1"}), json!({"a": "1", "b": "3"}), json!({"a": "1", "B": "2"})]
    {
        open(&sealed, context).await.expect_fault(400, "InvalidCiphertextException");
    }
    let flipped = sealed.replacen(&sealed[120..124], "AAAA", 1);
    open(&flipped, whole.clone()).await.expect_fault(400, "InvalidCiphertextException");
    s3.kms("DisableKey", json!({"KeyId": key})).await.expect(200);
    open(&sealed, whole).await.expect_fault(400, "DisabledException");
}

#[tokio::test]
async fn the_data_key_of_an_object_never_opens_through_the_public_api() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send().await.expect(200);
    let wrapped = gateway.inspect("s3://bucket/k")["ciphertext_data_key"].clone();
    let opened = s3.kms("Decrypt", json!({"CiphertextBlob": wrapped, "KeyId": key})).await;
    opened.expect_fault(400, "InvalidCiphertextException");
}

#[tokio::test]
async fn bad_parameters_get_their_documented_exception() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let key = s3.key().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let cases = [
        ("DescribeKey", json!({"KeyId": unknown}), "NotFoundException"),
        ("DescribeKey", json!({"KeyId": "alias/none"}), "NotFoundException"),
        ("DescribeKey", json!({}), "ValidationException"),
        ("GenerateDataKey", json!({"KeyId": key}), "ValidationException"),
        ("GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 1025}), "ValidationException"),
        ("Encrypt", json!({"KeyId": key, "Plaintext": ""}), "ValidationException"),
        ("Decrypt", json!({"CiphertextBlob": "AAAA"}), "InvalidCiphertextException"),
        (
            "ScheduleKeyDeletion",
            json!({"KeyId": key, "PendingWindowInDays": 6}),
            "ValidationException",
        ),
        (
            "CreateAlias",
            json!({"AliasName": "mine", "TargetKeyId": key}),
            "InvalidAliasNameException",
        ),
        ("CreateKey", json!({"KeySpec": "RSA_2048"}), "UnsupportedOperationException"),
    ];
    for (operation, parameters, code) in cases {
        let reply = s3.kms(operation, parameters.clone()).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, code), "{operation} {parameters}");
    }
    s3.kms("Nonsense", json!({})).await.expect_fault(400, "UnknownOperationException");
}

#[tokio::test]
async fn lists_of_keys_and_aliases_page_through_everything_once() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(s3.key().await);
    }
    made.sort();
    let (mut found, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut parameters = json!({"Limit": 3});
        if !marker.is_null() {
            parameters["Marker"] = marker;
        }
        let page = s3.kms("ListKeys", parameters).await.expect(200).json();
        found.extend(
            page["Keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["KeyId"].as_str().unwrap().to_owned()),
        );
        if page["Truncated"] != json!(true) {
            break;
        }
        marker = page["NextMarker"].clone();
    }
    found.sort();
    assert_eq!(found, made);
}

#[tokio::test]
async fn sm4_keys_are_made_and_used() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let key =
        s3.kms("CreateKey", json!({"KeySpec": "SM4"})).await.expect(200).field("KeyMetadata/KeyId");
    let sealed =
        s3.kms("Encrypt", json!({"KeyId": key, "Plaintext": "aGVsbG8="})).await.expect(200);
    let opened = s3.kms("Decrypt", json!({"CiphertextBlob": sealed.field("CiphertextBlob")})).await;
    assert_eq!(opened.expect(200).field("Plaintext"), "aGVsbG8=");
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send().await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).text(), "x");
}
