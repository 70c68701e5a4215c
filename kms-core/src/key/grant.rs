//! Grants: the right to use one key, given to somebody and taken back at once.
//!
//! A grant says who may do what with one key, and in which encryption context.
//! It never lets anybody change the key. Here are its record and what it covers;
//! how it takes part in a decision is in [`crate::authorize`]. Sources: AWS
//! CreateGrant, Huawei create-grant.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use policy::{Action, Principal, PrincipalPattern};

use super::KeyId;

/// The id of a grant: 32 random bytes, shown as 64 hex digits in every dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId(pub [u8; 32]);

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The key it is about.
    pub key: KeyId,
    /// Who may.
    pub grantee: Grantee,
    /// Who may end it, beside the key's owner.
    pub retiring: Option<Grantee>,
    /// Who made it, as audit records name principals.
    pub issuer: String,
    /// The account of who made it.
    pub issuer_account: String,
    /// A name, for people; empty for none.
    pub name: String,
    /// What the grantee may, in the order of [`GrantOperation::ALL`].
    pub operations: Vec<GrantOperation>,
    /// In which encryption contexts the cryptographic operations are allowed.
    pub constraint: Option<Constraint>,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
}

/// What speaks for and against callers of one key, beside their own policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRights {
    /// The key policy as it was accepted, if one was put.
    pub policy: Option<Vec<u8>>,
    /// The grants, in order of id.
    pub grants: Vec<Grant>,
}

impl Grant {
    /// Whether it covers an operation in `context`; `None` for operations that
    /// have none, which no constraint limits.
    pub fn covers(&self, context: Option<&BTreeMap<String, String>>) -> bool {
        match (&self.constraint, context) {
            (None, _) | (_, None) => true,
            (Some(constraint), Some(context)) => constraint.holds(context),
        }
    }

    /// Whether a grant of `operations` under `constraint` gives no more than this one.
    pub fn includes(&self, operations: &[GrantOperation], constraint: Option<&Constraint>) -> bool {
        let narrower = self.constraint.is_none() || self.constraint.as_ref() == constraint;
        narrower && operations.iter().all(|operation| self.operations.contains(operation))
    }
}

/// Whom a grant names. It need not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// By ARN, account id or unique id (AWS), or user id (Huawei).
    Principal(String),
    /// A whole account by any of its ids (Huawei: type `domain`).
    Domain(String),
    /// A service by name.
    Service(String),
}

impl Grantee {
    /// The stored word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Principal(_) => "principal",
            Self::Domain(_) => "domain",
            Self::Service(_) => "service",
        }
    }

    /// Its name as it was given.
    pub fn name(&self) -> &str {
        let (Self::Principal(name) | Self::Domain(name) | Self::Service(name)) = self;
        name
    }

    /// The grantee of this stored kind and name.
    pub fn of(kind: &str, name: String) -> Option<Self> {
        match kind {
            "principal" => Some(Self::Principal(name)),
            "domain" => Some(Self::Domain(name)),
            "service" => Some(Self::Service(name)),
            _ => None,
        }
    }

    /// The same in a policy's terms; `None` for a name that can name nobody.
    pub fn pattern(&self) -> Option<PrincipalPattern> {
        match self {
            Self::Principal(name) => PrincipalPattern::named(name),
            Self::Domain(id) => Some(PrincipalPattern::account(id)),
            Self::Service(name) => Some(PrincipalPattern::service(name)),
        }
    }

    /// Whether this names `principal`.
    pub fn is(&self, principal: &Principal) -> bool {
        self.pattern().is_some_and(|pattern| pattern.matches(principal))
    }
}

/// In which encryption context a grant holds (AWS GrantConstraints).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Exactly these pairs.
    Equals(BTreeMap<String, String>),
    /// At least these pairs.
    Subset(BTreeMap<String, String>),
}

impl Constraint {
    fn holds(&self, context: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Equals(pairs) => pairs == context,
            Self::Subset(pairs) => {
                pairs.iter().all(|(name, value)| context.get(name) == Some(value))
            }
        }
    }
}

