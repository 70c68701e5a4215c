//! The AWS KMS API beyond use: grants, policies, tags, rotation, import, and
//! what operators do to keys and accounts.

use sealgate_tests::{Client, Gateway};
use serde_json::{Value, json};

const OK: &str = "";
const DISABLED: &str = "DisabledException";
const INVALID: &str = "KMSInvalidStateException";
const UNSUPPORTED: &str = "UnsupportedOperationException";

/// "Key states of AWS KMS keys": enabled, disabled, pending deletion, pending import.
const MATRIX: [(&str, [&str; 4]); 22] = [
    ("UpdateKeyDescription", [OK, OK, INVALID, OK]),
    ("UpdateAlias", [OK, OK, INVALID, OK]),
    ("DeleteAlias", [OK, OK, OK, OK]),
    ("EnableKeyRotation", [OK, DISABLED, INVALID, INVALID]),
    ("DisableKeyRotation", [OK, DISABLED, INVALID, INVALID]),
    ("GetKeyRotationStatus", [OK, OK, OK, UNSUPPORTED]),
    ("RotateKeyOnDemand", [OK, DISABLED, INVALID, INVALID]),
    ("ListKeyRotations", [OK, OK, OK, UNSUPPORTED]),
    ("CreateGrant", [OK, DISABLED, INVALID, INVALID]),
    ("ListGrants", [OK, OK, OK, OK]),
    ("RevokeGrant", [OK, OK, OK, "none"]),
    ("RetireGrant", [OK, OK, OK, "none"]),
    ("GetParametersForImport", [UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, OK]),
    ("DeleteImportedKeyMaterial", [UNSUPPORTED, UNSUPPORTED, UNSUPPORTED, OK]),
    ("TagResource", [OK, OK, INVALID, OK]),
    ("UntagResource", [OK, OK, INVALID, OK]),
    ("ListResourceTags", [OK, OK, OK, OK]),
    ("GetKeyPolicy", [OK, OK, OK, OK]),
    ("PutKeyPolicy", [OK, OK, OK, OK]),
    ("ListKeyPolicies", [OK, OK, OK, OK]),
    ("ReEncrypt", [OK, DISABLED, INVALID, "none"]),
    ("ListAliases", [OK, OK, OK, OK]),
];

fn many_keys() -> Gateway {
    Gateway::with(&[
        ("SEALGATE_KMS_KEYS_PER_ACCOUNT", "1000"),
        ("SEALGATE_KMS_REQUESTS_PER_S", "0"),
    ])
}

#[tokio::test]
async fn every_operation_answers_every_state_as_documented() {
    let gateway = many_keys();
    let kms = gateway.client();
    for spec in ["SYMMETRIC_DEFAULT", "SM4"] {
        let other = kms.key().await;
        for (operation, expected) in MATRIX {
            for (state, code) in ["Enabled", "Disabled", "PendingDeletion", "PendingImport"]
                .into_iter()
                .zip(expected)
                .filter(|(_, code)| *code != "none")
            {
                let reply = asked_in(&kms, operation, spec, state, &other).await;
                let status = if code.is_empty() { 200 } else { 400 };
                let answered = (reply.status, reply.code());
                assert_eq!(answered, (status, code.to_owned()), "{operation} {spec} {state}");
            }
        }
    }
}

