//! Sessions: issued by STS, and opened again at every request.

use std::sync::{Arc, OnceLock};

use kms_core::base::SecretBytes;
use policy::Policy;

use super::token::{self, Claims, Issued, Kind, Refused};
use super::{Error, Iam, Identity, Session};
use crate::catalog::identity::EntityKind;

/// What sessions of GetSessionToken may not do (IAM user guide, "Permissions
/// for GetSessionToken").
const OWN_FORBIDDEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"sessionsOfUsers","Effect":"Deny","Action":["iam:*","sts:GetSessionToken","sts:GetFederationToken"],"Resource":"*"}]}"#;

/// What federated users may not do (IAM user guide, "Permissions for
/// GetFederationToken").
const FEDERATED_FORBIDDEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"federatedUsers","Effect":"Deny","Action":["iam:*","sts:GetSessionToken","sts:GetFederationToken","sts:AssumeRole"],"Resource":"*"}]}"#;

/// What sessions of roles may not do: draw longer sessions out of themselves.
const ROLE_FORBIDDEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"sessionsOfRoles","Effect":"Deny","Action":["sts:GetSessionToken","sts:GetFederationToken"],"Resource":"*"}]}"#;

/// Why a session is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// The token was not issued here for this access key, or whom it stands for
    /// is gone.
    Invalid,
    /// Its time is over.
    Expired,
    /// Retry later; the text is for the log.
    Unavailable(String),
}

impl Iam {
    /// Issues temporary credentials. Errors: `Unavailable`.
    pub async fn session_issue(&self, claims: Claims) -> Result<Issued, Error> {
        token::issue(&self.keys, claims).await
    }

    /// The secret of a temporary access key and whom it stands for, as he is
    /// now: a user or role that is gone has no sessions.
    pub async fn session_open(
        &self,
        access_key_id: &str,
        token: &str,
        now_s: i64,
    ) -> Result<(SecretBytes, Identity), SessionError> {
        let (secret, claims) = token::open(&self.keys, access_key_id, token, now_s).await.map_err(
            |why| match why {
                Refused::Invalid => SessionError::Invalid,
                Refused::Expired => SessionError::Expired,
            },
        )?;
        Ok((secret, self.identity_of(&claims).await?))
    }

    async fn identity_of(&self, claims: &Claims) -> Result<Identity, SessionError> {
        let unavailable = |error| SessionError::Unavailable(format!("{error}"));
        let account = self.catalog.account_shared(&claims.account_id).await;
        let account = account.map_err(unavailable)?.ok_or(SessionError::Invalid)?;
        let bearer = match &claims.entity_id {
            None => None,
            Some(id) => {
                let found = self.catalog.bearer_find(&claims.account_id, id).await;
                Some(found.map_err(unavailable)?.ok_or(SessionError::Invalid)?)
            }
        };
        let bearer = bearer.as_deref();
        let kind = bearer.map(|bearer| bearer.entity.kind);
        let mut identity = match (&claims.kind, bearer, kind) {
            (Kind::Own, None, _) => Identity::root(account),
            (Kind::Own, Some(user), Some(EntityKind::User)) => Identity::user(account, user),
            (Kind::Role(session), Some(role), Some(EntityKind::Role)) => {
                Identity::role_session(account, role, session)
            }
            (Kind::Federated(name), parent, None | Some(EntityKind::User)) => {
                Identity::federated(account, parent, name)
            }
            _ => return Err(SessionError::Invalid),
        };
        identity.session = Some(Arc::new(session(claims)?));
        Ok(identity)
    }
}

fn session(claims: &Claims) -> Result<Session, SessionError> {
    let read = |document: &String| Policy::identity(document.as_bytes()).map(Arc::new);
    let policies: Result<Vec<_>, _> = claims.policies.iter().map(read).collect();
    let mut policies = policies.map_err(|error| SessionError::Unavailable(error.to_string()))?;
    // A federated user without a session policy has what resources give to him
    // by name, and nothing else.
    if policies.is_empty() && matches!(claims.kind, Kind::Federated(_)) {
        policies.push(Arc::default());
    }
    Ok(Session {
        issued_s: claims.issued_s,
        expires_s: claims.expires_s,
        policies: (!policies.is_empty()).then(|| policies.into()),
        forbidden: Some(forbidden(&claims.kind)?),
    })
}

fn forbidden(kind: &Kind) -> Result<Arc<Policy>, SessionError> {
    static READ: OnceLock<Result<[Arc<Policy>; 3], policy::Error>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let read = |text: &str| Policy::identity(text.as_bytes()).map(Arc::new);
        Ok([read(OWN_FORBIDDEN)?, read(ROLE_FORBIDDEN)?, read(FEDERATED_FORBIDDEN)?])
    });
    match (read, kind) {
        (Ok([own, _, _]), Kind::Own) => Ok(own.clone()),
        (Ok([_, role, _]), Kind::Role(_)) => Ok(role.clone()),
        (Ok([_, _, federated]), Kind::Federated(_)) => Ok(federated.clone()),
        (Err(error), _) => Err(SessionError::Unavailable(error.to_string())),
    }
}