/// What a grant may allow. AWS's `Encrypt` and `Decrypt` are each both of
/// Huawei's operations of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantOperation {
    /// `create-datakey`, `GenerateDataKey`.
    CreateDatakey,
    /// `create-datakey-without-plaintext`, `GenerateDataKeyWithoutPlaintext`.
    CreateDatakeyWithoutPlaintext,
    /// `encrypt-datakey`.
    EncryptDatakey,
    /// `decrypt-datakey`; reading objects.
    DecryptDatakey,
    /// `encrypt-data`.
    EncryptData,
    /// `decrypt-data`.
    DecryptData,
    /// `ReEncryptFrom`.
    ReEncryptFrom,
    /// `ReEncryptTo`.
    ReEncryptTo,
    /// `describe-key`, `DescribeKey`.
    DescribeKey,
    /// `create-grant`, `CreateGrant`.
    CreateGrant,
    /// `retire-grant`, `RetireGrant`.
    RetireGrant,
}

impl GrantOperation {
    /// All operations.
    pub const ALL: [Self; 11] = [
        Self::CreateDatakey,
        Self::CreateDatakeyWithoutPlaintext,
        Self::EncryptDatakey,
        Self::DecryptDatakey,
        Self::EncryptData,
        Self::DecryptData,
        Self::ReEncryptFrom,
        Self::ReEncryptTo,
        Self::DescribeKey,
        Self::CreateGrant,
        Self::RetireGrant,
    ];

    /// The stored name, which is Huawei's where that has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateDatakey => "create-datakey",
            Self::CreateDatakeyWithoutPlaintext => "create-datakey-without-plaintext",
            Self::EncryptDatakey => "encrypt-datakey",
            Self::DecryptDatakey => "decrypt-datakey",
            Self::EncryptData => "encrypt-data",
            Self::DecryptData => "decrypt-data",
            Self::ReEncryptFrom => "re-encrypt-from",
            Self::ReEncryptTo => "re-encrypt-to",
            Self::DescribeKey => "describe-key",
            Self::CreateGrant => "create-grant",
            Self::RetireGrant => "retire-grant",
        }
    }

    /// The operation with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// AWS's name of the operation, or of the one that it is a part of.
    pub fn aws_name(self) -> &'static str {
        match self {
            Self::CreateDatakey => "GenerateDataKey",
            Self::CreateDatakeyWithoutPlaintext => "GenerateDataKeyWithoutPlaintext",
            Self::EncryptDatakey | Self::EncryptData => "Encrypt",
            Self::DecryptDatakey | Self::DecryptData => "Decrypt",
            Self::ReEncryptFrom => "ReEncryptFrom",
            Self::ReEncryptTo => "ReEncryptTo",
            Self::DescribeKey => "DescribeKey",
            Self::CreateGrant => "CreateGrant",
            Self::RetireGrant => "RetireGrant",
        }
    }

    /// The actions that it allows. Objects are read as AWS's Decrypt.
    pub fn actions(self) -> &'static [Action] {
        match self {
            Self::CreateDatakey => &[Action::KmsGenerateDataKey],
            Self::CreateDatakeyWithoutPlaintext => &[Action::KmsGenerateDataKeyWithoutPlaintext],
            Self::EncryptDatakey => &[Action::KmsDekEncrypt],
            Self::DecryptDatakey => &[Action::KmsDekDecrypt, Action::KmsDecrypt],
            Self::EncryptData => &[Action::KmsEncrypt],
            Self::DecryptData => &[Action::KmsCmkDecrypt],
            Self::ReEncryptFrom => &[Action::KmsReEncryptFrom],
            Self::ReEncryptTo => &[Action::KmsReEncryptTo],
            Self::DescribeKey => &[Action::KmsDescribeKey],
            Self::CreateGrant => &[Action::KmsCreateGrant],
            Self::RetireGrant => &[Action::KmsRetireGrant],
        }
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for GrantId {
    type Err = hex::FromHexError;

    /// Reads 64 hex digits in either case.
    fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_constraint_holds_for_its_contexts_only() {
        let equals = Constraint::Equals(pairs(&[("a", "1")]));
        let subset = Constraint::Subset(pairs(&[("a", "1")]));
        let table = [
            (pairs(&[("a", "1")]), true, true),
            (pairs(&[("a", "1"), ("b", "2")]), false, true),
            (pairs(&[("a", "2")]), false, false),
            (pairs(&[]), false, false),
        ];
        for (context, by_equals, by_subset) in table {
            assert_eq!(equals.holds(&context), by_equals, "{context:?}");
            assert_eq!(subset.holds(&context), by_subset, "{context:?}");
        }
    }

    #[test]
    fn names_of_operations_read_back() {
        for operation in GrantOperation::ALL {
            assert_eq!(GrantOperation::from_name(operation.name()), Some(operation));
        }
    }
}
