//! No route without an authorization case: a stranger is refused on every row
//! of the table, and a row that nobody listed here fails the test.

use gateway::api::routes::{Level, Route, table};
use sealgate_tests::client::Request;
use sealgate_tests::{Client, Gateway};
use serde_json::json;

/// What a row asks for, as a stranger sends it.
enum Case {
    /// Anybody with an account may: it shows or makes only what is his own.
    Own,
    /// Refused with 403 to an account that owns nothing here, and to nobody at all.
    Closed(fn(&Client) -> Request),
    /// An operation on keys, refused on somebody else's.
    Key,
    /// Everybody may, also unsigned: it tells nothing of anybody.
    Public,
}

use Case::{Closed, Key, Own, Public};

const CASES: &[(&str, Case)] = &[
    ("ListBuckets", Own),
    ("CreateBucket", Own),
    ("HeadBucket", Closed(|c| c.head("/bucket"))),
    ("DeleteBucket", Closed(|c| c.delete("/bucket"))),
    ("GetBucketLocation", Closed(|c| c.get("/bucket?location"))),
    ("ListObjects", Closed(|c| c.get("/bucket"))),
    ("ListObjectsV2", Closed(|c| c.get("/bucket?list-type=2"))),
    ("ListObjectVersions", Closed(|c| c.get("/bucket?versions"))),
    ("GetBucketVersioning", Closed(|c| c.get("/bucket?versioning"))),
    ("PutBucketVersioning", Closed(|c| c.put("/bucket?versioning").body(VERSIONING))),
    ("PutBucketEncryption", Closed(|c| c.put("/bucket?encryption").body(ENCRYPTION))),
    ("GetBucketEncryption", Closed(|c| c.get("/bucket?encryption"))),
    ("DeleteBucketEncryption", Closed(|c| c.delete("/bucket?encryption"))),
    ("PutBucketPolicy", Closed(|c| c.put("/bucket?policy").body(POLICY))),
    ("GetBucketPolicy", Closed(|c| c.get("/bucket?policy"))),
    ("DeleteBucketPolicy", Closed(|c| c.delete("/bucket?policy"))),
    ("GetBucketAccelerateConfiguration", Closed(|c| c.get("/bucket?accelerate"))),
    ("GetBucketLifecycleConfiguration", Closed(|c| c.get("/bucket?lifecycle"))),
    ("GetBucketLogging", Closed(|c| c.get("/bucket?logging"))),
    ("GetBucketNotificationConfiguration", Closed(|c| c.get("/bucket?notification"))),
    ("GetBucketReplication", Closed(|c| c.get("/bucket?replication"))),
    ("GetBucketWebsite", Closed(|c| c.get("/bucket?website"))),
    ("GetBucketPolicyStatus", Closed(|c| c.get("/bucket?policyStatus"))),
    ("PutBucketAcl", Closed(|c| c.put("/bucket?acl").header("x-amz-acl", "private"))),
    ("GetBucketAcl", Closed(|c| c.get("/bucket?acl"))),
    ("PutObjectAcl", Closed(|c| c.put("/bucket/k?acl").header("x-amz-acl", "private"))),
    ("GetObjectAcl", Closed(|c| c.get("/bucket/k?acl"))),
    ("PutBucketRequestPayment", Closed(|c| c.put("/bucket?requestPayment").body(PAYER))),
    ("GetBucketRequestPayment", Closed(|c| c.get("/bucket?requestPayment"))),
    ("PutObjectLockConfiguration", Closed(|c| c.put("/bucket?object-lock").body(LOCK))),
    ("GetObjectLockConfiguration", Closed(|c| c.get("/bucket?object-lock"))),
    ("PutObjectRetention", Closed(|c| c.put("/bucket/k?retention").body("<Retention/>"))),
    ("GetObjectRetention", Closed(|c| c.get("/bucket/k?retention"))),
    ("PutObjectLegalHold", Closed(|c| c.put("/bucket/k?legal-hold").body(HOLD))),
    ("GetObjectLegalHold", Closed(|c| c.get("/bucket/k?legal-hold"))),
    ("PutBucketOwnershipControls", Closed(|c| c.put("/bucket?ownershipControls").body(OWNERSHIP))),
    ("GetBucketOwnershipControls", Closed(|c| c.get("/bucket?ownershipControls"))),
    ("DeleteBucketOwnershipControls", Closed(|c| c.delete("/bucket?ownershipControls"))),
    ("PutPublicAccessBlock", Closed(|c| c.put("/bucket?publicAccessBlock").body(BLOCK))),
    ("GetPublicAccessBlock", Closed(|c| c.get("/bucket?publicAccessBlock"))),
    ("DeletePublicAccessBlock", Closed(|c| c.delete("/bucket?publicAccessBlock"))),
    ("PutBucketTagging", Closed(|c| c.put("/bucket?tagging").body(TAGS))),
    ("GetBucketTagging", Closed(|c| c.get("/bucket?tagging"))),
    ("DeleteBucketTagging", Closed(|c| c.delete("/bucket?tagging"))),
    ("PutBucketCors", Closed(|c| c.put("/bucket?cors").body(CORS))),
    ("GetBucketCors", Closed(|c| c.get("/bucket?cors"))),
    ("DeleteBucketCors", Closed(|c| c.delete("/bucket?cors"))),
    ("PutObjectTagging", Closed(|c| c.put("/bucket/k?tagging").body(TAGS))),
    ("GetObjectTagging", Closed(|c| c.get("/bucket/k?tagging"))),
    ("DeleteObjectTagging", Closed(|c| c.delete("/bucket/k?tagging"))),
    (
        "GetObjectAttributes",
        Closed(|c| c.get("/bucket/k?attributes").header("x-amz-object-attributes", "ETag")),
    ),
    ("PutObject", Closed(|c| c.put("/bucket/new").body("x"))),
    ("CopyObject", Closed(|c| c.put("/bucket/new").header("x-amz-copy-source", "/bucket/k"))),
    ("GetObject", Closed(|c| c.get("/bucket/k"))),
    ("HeadObject", Closed(|c| c.head("/bucket/k"))),
    ("DeleteObject", Closed(|c| c.delete("/bucket/k"))),
    // Refusals of DeleteObjects stand in its answer; see the test below.
    ("DeleteObjects", Own),
    ("CreateMultipartUpload", Closed(|c| c.post("/bucket/k?uploads"))),
    ("UploadPart", Closed(|c| c.put("/bucket/k?partNumber=1&uploadId=UPLOAD").body("x"))),
    (
        "UploadPartCopy",
        Closed(|c| {
            c.put("/bucket/k?partNumber=1&uploadId=UPLOAD").header("x-amz-copy-source", "/bucket/k")
        }),
    ),
    ("CompleteMultipartUpload", Closed(|c| c.post("/bucket/k?uploadId=UPLOAD").body(PARTS))),
    ("AbortMultipartUpload", Closed(|c| c.delete("/bucket/k?uploadId=UPLOAD"))),
    ("ListParts", Closed(|c| c.get("/bucket/k?uploadId=UPLOAD"))),
    ("ListMultipartUploads", Closed(|c| c.get("/bucket?uploads"))),
    ("ApiVersion", Public),
    ("GetBucketStorageInfo", Closed(|c| c.get("/bucket?storageinfo").obs())),
    ("PutBucketQuota", Closed(|c| c.put("/bucket?quota").obs().body(QUOTA))),
    ("GetBucketQuota", Closed(|c| c.get("/bucket?quota").obs())),
    ("PutBucketStoragePolicy", Closed(|c| c.put("/bucket?storageClass").obs().body(CLASS))),
    ("GetBucketStoragePolicy", Closed(|c| c.get("/bucket?storageClass").obs())),
    (
        "SetObjectMetadata",
        Closed(|c| {
            c.put("/bucket/k?metadata").obs().header("x-obs-metadata-directive", "REPLACE_NEW")
        }),
    ),
    ("AppendObject", Closed(|c| c.post("/bucket/k?append&position=0").obs().body("x"))),
    ("CreateKey", Own),
    ("ListKeys", Own),
    ("ListAliases", Own),
    ("DescribeKey", Key),
    ("EnableKey", Key),
    ("DisableKey", Key),
    ("ScheduleKeyDeletion", Key),
    ("CancelKeyDeletion", Key),
    ("GenerateDataKey", Key),
    ("GenerateDataKeyWithoutPlaintext", Key),
    ("Encrypt", Key),
    ("Decrypt", Key),
    ("CreateAlias", Key),
    ("UpdateAlias", Own),
    ("DeleteAlias", Own),
    ("GenerateRandom", Own),
    ("ListRetirableGrants", Own),
    ("UpdateKeyDescription", Key),
    ("ReEncrypt", Key),
    ("EnableKeyRotation", Key),
    ("DisableKeyRotation", Key),
    ("GetKeyRotationStatus", Key),
    ("RotateKeyOnDemand", Key),
    ("ListKeyRotations", Key),
    ("CreateGrant", Key),
    ("ListGrants", Key),
    ("RevokeGrant", Key),
    ("RetireGrant", Key),
    ("GetParametersForImport", Key),
    ("ImportKeyMaterial", Key),
    ("DeleteImportedKeyMaterial", Key),
    ("TagResource", Key),
    ("UntagResource", Key),
    ("ListResourceTags", Key),
    ("GetKeyPolicy", Key),
    ("PutKeyPolicy", Key),
    ("ListKeyPolicies", Key),
];

