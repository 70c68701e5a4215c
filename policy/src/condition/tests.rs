//! Truth tables of single conditions.

use super::*;

fn parse(operator: &str, key: &str, values: &[&str]) -> Result<Condition, Problem> {
    Condition::parse(Operator::parse(operator)?, key, values, true)
}

fn holds(operator: &str, key: &str, values: &[&str], request: &[(&str, &str)]) -> bool {
    let mut context = Context::default();
    for (key, value) in request {
        context.add(ConditionKey::parse(key).expect("a key"), value);
    }
    parse(operator, key, values).expect(operator).holds(&context)
}

fn tags(operator: &str, tags: &[&str]) -> bool {
    let request: Vec<_> = tags.iter().map(|tag| ("aws:TagKeys", *tag)).collect();
    holds(operator, "aws:TagKeys", &["a", "b"], &request)
}

// GHSA-v9cp: the negation of ForAllValues and ForAnyValue was swapped. Only
// partial overlap tells them apart.
#[test]
fn ghsa_v9cp_negation_stands_inside_the_set_operators() {
    // Operator, then the request's tags: none, {a}, {a, x}, {x}.
    for (operator, expected) in [
        ("ForAllValues:StringEquals", [true, true, false, false]),
        ("ForAnyValue:StringEquals", [false, true, true, false]),
        ("ForAllValues:StringNotEquals", [true, false, false, true]),
        ("ForAnyValue:StringNotEquals", [false, false, true, true]),
        ("ForAnyValue:StringEqualsIfExists", [true, true, true, false]),
    ] {
        let found = [&[][..], &["a"], &["a", "x"], &["x"]].map(|request| tags(operator, request));
        assert_eq!(found, expected, "{operator}");
    }
}

#[test]
fn a_missing_key_makes_negated_operators_true_and_others_false() {
    for (operator, value, expected) in [
        ("StringEquals", "x", false),
        ("StringNotEquals", "x", true),
        ("StringLike", "*", false),
        ("StringNotLike", "*", true),
        ("StringEqualsIfExists", "x", true),
        ("StringNotEqualsIfExists", "x", true),
        ("NumericEquals", "1", false),
        ("NumericNotEquals", "1", true),
        ("DateLessThan", "2030-01-01", false),
        ("Bool", "false", false),
        ("BoolIfExists", "true", true),
        ("IpAddress", "0.0.0.0/0", false),
        ("NotIpAddress", "10.0.0.0/8", true),
        ("ArnNotLike", "*", true),
        ("Null", "true", true),
        ("Null", "false", false),
    ] {
        assert_eq!(holds(operator, "aws:SourceIp", &[value], &[]), expected, "{operator}");
    }
}

#[test]
fn the_encryption_value_is_one_in_both_dialects_on_both_sides() {
    let key = "x-obs-server-side-encryption";
    for policy in ["kms", "aws:kms"] {
        for request in ["kms", "aws:kms"] {
            let request = [("s3:x-amz-server-side-encryption", request)];
            assert!(holds("StringEquals", key, &[policy], &request));
            assert!(!holds("StringNotEquals", key, &[policy], &request));
        }
        assert!(holds("StringNotEquals", key, &[policy], &[(key, "AES256")]));
        assert!(holds("StringNotEquals", key, &[policy], &[]));
    }
}

#[test]
fn null_names_an_absent_referer() {
    let values = ["${null}", "http://a/*"];
    assert!(holds("StringLike", "Referer", &values, &[]));
    assert!(holds("StringLike", "Referer", &values, &[("Referer", "http://a/x")]));
    assert!(!holds("StringLike", "Referer", &values, &[("Referer", "http://b/")]));
    assert!(!holds("StringNotLike", "Referer", &values, &[]));
    assert!(holds("StringNotLike", "Referer", &values, &[("Referer", "http://b/")]));
    assert!(!holds("StringNotLike", "Referer", &["${null}"], &[]));
}

