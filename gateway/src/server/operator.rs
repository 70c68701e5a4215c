//! Answers what operators ask over the control socket.
//!
//! Who may ask has been settled by the socket. Nothing here opens an object or
//! shows a key of it: operators see envelopes, accounts, and the secrets of access
//! keys where they ask for them.

use std::sync::Arc;

use kms_core::base::SecretBytes;
use serde::Serialize;

use crate::catalog::model::{AccessKey, Account};
use crate::context::Gateway;
use crate::control::protocol::{
    ACCOUNTS_PAGE, AccountCreate, AccountList, AccountPage, AccountShown, Refusal, Request, Status,
};
use crate::control::server::Handler;
use crate::iam::{Error, KeyPair, NewAccount};

use super::{explain, inspect, key_care, unix_ms};

/// The handler of the control socket.
pub(super) fn handler(gateway: Arc<Gateway>) -> Handler {
    Arc::new(move |request| {
        let gateway = gateway.clone();
        Box::pin(async move { answer(&gateway, request).await })
    })
}

async fn answer(gateway: &Gateway, request: Request) -> Result<serde_json::Value, Refusal> {
    match request {
        Request::Status => json(&Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            region: gateway.settings.region.clone(),
        }),
        Request::AccountCreate(asked) => json(&account_create(gateway, asked).await?),
        Request::AccountList(asked) => json(&account_list(gateway, asked).await?),
        Request::Explain(asked) => json(&explain::explain(gateway, &asked).await?),
        Request::AccountFreeze(asked) => json(&key_care::account_freeze(gateway, asked).await?),
        Request::KeyProtect(asked) => json(&key_care::key_protect(gateway, asked).await?),
        Request::KeyImpact(asked) => json(&key_care::key_impact(gateway, asked).await?),
        Request::Inspect(asked) => inspect::inspect(gateway, &asked).await,
    }
}

async fn account_create(gateway: &Gateway, asked: AccountCreate) -> Result<AccountShown, Refusal> {
    let key = match (asked.access_key_id, asked.secret_access_key) {
        (Some(id), Some(secret)) => {
            let secret = SecretBytes::new(secret.into_bytes().into_boxed_slice());
            Some(KeyPair { id, secret })
        }
        (None, None) => None,
        _ => {
            return Err(Refusal::new(400, "an access key and its secret are given together"));
        }
    };
    let new = NewAccount { name: asked.name, email: asked.email, key };
    let now_ms = unix_ms((gateway.clock)());
    let (account, pair) = gateway.iam.account_create(new, now_ms).await.map_err(refusal)?;
    tracing::info!(account.id = %account.id, account.name = %account.name, "account created");
    Ok(shown(account, Some(pair.id), Some(text(&pair.secret))))
}

async fn account_list(gateway: &Gateway, asked: AccountList) -> Result<AccountPage, Refusal> {
    let after = asked.after.unwrap_or_default();
    let listed = gateway.iam.account_list(&after, ACCOUNTS_PAGE).await.map_err(refusal)?;
    let is_full = listed.len() == ACCOUNTS_PAGE;
    let next = listed.last().filter(|_| is_full).map(|(account, _)| account.id.clone());
    let mut accounts = Vec::with_capacity(listed.len());
    for (account, key) in listed {
        let secret = match &key {
            Some(key) if asked.secrets => Some(secret_of(gateway, key).await?),
            _ => None,
        };
        accounts.push(shown(account, key.map(|key| key.id), secret));
    }
    Ok(AccountPage { accounts, next })
}

async fn secret_of(gateway: &Gateway, key: &AccessKey) -> Result<String, Refusal> {
    gateway.iam.open(key).await.map(|secret| text(&secret)).map_err(refusal)
}

fn shown(account: Account, key: Option<String>, secret: Option<String>) -> AccountShown {
    AccountShown {
        name: account.name,
        email: account.email,
        account_id: account.id,
        domain_id: account.domain_id,
        project_id: account.project_id,
        canonical_id: account.canonical_id,
        access_key_id: key,
        secret_access_key: secret,
    }
}

fn text(secret: &SecretBytes) -> String {
    String::from_utf8_lossy(secret.expose()).into_owned()
}

fn refusal(error: Error) -> Refusal {
    let status = match error {
        Error::Taken(_) => 409,
        Error::Invalid { .. } => 400,
        Error::Unavailable(_) => 503,
    };
    Refusal::new(status, error.to_string())
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Refusal> {
    serde_json::to_value(value).map_err(|error| Refusal::new(500, error.to_string()))
}