const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>";
const PAYER: &str =
    "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>";
const LOCK: &str = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>\
    </ObjectLockConfiguration>";
const HOLD: &str = "<LegalHold><Status>ON</Status></LegalHold>";
const OWNERSHIP: &str = "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership>\
    </Rule></OwnershipControls>";
const BLOCK: &str = "<PublicAccessBlockConfiguration/>";
const TAGS: &str = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
    <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
const VERSIONING: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const QUOTA: &str = "<Quota><StorageQuota>1</StorageQuota></Quota>";
const CLASS: &str = "<StorageClass>STANDARD</StorageClass>";
const POLICY: &str = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*",
    "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}]}"#;
const PARTS: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>\
    <ETag>\"0123456789abcdef0123456789abcdef\"</ETag></Part></CompleteMultipartUpload>";

#[test]
fn every_route_has_an_authorization_case() {
    // The query APIs are tried row by row in `identities.rs` and `sts.rs`; the
    // paths of Huawei's key service lead to the same judgement as AWS's targets.
    let is_elsewhere = |route: &&Route| matches!(route.level, Level::Form(_) | Level::Path(_));
    for route in table().iter().filter(|route| !is_elsewhere(route)) {
        let listed = CASES.iter().filter(|(name, _)| *name == route.name).count();
        assert_eq!(listed, 1, "{} needs one case in this file", route.name);
    }
    for (name, _) in CASES {
        assert!(table().iter().any(|route| route.name == *name), "{name} is no route any more");
    }
}