/// Makes a key in `state` with all that an operation needs, and asks.
async fn asked_in(
    kms: &Client,
    operation: &str,
    spec: &str,
    state: &str,
    other: &str,
) -> sealgate_tests::Reply {
    let origin = if state == "PendingImport" { "EXTERNAL" } else { "AWS_KMS" };
    let made = kms.kms("CreateKey", json!({"KeySpec": spec, "Origin": origin})).await.expect(200);
    let key = made.field("KeyMetadata/KeyId");
    let alias = format!("alias/{operation}-{spec}-{state}");
    kms.kms("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key})).await.expect(200);
    let (mut grant, mut sealed) = (String::new(), String::new());
    if origin == "AWS_KMS" {
        let wanted = json!({"KeyId": key, "GranteePrincipal": "arn:aws:iam::999999999999:root",
            "Operations": ["Decrypt"]});
        grant = kms.kms("CreateGrant", wanted).await.expect(200).field("GrantId");
        let made = kms.kms("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
        sealed = made.expect(200).field("CiphertextBlob");
    }
    match state {
        "Disabled" => drop(kms.kms("DisableKey", json!({"KeyId": key})).await.expect(200)),
        "PendingDeletion" => {
            drop(kms.kms("ScheduleKeyDeletion", json!({"KeyId": key})).await.expect(200));
        }
        _ => {}
    }
    let policy = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*",
        "Resource": "*"}});
    let mut parameters = match operation {
        "UpdateKeyDescription" => json!({"Description": "d"}),
        "UpdateAlias" => json!({"AliasName": alias, "TargetKeyId": key}),
        "DeleteAlias" => json!({"AliasName": alias}),
        "CreateGrant" => json!({"GranteePrincipal": "arn:aws:iam::999999999999:root",
            "Operations": ["Encrypt"]}),
        "RevokeGrant" | "RetireGrant" => json!({"GrantId": grant}),
        "GetParametersForImport" => json!({"WrappingAlgorithm": "RSAES_OAEP_SHA_256",
            "WrappingKeySpec": "RSA_2048"}),
        "TagResource" => json!({"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        "UntagResource" => json!({"TagKeys": ["a"]}),
        "PutKeyPolicy" => json!({"Policy": policy.to_string()}),
        "ReEncrypt" => json!({"CiphertextBlob": sealed, "DestinationKeyId": other}),
        _ => json!({}),
    };
    parameters["KeyId"] = json!(key);
    if operation == "ReEncrypt" {
        parameters["SourceKeyId"] = json!(key);
    }
    kms.kms(operation, parameters).await
}

#[tokio::test]
async fn another_account_reads_an_object_by_policy_and_grant_until_the_grant_is_revoked() {
    let gateway = Gateway::start();
    let (alice, account) = (gateway.client(), gateway.account("bob"));
    let bob = alice.signed_as(&account.identity);
    alice.put("/shared").send().await.expect(200);
    let key = alice.key().await;
    alice.put("/shared/k").sse_kms(Some(&key)).body("secret").send().await.expect(200);
    let policy = json!({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
        "Principal": {"AWS": account.account_id}, "Resource": "arn:aws:s3:::shared/*"}]});
    alice.put("/shared?policy").body(policy.to_string()).send().await.expect(204);
    bob.get("/shared/k").send().await.expect_fault(403, "AccessDenied");
    let grantee = format!("arn:aws:iam::{}:root", account.account_id);
    let wanted =
        json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"], "Name": "n"});
    let made = alice.kms("CreateGrant", wanted).await.expect(200);
    assert_eq!(bob.get("/shared/k").send().await.expect(200).text(), "secret");
    let listed = alice.kms("ListGrants", json!({"KeyId": key})).await.expect(200).json();
    assert_eq!(listed["Grants"][0]["Operations"], json!(["Decrypt"]));
    assert_eq!(listed["Grants"][0]["GranteePrincipal"], json!(grantee));
    alice
        .kms("RevokeGrant", json!({"KeyId": key, "GrantId": made.field("GrantId")}))
        .await
        .expect(200);
    bob.get("/shared/k").send().await.expect_fault(403, "AccessDenied");
    let gone = json!({"KeyId": key, "GrantId": made.field("GrantId")});
    alice.kms("RevokeGrant", gone).await.expect_fault(400, "NotFoundException");
    let token = json!({"GrantToken": made.field("GrantToken")});
    alice.kms("RetireGrant", token).await.expect_fault(400, "NotFoundException");
}

