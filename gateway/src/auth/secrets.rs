//! Secrets of access keys come from the accounts' room.

use async_trait::async_trait;

use super::{Credential, Secrets};
use crate::http::{Code, Fault};
use crate::iam::Iam;

#[async_trait]
impl Secrets for Iam {
    async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Fault> {
        match Self::credential(self, access_key_id).await {
            Ok(found) => Ok(found.map(|(secret, identity)| Credential { secret, identity })),
            Err(error) => Err(Fault::new(Code::ServiceUnavailable).cause(error)),
        }
    }
}