#[tokio::test]
async fn strangers_and_nobody_are_refused_on_every_closed_route() {
    let gateway = Gateway::start();
    let owner = gateway.client();
    owner.put("/bucket").send().await.expect(200);
    owner.put("/bucket/k").body("x").send().await.expect(200);
    let stranger = owner.signed_as(&gateway.account("stranger").identity);
    for (name, case) in CASES {
        let Closed(request) = case else { continue };
        for client in [&stranger, &owner.anonymous()] {
            let reply = request(client).send().await;
            assert_eq!(reply.status, 403, "{name}: {}", reply.code());
        }
    }
    assert_eq!(owner.get("/bucket/k").send().await.expect(200).text(), "x");
    owner.get("/bucket?policy").send().await.expect_fault(404, "NoSuchBucketPolicy");
    assert_eq!(owner.get("/bucket").send().await.elements("Key"), ["k"]);
}

#[tokio::test]
async fn the_same_requests_of_the_owner_are_not_refused() {
    let gateway = Gateway::start();
    let owner = gateway.client();
    for (name, case) in CASES {
        let Closed(request) = case else { continue };
        owner.put("/bucket").send().await;
        owner.put("/bucket/k").body("x").send().await;
        let reply = request(&owner).send().await;
        assert!(
            reply.status != 403 && reply.status != 0,
            "{name}: {} {}",
            reply.status,
            reply.code()
        );
    }
}

