//! What the operations that issue credentials share: durations, session
//! policies, and the credentials in an answer.

use policy::Policy;

use crate::api::identity::identity_fault;
use crate::api::work::Work;
use crate::catalog::identity::IdentityError;
use crate::http::form::Form;
use crate::http::xml::{Writer, date};
use crate::http::{Code, Fault};
use crate::iam::builtin::BuiltIn;
use crate::iam::token::{Issued, POLICIES_MAX};

/// Shortest session in seconds.
pub(super) const DURATION_MIN: u32 = 900;

/// Longest session policy in characters.
const POLICY_MAX: usize = 2048;

/// Managed policies that can limit one session.
const ARNS_MAX: usize = 10;

/// `ValidationError` with this message.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(Code::ValidationError).message(message.into())
}

/// `DurationSeconds`, if it is given. Errors: `ValidationError` below 900 or
/// above `longest`.
pub(super) fn duration(form: &Form, longest: u32) -> Result<Option<u32>, Fault> {
    match form.value("DurationSeconds").map(str::parse::<u32>) {
        None => Ok(None),
        Some(Ok(seconds)) if (DURATION_MIN..=longest).contains(&seconds) => Ok(Some(seconds)),
        Some(_) => Err(invalid(format!(
            "DurationSeconds must be a number between {DURATION_MIN} and {longest}."
        ))),
    }
}

/// What limits a new session.
pub(super) struct SessionPolicies {
    document: Option<String>,
    arns: Vec<String>,
}

impl SessionPolicies {
    /// `Policy` and `PolicyArns`. Errors: `MalformedPolicyDocument`,
    /// `PackedPolicyTooLarge`, `ValidationError`.
    pub(super) fn read(form: &Form) -> Result<Self, Fault> {
        // Left out they would mean more rights than were meant.
        for unknown in ["Tags", "TransitiveTagKeys", "ProvidedContexts"] {
            if !form.members(unknown).is_empty() {
                return Err(invalid(format!("{unknown} is not supported.")));
            }
        }
        for unknown in ["SerialNumber", "TokenCode", "SourceIdentity"] {
            if form.value(unknown).is_some() {
                return Err(invalid(format!("{unknown} is not supported.")));
            }
        }
        let document = form.value("Policy");
        if let Some(text) = document {
            check(text)?;
            if text.chars().count() > POLICY_MAX {
                return Err(Code::PackedPolicyTooLarge.into());
            }
        }
        let members = form.members("PolicyArns");
        if members.len() > ARNS_MAX {
            return Err(invalid("There can be 10 PolicyArns."));
        }
        let arn = |member: &String| form.required(&format!("{member}.arn")).map(str::to_owned);
        let arns = members.iter().map(arn).collect::<Result<_, _>>()?;
        Ok(Self { document: document.map(str::to_owned), arns })
    }

    /// The documents, those of managed policies as they are now. `account_id` is
    /// the account of the session. Errors: `NoSuchEntity`, `PackedPolicyTooLarge`.
    pub(super) async fn documents(
        self,
        work: &Work,
        account_id: &str,
    ) -> Result<Vec<String>, Fault> {
        let mut documents: Vec<String> = self.document.into_iter().collect();
        for arn in &self.arns {
            let text = match BuiltIn::find(arn) {
                Some(policy) => policy.document.to_owned(),
                None => managed(work, account_id, arn).await?,
            };
            check(&text)?;
            documents.push(text);
        }
        match documents.iter().map(String::len).sum::<usize>() > POLICIES_MAX {
            true => Err(Code::PackedPolicyTooLarge.into()),
            false => Ok(documents),
        }
    }
}

fn check(text: &str) -> Result<(), Fault> {
    let read = Policy::identity(text.as_bytes());
    read.map(drop)
        .map_err(|error| Fault::new(Code::MalformedPolicyDocument).message(error.to_string()))
}

async fn managed(work: &Work, account_id: &str, arn: &str) -> Result<String, Fault> {
    let catalog = &work.gateway.catalog;
    let missing = || identity_fault(IdentityError::NoSuch("policy", arn.to_owned()));
    let policy = catalog.policy_find(arn).await?;
    policy.filter(|policy| policy.account_id == account_id).ok_or_else(missing)?;
    let versions = catalog.policy_version_list(arn).await?;
    let version = versions.into_iter().find(|version| version.is_default).ok_or_else(missing)?;
    String::from_utf8(version.document).map_err(|_| missing())
}

/// The element `Credentials`.
pub(super) fn credentials(result: &mut Writer, issued: &Issued, expires_s: i64) {
    result.element("Credentials", |credentials| {
        credentials.text("AccessKeyId", &issued.pair.id);
        let secret = String::from_utf8_lossy(issued.pair.secret.expose());
        credentials.text("SecretAccessKey", secret);
        credentials.text("SessionToken", &issued.token);
        credentials.text("Expiration", date(expires_s.saturating_mul(1000)));
    });
}
