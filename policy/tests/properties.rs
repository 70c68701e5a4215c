//! What holds for all policies: deny wins, an Allow never takes away, order
//! does not matter, reading is total; and what a decision costs.

#![allow(clippy::expect_used, reason = "the helpers of a test fail by panicking")]

use std::sync::Arc;
use std::time::Instant;

use policy::{
    Account, Action, Attribute, Because, Delegation, Effect, Identity, Policies, Policy, Principal,
    Request, Resource, evaluate,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Everything that one request is judged by, as documents.
#[derive(Clone, Debug)]
struct Case {
    identity: Vec<Value>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    bucket: Vec<Value>,
    explicit: bool,
    request: Request,
}

impl Case {
    fn effect(&self) -> Effect {
        let identity = [Arc::new(identity(&self.identity))];
        let session: Vec<_> =
            self.session.iter().map(|statements| Arc::new(self::identity(statements))).collect();
        let boundary = self.boundary.as_deref().map(self::identity);
        let resource = (!self.bucket.is_empty()).then(|| bucket(&self.bucket));
        let policies = Policies {
            identity: if self.identity.is_empty() { &[] } else { &identity },
            boundary: boundary.as_ref(),
            session: &session,
            resource: resource.as_ref(),
            grants: None,
            delegation: if self.explicit { Delegation::Explicit } else { Delegation::Implied },
        };
        evaluate(&self.request, &policies).effect
    }
}

fn identity(statements: &[Value]) -> Policy {
    if statements.is_empty() {
        return Policy::default();
    }
    let mut statements = statements.to_vec();
    for statement in &mut statements {
        statement.as_object_mut().expect("an object").remove("Principal");
    }
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Policy::identity(document.as_bytes()).expect("a policy")
}

fn bucket(statements: &[Value]) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Policy::bucket(document.as_bytes(), "b").expect("a policy")
}

fn statement() -> impl Strategy<Value = Value> {
    let principals = select(vec![
        json!("*"),
        json!({"AWS": "111111111111"}),
        json!({"AWS": "arn:aws:iam::111111111111:user/bob"}),
        json!({"ID": ["domain/d2:user/*", "domain/d1:agency/ops"]}),
    ]);
    let actions = select(vec!["*", "s3:*", "s3:GetObject", "s3:Put*", "obs:object:GetObject"]);
    let resources = select(vec!["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x*", "arn:aws:s3:::b"]);
    let conditions = select(vec![
        json!({}),
        json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringLike": {"aws:username": "b*"}}),
    ]);
    (any::<bool>(), principals, select(vec!["Action", "NotAction"]), actions, resources, conditions)
        .prop_map(|(allow, principal, word, action, resource, condition)| {
            json!({
                "Effect": if allow { "Allow" } else { "Deny" },
                "Principal": principal,
                word: action,
                "Resource": resource,
                "Condition": condition,
            })
        })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..4)
}

fn account(number: u8) -> Arc<Account> {
    Arc::new(Account {
        id: number.to_string().repeat(12),
        domain: format!("d{number}"),
        canonical: format!("c{number}"),
    })
}

fn caller(number: u8, identity: Identity) -> Principal {
    Principal::Caller { account: account(number), identity }
}

fn user(name: &str) -> Identity {
    Identity::User { name: name.into(), id: format!("AIDA{name}"), path: "/".into() }
}

