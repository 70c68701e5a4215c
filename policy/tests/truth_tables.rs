//! Runs every truth table under `tests/vectors/policy/`; the README there says
//! how they are written.

#![allow(clippy::expect_used, clippy::panic, reason = "the helpers of a test fail by panicking")]

use std::path::PathBuf;
use std::sync::Arc;

use policy::{
    Account, Action, Condition, ConditionKey, Delegation, Effect, Identity, Policies, Policy,
    Principal, PrincipalPattern, Request, Resource, ResourcePattern, Service, Statement, evaluate,
};
use serde_json::Value;

#[test]
fn every_truth_table_holds() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/policy");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 8, "vectors are missing: {paths:?}");
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a file");
        let tables: Value = serde_json::from_str(&text).expect("JSON");
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for table in tables.as_array().expect("a list of tables") {
            run(&file, table, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn run(file: &str, table: &Value, wrong: &mut Vec<String>) {
    let about = table["about"].as_str().expect("about");
    let identity = list(&table["identity"], Policy::identity);
    let session = list(&table["session"], Policy::identity);
    let boundary = one(&table["boundary"], Policy::identity);
    let resource = one(&table["bucket"], |text| Policy::bucket(text, "b"))
        .or(one(&table["key"], Policy::key))
        .or(one(&table["trust"], Policy::trust));
    let grants =
        table["grants"].as_array().map(|grants| Policy::of(grants.iter().map(grant).collect()));
    let delegation = match table["delegation"].as_str() {
        None => Delegation::Implied,
        Some("explicit") => Delegation::Explicit,
        Some(other) => panic!("{about}: delegation {other}"),
    };
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref(),
        session: &session,
        resource: resource.as_ref(),
        grants: grants.as_ref(),
        delegation,
    };
    for case in table["cases"].as_array().expect("cases") {
        let [who, action, what, context, effect, because @ ..] =
            &case.as_array().expect("a case")[..]
        else {
            panic!("{about}: a case has five or six parts: {case}");
        };
        let mut request =
            Request::new(principal(text(who)), named(text(action)), target(text(what)));
        for (key, values) in context.as_object().expect("a context") {
            request = add(request, key, values);
        }
        let decision = evaluate(&request, &policies);
        let found = if decision.effect == Effect::Allow { "allow" } else { "deny" };
        let reason = decision.because.to_string();
        let reason_fits = because.first().is_none_or(|because| reason.contains(text(because)));
        if found != text(effect) || !reason_fits {
            wrong.push(format!("{file}, {about}: {case}: {found}, {reason}"));
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// A document stands as JSON, or as a string where its exact text matters.
fn one(value: &Value, read: impl Fn(&[u8]) -> Result<Policy, policy::Error>) -> Option<Policy> {
    let document = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        tree => tree.to_string(),
    };
    Some(read(document.as_bytes()).unwrap_or_else(|error| panic!("{document}: {error}")))
}

fn list(value: &Value, read: fn(&[u8]) -> Result<Policy, policy::Error>) -> Vec<Arc<Policy>> {
    let documents = value.as_array().map(Vec::as_slice).unwrap_or_default();
    documents.iter().filter_map(|document| one(document, read)).map(Arc::new).collect()
}

fn grant(grant: &Value) -> Statement {
    let actions: Vec<Action> = grant["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .map(|action| named(text(action)))
        .collect();
    let to = match text(&grant["to"]).split_once(":user/") {
        Some((account, user)) => PrincipalPattern::user(&self::account(account).id, user),
        None => PrincipalPattern::account(&account(text(&grant["to"])).id),
    };
    let statement = Statement::allow(text(&grant["sid"]), to, &actions, ResourcePattern::any());
    let conditions = grant["when"].as_object().into_iter().flatten();
    conditions.fold(statement, |statement, (key, value)| {
        let key = ConditionKey::spelled(key).expect("a key");
        statement.when(Condition::equals(key, text(value)))
    })
}

fn named(name: &str) -> Action {
    Action::all().find(|action| action.name() == name).unwrap_or_else(|| panic!("action {name}"))
}

fn account(letter: &str) -> Arc<Account> {
    let digit = match letter {
        "A" => '1',
        "B" => '2',
        other => panic!("account {other}"),
    };
    let letter = letter.to_lowercase();
    Arc::new(Account {
        id: digit.to_string().repeat(12),
        domain: format!("domain-{letter}"),
        canonical: format!("canonical-{letter}"),
    })
}

fn principal(spelling: &str) -> Principal {
    if spelling == "anonymous" {
        return Principal::Anonymous;
    }
    let (owner, who) = spelling.split_once(':').expect("ACCOUNT:who");
    if owner == "service" {
        return Principal::Service(who.to_owned());
    }
    let parts: Vec<&str> = who.split('/').collect();
    let identity = match parts[..] {
        ["root"] => Identity::Root,
        ["user", name] => Identity::User {
            name: name.to_owned(),
            id: format!("AIDA{}", name.to_uppercase()),
            path: "/".to_owned(),
        },
        ["session", role, session] => Identity::Session {
            role: role.to_owned(),
            role_id: format!("AROA{}", role.to_uppercase()),
            path: "/".to_owned(),
            session: session.to_owned(),
            federated: Vec::new(),
        },
        ["federated", name] => Identity::FederatedUser { name: name.to_owned() },
        _ => panic!("principal {spelling}"),
    };
    Principal::Caller { account: account(owner), identity }
}

fn target(spelling: &str) -> Resource {
    let (owner, what) = spelling.split_once(':').expect("ACCOUNT:what");
    let (kind, name) = what.split_once('/').unwrap_or((what, ""));
    let halves = || name.split_once('/').expect("two names");
    match (owner, kind) {
        ("service", "storage") => Resource::service(Service::Storage),
        ("service", "keys") => Resource::service(Service::Keys),
        ("service", "identities") => Resource::service(Service::Identities),
        (_, "bucket") => Resource::bucket(account(owner), name),
        (_, "object") => Resource::object(account(owner), halves().0, halves().1),
        (_, "key") => Resource::key(account(owner), halves().0, halves().1),
        (_, "alias") => Resource::alias(account(owner), halves().0, halves().1),
        (_, "identity") => Resource::identity(account(owner), name),
        _ => panic!("resource {spelling}"),
    }
}

fn add(request: Request, key: &str, values: &Value) -> Request {
    let values: Vec<&str> = match values {
        Value::Array(values) => values.iter().map(text).collect(),
        single => vec![text(single)],
    };
    values.into_iter().fold(request, |request, value| match key.strip_prefix("header:") {
        Some(header) => request.with_header(header, value),
        None => request.with(ConditionKey::spelled(key).expect("a key"), value),
    })
}