#[test]
fn addresses_are_compared_as_addresses() {
    let from = |address| [("SourceIp", address)];
    assert!(holds("IpAddress", "SourceIp", &["10.0.0.0/8"], &from("10.1.2.3")));
    assert!(holds("IpAddress", "SourceIp", &["10.1.2.3"], &from("::ffff:10.1.2.3")));
    assert!(!holds("IpAddress", "SourceIp", &["10.0.0.0/8"], &from("11.1.2.3")));
    assert!(holds("IpAddress", "SourceIp", &["2001:db8::/32"], &from("2001:db8::1")));
    // GHSA-fc6g: what is no address is in no range, so a forged one never passes.
    assert!(!holds("IpAddress", "SourceIp", &["0.0.0.0/0"], &from("10.0.0.1, 1.2.3.4")));
}

#[test]
fn numbers_and_dates_are_ordered() {
    let keys = |value| [("max-keys", value)];
    assert!(holds("NumericLessThanEquals", "max-keys", &["10"], &keys("10")));
    assert!(!holds("numlt", "max-keys", &["10"], &keys("10")));
    assert!(holds("NumericGreaterThan", "max-keys", &["9"], &keys("10")));
    assert!(!holds("NumericEquals", "max-keys", &["10"], &keys("ten")));
    let now = |value| [("CurrentTime", value)];
    for limit in ["2026-05-01", "2026-05-01T00:00Z", "2026-05-01T02:00:00+02:00", "1777593600"] {
        assert!(holds("DateLessThan", "CurrentTime", &[limit], &now("2026-04-30T23:59:59Z")));
        assert!(holds("DateEquals", "CurrentTime", &[limit], &now("2026-05-01T00:00:00Z")));
        assert!(holds("DateGreaterThan", "CurrentTime", &[limit], &now("2027-01-01T00:00:00Z")));
    }
}

#[test]
fn text_operators_do_as_they_say() {
    let user = |name| [("aws:username", name)];
    assert!(holds("streqi", "aws:username", &["BÖB"], &user("böb")));
    assert!(!holds("StringLike", "aws:username", &["B*"], &user("bob")));
    assert!(!holds("StringEquals", "aws:username", &["b*"], &user("bob")));
    assert!(holds("StringStartWith", "g:UserName", &["bo"], &user("bob")));
    assert!(holds("StringEndWithIfExists", "g:UserName", &["ob"], &user("bob")));
    assert!(!holds("StringEndWith", "g:UserName", &["bo"], &user("bob")));
    assert!(holds("BinaryEquals", "aws:username", &["Ym9i"], &user("Ym9i")));
    assert!(holds(
        "StringEquals",
        "s3:prefix",
        &["${aws:username}/"],
        &[("s3:prefix", "bob/"), ("aws:username", "bob"),]
    ));
}

#[test]
fn arns_are_compared_field_by_field() {
    let from = [("aws:SourceArn", "arn:aws:s3:::b:c")];
    assert!(holds("ArnLike", "aws:SourceArn", &["arn:aws:s3:::b*"], &from));
    assert!(!holds("ArnLike", "aws:SourceArn", &["arn:aws:*:c:d:e"], &from));
    assert!(parse("ArnLike", "aws:SourceArn", &["arn:aws:s3"]).is_err());
}

#[test]
fn values_that_the_operator_cannot_read_are_refused() {
    for (operator, value) in [
        ("NumericEquals", "ten"),
        ("NumericEquals", "NaN"),
        ("DateEquals", "yesterday"),
        ("Bool", "yes"),
        ("IpAddress", "10.0.0.0/33"),
        ("BinaryEquals", "?"),
        ("Null", "maybe"),
    ] {
        assert!(parse(operator, "aws:SourceIp", &[value]).is_err(), "{operator}");
    }
    assert!(parse("StringEquals", "aws:SourceIp", &[]).is_err());
}