#[tokio::test]
async fn an_upload_of_another_account_is_out_of_reach() {
    let gateway = Gateway::start();
    let owner = gateway.client();
    owner.put("/bucket").send().await.expect(200);
    let upload = owner.initiate("/bucket/k", &[]).await;
    let stranger = owner.signed_as(&gateway.account("stranger").identity);
    let path = format!("/bucket/k?uploadId={upload}");
    let part = format!("/bucket/k?partNumber=1&uploadId={upload}");
    for request in [
        stranger.get(&path),
        stranger.delete(&path),
        stranger.put(&part).body("x"),
        stranger.post(&path).body(PARTS),
    ] {
        request.send().await.expect_fault(403, "AccessDenied");
    }
    owner.get(&path).send().await.expect(200);
}

#[tokio::test]
async fn delete_objects_refuses_each_key_of_a_stranger() {
    let gateway = Gateway::start();
    let owner = gateway.client();
    owner.put("/bucket").send().await.expect(200);
    owner.put("/bucket/k").body("x").send().await.expect(200);
    let stranger = owner.signed_as(&gateway.account("stranger").identity);
    let document = "<Delete><Object><Key>k</Key></Object></Delete>";
    for client in [&stranger, &owner.anonymous()] {
        let reply = client.post("/bucket?delete").body(document).send().await;
        let refused = reply.status == 403 || reply.elements("Code") == ["AccessDenied"];
        assert!(refused, "{} {}", reply.status, reply.text());
    }
    owner.get("/bucket/k").send().await.expect(200);
}

#[tokio::test]
async fn keys_of_another_account_are_out_of_reach() {
    let gateway = Gateway::start();
    let owner = gateway.client();
    let key = owner.kms("CreateKey", json!({})).await.expect(200).field("KeyMetadata/Arn");
    let sealed = json!({"KeyId": key, "Plaintext": "AAAA"});
    let sealed = owner.kms("Encrypt", sealed).await.expect(200).field("CiphertextBlob");
    let stranger = owner.signed_as(&gateway.account("stranger").identity);
    for (name, case) in CASES {
        let Key = case else { continue };
        let parameters = match *name {
            "Decrypt" => json!({"CiphertextBlob": sealed}),
            "CreateAlias" => json!({"AliasName": "alias/mine", "TargetKeyId": key}),
            "Encrypt" => json!({"KeyId": key, "Plaintext": "AAAA"}),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                json!({"KeyId": key, "KeySpec": "AES_256"})
            }
            "ReEncrypt" => json!({"CiphertextBlob": sealed, "DestinationKeyId": key}),
            "UpdateKeyDescription" => json!({"KeyId": key, "Description": "mine"}),
            "CreateGrant" => json!({"KeyId": key, "Operations": ["Decrypt"],
                "GranteePrincipal": "arn:aws:iam::111122223333:root"}),
            "RevokeGrant" | "RetireGrant" => json!({"KeyId": key, "GrantId": "a".repeat(64)}),
            "GetParametersForImport" => json!({"KeyId": key,
                "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
            "ImportKeyMaterial" => json!({"KeyId": key, "ImportToken": "AAAA",
                "EncryptedKeyMaterial": "AAAA", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
            "TagResource" => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            "UntagResource" => json!({"KeyId": key, "TagKeys": ["a"]}),
            "PutKeyPolicy" => json!({"KeyId": key, "Policy": "{\"Statement\": []}"}),
            "ScheduleKeyDeletion" => json!({"KeyId": key, "PendingWindowInDays": 7}),
            _ => json!({"KeyId": key}),
        };
        let reply = stranger.kms(name, parameters.clone()).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "AccessDeniedException"), "{name}");
        let reply = owner.anonymous().kms(name, parameters).await;
        assert!(reply.status == 400 || reply.status == 403, "{name}: {}", reply.status);
    }
}
