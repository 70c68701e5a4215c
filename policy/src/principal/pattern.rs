//! How a policy names principals.
//!
//! Spellings: AWS (`{"AWS": "arn:aws:iam::…:user/bob"}`, account ids, unique
//! ids, `CanonicalUser`, `Service`, `Federated`) and OBS
//! (`{"ID": "domain/<id>:user/bob"}`, `:root`, `:agency/…`).
//!
//! How a statement names the caller decides what else is needed, see
//! [`Named`]: one that names only the account leaves it to the account's
//! administrator whom to let through (IAM: policy evaluation logic).

use super::{Identity, Principal};
use crate::error::Problem;

/// How a statement names the caller, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// By account: the account's own policies must let the caller through.
    Account,
    /// As one of everybody.
    Everyone,
    /// By role: the session's limits still hold.
    Role,
    /// As this very user, session or service.
    Personal,
}

/// How a policy names principals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalPattern(Shape);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Everyone,
    /// Everybody who is known.
    Authenticated,
    /// A bare word of `{"AWS": …}`: an account's id or a unique id.
    Id(String),
    /// Somebody of the account with this id of any kind.
    Of {
        account: String,
        who: Who,
    },
    Service(String),
    Federated(String),
}

/// Who of an account is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// The account as such.
    Account,
    Root,
    /// A user's path and name, with the leading `/`.
    UserPath(String),
    /// A user by name or unique id.
    User(String),
    /// The root and all users.
    AnyUser,
    /// A role's path and name, with the leading `/`.
    RolePath(String),
    /// A role by name.
    Role(String),
    AnyRole,
    Session {
        role: String,
        session: String,
    },
    FederatedUser(String),
}

impl PrincipalPattern {
    /// Everybody, anonymous callers included.
    pub fn everyone() -> Self {
        Self(Shape::Everyone)
    }

    /// Everybody but anonymous callers.
    pub fn authenticated() -> Self {
        Self(Shape::Authenticated)
    }

    /// The account with this id of any kind; its users need their own right too.
    pub fn account(id: &str) -> Self {
        Self(Shape::of(id, Who::Account))
    }

    /// A user of the account by name or unique id.
    pub fn user(account: &str, user: &str) -> Self {
        Self(Shape::of(account, Who::User(user.to_owned())))
    }

    /// The service of this name.
    pub fn service(name: &str) -> Self {
        Self(Shape::Service(name.to_ascii_lowercase()))
    }

    /// Whom a grant names by this ARN, account id or unique id, as `{"AWS": ..}`
    /// does in a document; `None` when it names nobody or everybody.
    pub fn named(word: &str) -> Option<Self> {
        Self::parse("AWS", word).ok().filter(|pattern| pattern.0 != Shape::Everyone)
    }

    /// Whether this names `principal` in any way.
    pub fn matches(&self, principal: &Principal) -> bool {
        self.names(principal).is_some()
    }

    /// The principal that `word` names under the field `kind` of `Principal`.
    pub(crate) fn parse(kind: &str, word: &str) -> Result<Self, Problem> {
        if word.is_empty() {
            return Err(Problem::new("an empty principal"));
        }
        let shape = match (kind, word) {
            ("AWS" | "ID" | "CanonicalUser", "*") => Shape::Everyone,
            ("AWS", _) => aws(word)?,
            ("ID", _) => obs(word)?,
            ("CanonicalUser", _) => Shape::of(word, Who::Account),
            ("Service", _) => Shape::Service(word.to_ascii_lowercase()),
            ("Federated", _) => Shape::Federated(word.to_owned()),
            _ => {
                let known = ["AWS", "ID", "CanonicalUser", "Service", "Federated"];
                return Err(Problem::unknown("kind of principal", kind, known.into_iter()));
            }
        };
        Ok(Self(shape))
    }