fn request() -> impl Strategy<Value = Request> {
    let session = Identity::Session {
        role: "ops".into(),
        role_id: "AROAOPS".into(),
        path: "/".into(),
        session: "s".into(),
        federated: Vec::new(),
    };
    let principals = select(vec![
        Principal::Anonymous,
        Principal::Service("obs".into()),
        caller(1, Identity::Root),
        caller(1, user("bob")),
        caller(1, session),
        caller(2, Identity::Root),
        caller(2, user("eve")),
    ]);
    let actions = select(vec![Action::GetObject, Action::PutObject, Action::DeleteObject]);
    (principals, actions, select(vec!["x1", "y"]), any::<bool>(), any::<bool>()).prop_map(
        |(principal, action, key, encrypted, secure)| {
            let request = Request::new(principal, action, Resource::object(account(1), "b", key))
                .with(Attribute::SecureTransport, if secure { "true" } else { "false" });
            match encrypted {
                true => request.with_header("x-obs-server-side-encryption", "kms"),
                false => request,
            }
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    (
        statements(),
        prop::option::of(statements()),
        prop::option::of(statements()),
        statements(),
        any::<bool>(),
        request(),
    )
        .prop_map(|(identity, boundary, session, bucket, explicit, request)| Case {
            identity,
            boundary,
            session,
            bucket,
            explicit,
            request,
        })
}

fn everything(effect: &str) -> Value {
    json!({"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_deny_wins_wherever_it_stands(case in case(), place in 0..4) {
        let mut denied = case.clone();
        let statements = match place {
            0 => &mut denied.identity,
            1 => denied.boundary.get_or_insert_default(),
            2 => denied.session.get_or_insert_default(),
            _ => &mut denied.bucket,
        };
        statements.push(everything("Deny"));
        prop_assert_eq!(denied.effect(), Effect::Deny);
    }

    #[test]
    fn another_allow_never_takes_access_away(case in case(), added in statement(), place in 0..4) {
        let mut more = case.clone();
        let mut added = added;
        added["Effect"] = json!("Allow");
        match place {
            0 => more.identity.push(added),
            1 => more.boundary.iter_mut().for_each(|statements| statements.push(added.clone())),
            2 => more.session.iter_mut().for_each(|statements| statements.push(added.clone())),
            _ => more.bucket.push(added),
        }
        if case.effect() == Effect::Allow {
            prop_assert_eq!(more.effect(), Effect::Allow);
        }
    }

    #[test]
    fn another_deny_or_limit_never_gives_access(case in case(), added in statement(), place in 0..4) {
        let mut less = case.clone();
        let mut added = added;
        added["Effect"] = json!("Deny");
        match place {
            0 => less.identity.push(added),
            1 => less.boundary = Some(less.boundary.unwrap_or_else(|| vec![added])),
            2 => less.session = Some(less.session.unwrap_or_else(|| vec![added])),
            _ => less.bucket.push(added),
        }
        if case.effect() == Effect::Deny {
            prop_assert_eq!(less.effect(), Effect::Deny);
        }
    }

    #[test]
    fn the_order_of_statements_does_not_matter(case in case()) {
        let mut turned = case.clone();
        turned.identity.reverse();
        turned.bucket.reverse();
        if let Some(statements) = &mut turned.boundary {
            statements.reverse();
        }
        prop_assert_eq!(turned.effect(), case.effect());
    }

    #[test]
    fn without_an_allow_only_the_owners_root_gets_in(case in case()) {
        let mut bare = case;
        bare.identity.clear();
        bare.bucket.clear();
        let is_root = *bare.request.principal() == caller(1, Identity::Root);
        prop_assert!(bare.effect() == Effect::Deny || is_root);
    }

    #[test]
    fn no_text_makes_reading_panic(text in ".{0,200}", name in "[a-zA-Z${}:*/,' ]{0,40}") {
        let _ = Policy::bucket(text.as_bytes(), "b");
        let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"AWS": name, "ID": name}, "Action": name, "Resource": name,
            "Condition": {"ArnLike": {name.clone(): name}}}});
        let _ = Policy::bucket(document.to_string().as_bytes(), "b");
        let _ = Policy::key(document.to_string().as_bytes());
    }
}

/// Ten policies of twenty statements, the only one that allows standing last.
/// The aim is 5 µs in a release build; the bound here only catches a blunder.
#[test]
fn ten_policies_of_twenty_statements_take_microseconds() {
    let quiet = |index: usize| {
        json!({"Effect": if index.is_multiple_of(2) { "Allow" } else { "Deny" }, "Action": ["s3:Get*", "s3:PutObject"],
            "Resource": format!("arn:aws:s3:::b{index}/*/part?{index}"),
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})
    };
    let mut statements: Vec<Value> = (0..20).map(quiet).collect();
    let policy = Arc::new(identity(&statements));
    let mut policies: Vec<Arc<Policy>> = vec![policy; 9];
    statements.pop();
    statements.push(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}));
    policies.push(Arc::new(identity(&statements)));
    let resource = Resource::object(account(1), "b", "dir/name");
    let request = Request::new(caller(1, user("bob")), Action::PutObject, resource)
        .from_address([10, 1, 2, 3].into(), true);
    let policies = Policies { identity: &policies, ..Policies::default() };
    // The fastest of many short rounds: what it costs, not how busy the machine is.
    let round = || {
        let start = Instant::now();
        for _ in 0..20 {
            let decision = evaluate(&request, &policies);
            assert!(matches!(decision.because, Because::Statement(_)), "{decision:?}");
        }
        start.elapsed() / 20
    };
    let each = (0..200).map(|_| round()).min().unwrap_or_default();
    println!("one decision over 10 policies of 20 statements: {each:?}");
    assert!(each.as_micros() < 50, "{each:?}");
}
