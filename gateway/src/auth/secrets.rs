//! Secrets of access keys and of sessions come from the accounts' room.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::{Credential, Secrets};
use crate::http::{Code, Fault};
use crate::iam::{Iam, SessionError};

#[async_trait]
impl Secrets for Iam {
    async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Fault> {
        match Self::credential(self, access_key_id).await {
            Ok(found) => Ok(found.map(|(secret, identity)| Credential { secret, identity })),
            Err(error) => Err(Fault::new(Code::ServiceUnavailable).cause(error)),
        }
    }

    async fn session(
        &self,
        access_key_id: &str,
        token: &str,
        now: SystemTime,
    ) -> Result<Option<Credential>, Fault> {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_s = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        match self.session_open(access_key_id, token, now_s).await {
            Ok((secret, identity)) => Ok(Some(Credential { secret, identity })),
            Err(SessionError::Invalid) => Err(Code::InvalidToken.into()),
            Err(SessionError::Expired) => Err(Code::ExpiredToken.into()),
            Err(SessionError::Unavailable(why)) => {
                Err(Fault::new(Code::ServiceUnavailable).cause(why))
            }
        }
    }
}