    /// True if this names callers of accounts that nobody chose.
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.0, Shape::Everyone | Shape::Authenticated)
    }

    /// How this names `principal`, if it does.
    pub(crate) fn names(&self, principal: &Principal) -> Option<Named> {
        let (account, identity) = match principal {
            Principal::Caller { account, identity } => (account, identity),
            Principal::Service(name) => return self.names_service(name),
            Principal::Anonymous => {
                return (self.0 == Shape::Everyone).then_some(Named::Everyone);
            }
        };
        match (&self.0, identity) {
            (Shape::Everyone | Shape::Authenticated, _) => Some(Named::Everyone),
            (Shape::Of { account: id, who }, _) if account.is(id) => who.names(identity),
            (Shape::Id(id), _) if account.is(id) => Some(Named::Account),
            (Shape::Id(word), Identity::User { id, .. }) => (id == word).then_some(Named::Personal),
            (Shape::Id(word), Identity::Session { role_id, .. }) => {
                (role_id == word).then_some(Named::Role)
            }
            (Shape::Federated(name), Identity::Session { federated, .. }) => {
                federated.contains(name).then_some(Named::Role)
            }
            _ => None,
        }
    }

    fn names_service(&self, service: &str) -> Option<Named> {
        match &self.0 {
            Shape::Everyone => Some(Named::Everyone),
            Shape::Service(name) => name.eq_ignore_ascii_case(service).then_some(Named::Personal),
            _ => None,
        }
    }
}

impl Shape {
    fn of(account: &str, who: Who) -> Self {
        Self::Of { account: account.to_owned(), who }
    }
}

impl Who {
    /// How this names an identity of the account that it belongs to.
    fn names(&self, caller: &Identity) -> Option<Named> {
        let is_self = match (self, caller) {
            (Self::Account, _) => return Some(Named::Account),
            (Self::Root, Identity::Root) => true,
            (Self::AnyUser, Identity::Root | Identity::User { .. }) => true,
            (Self::UserPath(wanted), Identity::User { name, path, .. }) => {
                wanted.strip_prefix(path.as_str()) == Some(name)
            }
            (Self::User(user), Identity::User { name, id, .. }) => user == name || user == id,
            (Self::FederatedUser(wanted), Identity::FederatedUser { name }) => wanted == name,
            (
                Self::Session { role: wanted, session: one },
                Identity::Session { role, session, .. },
            ) => wanted == role && one == session,
            (_, Identity::Session { role, path, .. }) => {
                return self.is_role(path, role).then_some(Named::Role);
            }
            _ => false,
        };
        is_self.then_some(Named::Personal)
    }

    fn is_role(&self, path: &str, role: &str) -> bool {
        match self {
            Self::AnyRole => true,
            Self::Role(wanted) => wanted == role,
            Self::RolePath(wanted) => wanted.strip_prefix(path) == Some(role),
            _ => false,
        }
    }
}

/// A word of `{"AWS": …}`.
fn aws(word: &str) -> Result<Shape, Problem> {
    if !word.starts_with("arn:") {
        no_wildcard(word)?;
        return Ok(Shape::Id(word.to_owned()));
    }
    let wrong = || Problem::new(format!("{word:?} is no ARN of a principal"));
    let fields: Vec<&str> = word.splitn(6, ':').collect();
    let [_, _, service, "", account, what] = fields[..] else {
        return Err(wrong());
    };
    no_wildcard(account)?;
    no_wildcard(what)?;
    if account.is_empty() {
        return Err(wrong());
    }
    let (kind, name) = what.split_once('/').unwrap_or((what, ""));
    let who = match (service, kind) {
        ("iam", "root") if name.is_empty() => Who::Account,
        _ if name.is_empty() => return Err(wrong()),
        ("iam", "user") => Who::UserPath(format!("/{name}")),
        ("iam", "role") => Who::RolePath(format!("/{name}")),
        ("sts", "federated-user") => Who::FederatedUser(name.to_owned()),
        ("sts", "assumed-role") => {
            let (role, session) = name.split_once('/').ok_or_else(wrong)?;
            Who::Session { role: role.to_owned(), session: session.to_owned() }
        }
        _ => return Err(wrong()),
    };
    Ok(Shape::of(account, who))
}

