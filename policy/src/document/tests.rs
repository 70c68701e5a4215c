//! What is accepted, and where the refusal of everything else points.

use super::*;

fn refused(document: &str) -> String {
    Policy::bucket(document.as_bytes(), "b").expect_err(document).to_string()
}

fn with(fields: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
            "Resource":"b/*"}},{{{fields}}}]}}"#
    )
}

#[test]
fn a_refusal_names_the_place_and_the_nearest_name() {
    let rest = r#""Effect":"Deny","Principal":"*","Action":"PutObject","Resource":"b/*""#;
    for (document, expected) in [
        (
            with(&format!(r#"{rest},"Condition":{{"StringEqual":{{"acl":"x"}}}}"#)),
            "Statement[1].Condition.StringEqual: unknown operator \"StringEqual\", \
             nearest StringEquals",
        ),
        (
            with(&format!(r#"{rest},"Condition":{{"Bool":{{"SecureTransprt":"true"}}}}"#)),
            "Statement[1].Condition.Bool.SecureTransprt: unknown condition key \
             \"SecureTransprt\", nearest SecureTransport",
        ),
        (
            with(&format!(r#"{rest},"Conditions":{{}}"#)),
            "Statement[1].Conditions: unknown field \"Conditions\", nearest Condition",
        ),
        (with(&rest.replace("Deny", "deny")), "Statement[1].Effect: must be Allow or Deny"),
        (with(r#""Principal":"*""#), "Statement[1].Effect: missing"),
        (with(r#""Effect":"Deny","Action":"*","Resource":"b""#), "Statement[1].Principal: missing"),
        (with(r#""Effect":"Deny","Principal":"*","Resource":"b""#), "Statement[1].Action: missing"),
        (
            with(&rest.replace("b/*", "c/*")),
            "Statement[1].Resource: \"c/*\" is not in the bucket \"b\"",
        ),
        (
            with(&format!(r#"{rest},"NotAction":"GetObject""#)),
            "Statement[1].NotAction: stands beside Action: only one of them may",
        ),
        (with(&format!(r#"{rest},"Effect":"Allow""#)), "Statement[1].Effect: stands twice"),
        (
            with(&rest.replace("\"PutObject\"", "[]")),
            "Statement[1].Action: must be a string or a list of strings, not empty",
        ),
        (r#"{"Statement":[]}"#.into(), "Statement: has no statement"),
        (
            r#"{"Version":"2012-10-18","Statement":[]}"#.into(),
            "Version: must be 2012-10-17 or 2008-10-17",
        ),
        ("[]".into(), ": must be an object"),
        ("{}".into(), "Statement: missing"),
    ] {
        let found = refused(&document);
        assert_eq!(found, expected, "{document}");
    }
}

#[test]
fn statement_may_be_an_object_and_every_list_a_string() {
    let document = r#"{"Version":"2008-10-17","Id":"x","Statement":{"Sid":"s","Effect":"Allow",
        "Principal":{"ID":["domain/d:user/u"],"AWS":"111111111111"},
        "NotAction":["Get*","obs:bucket:List*"],"NotResource":"b/secret/*",
        "Condition":{"strl":{"prefix":["a*"]},"Bool":{"SecureTransport":true}}}}"#;
    let policy = Policy::bucket(document.as_bytes(), "b").expect("a policy");
    assert_eq!(policy.statements.len(), 1);
    assert_eq!(policy.statements[0].conditions.len(), 2);
}

#[test]
fn a_huawei_policy_may_leave_out_the_resource_and_others_may_not() {
    let document = |version| {
        format!(
            r#"{{"Version":"{version}","Statement":[{{"Effect":"Allow","Action":"kms:cmk:get"}}]}}"#
        )
    };
    assert!(Policy::identity(document("1.1").as_bytes()).is_ok());
    assert!(Policy::identity(document("2012-10-17").as_bytes()).is_err());
    assert!(Policy::identity(document("1.0").as_bytes()).is_err());
}

#[test]
fn an_identity_policy_has_no_principal_and_a_trust_policy_no_resource() {
    let statement = |fields: &str| format!(r#"{{"Statement":{{"Effect":"Allow",{fields}}}}}"#);
    let identity = statement(r#""Principal":"*","Action":"s3:*","Resource":"*""#);
    assert!(Policy::identity(identity.as_bytes()).is_err());
    assert!(Policy::key(identity.as_bytes()).is_ok());
    assert!(Policy::trust(identity.as_bytes()).is_err());
    let trust = statement(r#""Principal":{"Service":"obs"},"Action":"sts:AssumeRole""#);
    assert!(Policy::trust(trust.as_bytes()).is_ok());
}

#[test]
fn of_an_operator_that_stands_twice_the_last_wins_in_bucket_policies_only() {
    let document = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"b",
        "Condition":{"streq":{"prefix":"a","acl":"x"},"streq":{"prefix":"b"}}}}"#;
    let policy = Policy::bucket(document.as_bytes(), "b").expect("a policy");
    assert_eq!(policy.statements[0].conditions.len(), 2);
    assert!(Policy::key(document.as_bytes()).is_err());
    let key_twice = document.replace("\"acl\"", "\"prefix\"");
    assert!(Policy::bucket(key_twice.as_bytes(), "b").is_err());
}

#[test]
fn sizes_are_bounded() {
    let document = format!("{}{}", " ".repeat(BUCKET_POLICY_LEN_MAX), "{}");
    assert!(matches!(Policy::bucket(document.as_bytes(), "b"), Err(Error::TooLarge { .. })));
    assert!(matches!(Policy::identity(document.as_bytes()), Err(Error::Malformed { .. })));
}

#[test]
fn a_repeated_sid_is_refused() {
    let one = r#"{"Sid":"s","Effect":"Allow","Principal":"*","Action":"*","Resource":"b"}"#;
    let found = refused(&format!(r#"{{"Statement":[{one},{one}]}}"#));
    assert_eq!(found, "Statement[1].Sid: \"s\" is the Sid of an earlier statement");
}