#[tokio::test]
async fn policies_tags_and_rotation_come_back_as_they_were_put() {
    let gateway = Gateway::start();
    let kms = gateway.client();
    let tags = json!([{"TagKey": "team", "TagValue": "red"}]);
    let made = kms.kms("CreateKey", json!({"Tags": tags})).await.expect(200);
    let named = json!({"KeyId": made.field("KeyMetadata/KeyId")});
    let with = |fields: Value| {
        let mut all = named.clone();
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        all
    };
    let listed = kms.kms("ListResourceTags", named.clone()).await.expect(200).json();
    assert_eq!(listed["Tags"], tags);
    let default = kms.kms("GetKeyPolicy", named.clone()).await.expect(200).field("Policy");
    kms.kms("PutKeyPolicy", with(json!({"Policy": default}))).await.expect(200);
    let put = with(json!({"Policy": "{}"}));
    kms.kms("PutKeyPolicy", put).await.expect_fault(400, "MalformedPolicyDocumentException");
    kms.kms("EnableKeyRotation", with(json!({"RotationPeriodInDays": 89})))
        .await
        .expect_fault(400, "ValidationException");
    kms.kms("EnableKeyRotation", with(json!({"RotationPeriodInDays": 90}))).await.expect(200);
    kms.kms("RotateKeyOnDemand", named.clone()).await.expect(200);
    let status = kms.kms("GetKeyRotationStatus", named.clone()).await.expect(200).json();
    assert_eq!(status["KeyRotationEnabled"], json!(true));
    assert_eq!(status["RotationPeriodInDays"], json!(90));
    let rotations = kms.kms("ListKeyRotations", named.clone()).await.expect(200).json();
    assert_eq!(rotations["Rotations"][0]["RotationType"], json!("ON_DEMAND"));
    let random = kms.kms("GenerateRandom", json!({"NumberOfBytes": 32})).await.expect(200);
    assert_eq!(random.field("Plaintext").len(), 44);
}

#[tokio::test]
async fn operators_protect_keys_see_their_impact_and_freeze_accounts() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/k").sse_kms(Some(&key)).body("12345").send().await.expect(200);
    s3.initiate(
        "/bucket/u",
        &[
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", &key),
        ],
    )
    .await;
    let impact = gateway.run(&["key", "impact", &key, "--json"]).stdout;
    let impact: Value = serde_json::from_slice(&impact).unwrap();
    assert_eq!(
        (&impact["uses"][0]["objects"], &impact["uses"][0]["bytes"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(impact["uses"][1]["uploads"], json!(1));
    assert_eq!(impact["versions"][0]["api_used_ms"], Value::Null);

    gateway.run(&["key", "protect", &key, "on"]);
    let scheduled = s3.kms("ScheduleKeyDeletion", json!({"KeyId": key})).await;
    scheduled.expect_fault(400, INVALID);
    gateway.run(&["key", "protect", &key, "off"]);

    let accounts = gateway.run(&["account", "list", "--json"]).stdout;
    let accounts: Value = serde_json::from_slice(&accounts).unwrap();
    let root = accounts[0]["account_id"].as_str().unwrap();
    gateway.run(&["account", "freeze", root]);
    s3.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    let refused = s3.kms("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    refused.expect_fault(400, INVALID);
    gateway.run(&["account", "unfreeze", root]);
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).text(), "12345");
    s3.kms("ScheduleKeyDeletion", json!({"KeyId": key})).await.expect(200);
}

#[tokio::test]
async fn a_key_in_use_is_not_scheduled_where_that_is_configured() {
    let gateway = Gateway::with(&[("SEALGATE_KMS_REFUSE_DELETION_IN_USE", "true")]);
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send().await.expect(200);
    let schedule = async || s3.kms("ScheduleKeyDeletion", json!({"KeyId": key})).await;
    schedule().await.expect_fault(400, INVALID);
    s3.delete("/bucket/k").send().await.expect(204);
    schedule().await.expect(200);
}

#[tokio::test]
async fn an_account_that_calls_too_often_is_told_to_slow_down() {
    let gateway = Gateway::with(&[
        ("SEALGATE_KMS_REQUESTS_PER_S", "3"),
        ("SEALGATE_KMS_OBJECT_REQUESTS_PER_S", "3"),
    ]);
    let s3 = gateway.client();
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(s3.kms("ListKeys", json!({})).await.code());
    }
    assert!(codes.iter().any(|code| code == "ThrottlingException"), "{codes:?}");
    s3.put("/bucket").send().await.expect(200);
    let mut answers = Vec::new();
    for _ in 0..30 {
        let put = s3.put("/bucket/k").sse_kms(None).body("x").send().await;
        answers.push((put.status, put.code()));
    }
    assert!(answers.contains(&(503, "SlowDown".to_owned())), "{answers:?}");
}