/// A word of OBS's `{"ID": …}`.
fn obs(word: &str) -> Result<Shape, Problem> {
    let wrong = || {
        Problem::new(format!(
            "{word:?} is none of *, domain/ID, domain/ID:user/NAME, domain/ID:root, \
             domain/ID:agency/NAME"
        ))
    };
    let word = word.strip_prefix("domain/").ok_or_else(wrong)?;
    let (account, who) = word.split_once(':').unwrap_or((word, ""));
    no_wildcard(account)?;
    if account.is_empty() {
        return Err(wrong());
    }
    let who = match (who.split_once('/').unwrap_or((who, "")), word.contains(':')) {
        (_, false) => Who::Account,
        (("root", ""), _) => Who::Root,
        (("user", "*"), _) => Who::AnyUser,
        (("agency", "*"), _) => Who::AnyRole,
        (("user", name), _) if !name.is_empty() => Who::User(name.to_owned()),
        (("agency", name), _) if !name.is_empty() => Who::Role(name.to_owned()),
        _ => return Err(wrong()),
    };
    Ok(Shape::of(account, who))
}

fn no_wildcard(word: &str) -> Result<(), Problem> {
    match word.contains(['*', '?']) {
        true => Err(Problem::new(format!("wildcards are not possible in the principal {word:?}"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::principal::Account;

    fn bob(path: &str) -> Principal {
        let account = Account {
            id: "111111111111".into(),
            domain: "d-one".into(),
            canonical: "c-one".into(),
        };
        let identity =
            Identity::User { name: "bob".into(), id: "AIDABOB".into(), path: path.into() };
        Principal::Caller { account: Arc::new(account), identity }
    }

    fn named(kind: &str, word: &str) -> Option<Named> {
        PrincipalPattern::parse(kind, word).expect("a principal").names(&bob("/"))
    }

    #[test]
    fn a_user_is_named_in_every_spelling() {
        for (kind, word) in [
            ("AWS", "arn:aws:iam::111111111111:user/bob"),
            ("AWS", "arn:aws:iam::d-one:user/bob"),
            ("AWS", "AIDABOB"),
            ("ID", "domain/d-one:user/bob"),
            ("ID", "domain/d-one:user/AIDABOB"),
            ("ID", "domain/d-one:user/*"),
        ] {
            assert_eq!(named(kind, word), Some(Named::Personal), "{word}");
        }
        for (kind, word) in [
            ("AWS", "111111111111"),
            ("AWS", "d-one"),
            ("AWS", "arn:aws:iam::111111111111:root"),
            ("CanonicalUser", "c-one"),
            ("ID", "domain/d-one"),
        ] {
            assert_eq!(named(kind, word), Some(Named::Account), "{word}");
        }
        assert_eq!(named("ID", "*"), Some(Named::Everyone));
    }

    #[test]
    fn somebody_else_is_not_named() {
        for (kind, word) in [
            ("AWS", "arn:aws:iam::111111111111:user/Bob"),
            ("AWS", "arn:aws:iam::111111111111:user/x/bob"),
            ("AWS", "arn:aws:iam::222222222222:user/bob"),
            ("ID", "domain/d-one:root"),
            ("ID", "domain/d-two:user/*"),
            ("ID", "domain/d-one:agency/*"),
            ("Service", "bob"),
        ] {
            assert_eq!(named(kind, word), None, "{word}");
        }
        let by_path = PrincipalPattern::parse("AWS", "arn:aws:iam::111111111111:user/x/bob");
        assert_eq!(by_path.expect("a user").names(&bob("/x/")), Some(Named::Personal));
    }

    #[test]
    fn malformed_principals_are_refused() {
        for (kind, word) in [
            ("AWS", "arn:aws:iam::111111111111:user/*"),
            ("AWS", "arn:aws:iam:::user/bob"),
            ("AWS", "arn:aws:s3:::b"),
            ("AWS", ""),
            ("ID", "bob"),
            ("ID", "domain/"),
            ("ID", "domain/*:user/bob"),
            ("ID", "domain/d-one:user/"),
            ("Id", "*"),
        ] {
            assert!(PrincipalPattern::parse(kind, word).is_err(), "{kind} {word}");
        }
    }
}
