//! `sealgate account create`, `list`, `freeze` and `unfreeze`.

use std::path::Path;

use clap::{Args, Subcommand};

use super::text::{pairs, table};
use super::{DataDir, Failure, block_on, print};
use crate::control::client;
use crate::control::protocol::{
    AccountCreate, AccountFreeze, AccountList, AccountPage, AccountShown,
};

/// Create and list accounts
#[derive(Debug, Subcommand)]
pub(super) enum Account {
    Create(Create),
    List(List),
    Freeze(Freeze),
    Unfreeze(Freeze),
}

/// Freeze an account: its keys, and what is sealed under them, cannot be used
///
/// Nothing is lost; unfreezing makes all of it usable again.
#[derive(Args, Debug)]
pub(super) struct Freeze {
    /// Account id, domain id or name
    account: String,
    #[command(flatten)]
    at: DataDir,
}

/// Create an account and its first access key
///
/// Prints the ids that S3, OBS and KMS clients need, and the secret key.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  sealgate account create alice --email alice@example.com --json"
)]
pub(super) struct Create {
    /// Display name, unique in the gateway
    name: String,
    /// Contact
    #[arg(long)]
    email: Option<String>,
    /// Access key to use instead of a new one
    #[arg(long, value_name = "ID", requires = "secret_key")]
    access_key: Option<String>,
    /// Secret of --access-key
    #[arg(long, value_name = "SECRET", requires = "access_key")]
    secret_key: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: DataDir,
}

/// List the accounts
#[derive(Args, Debug)]
pub(super) struct List {
    /// Leave the secrets of access keys out
    #[arg(long)]
    hide_secrets: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: DataDir,
}

impl Account {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(command) => block_on(command.run()),
            Self::List(command) => block_on(command.run()),
            Self::Freeze(command) => block_on(command.run(true)),
            Self::Unfreeze(command) => block_on(command.run(false)),
        }
    }
}

impl Freeze {
    async fn run(self, frozen: bool) -> Result<(), Failure> {
        let asked = AccountFreeze { account: self.account, frozen };
        let () = client::post(&self.at.data_dir, "/account/freeze", &asked).await?;
        Ok(())
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        let wanted = AccountCreate {
            name: self.name,
            email: self.email,
            access_key_id: self.access_key,
            secret_access_key: self.secret_key,
        };
        let made: AccountShown =
            client::post(&self.at.data_dir, "/account/create", &wanted).await?;
        if self.json {
            return print_json(&made);
        }
        let mut lines = vec![
            ("account id", made.account_id.as_str()),
            ("domain id", &made.domain_id),
            ("project id", &made.project_id),
            ("canonical id", &made.canonical_id),
            ("name", &made.name),
        ];
        let optional = [
            ("email", &made.email),
            ("access key", &made.access_key_id),
            ("secret key", &made.secret_access_key),
        ];
        lines.extend(optional.iter().filter_map(|(name, v)| Some((*name, v.as_deref()?))));
        print(&pairs(&lines))
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let accounts = all(&self.at.data_dir, !self.hide_secrets).await?;
        if self.json {
            return print_json(&accounts);
        }
        let heading =
            ["NAME", "ACCOUNT", "ACCESS KEY", "SECRET KEY", "DOMAIN", "PROJECT", "CANONICAL ID"];
        let rows: Vec<_> = accounts.into_iter().map(row).collect();
        print(&table(heading, &rows))
    }
}

fn row(account: AccountShown) -> [String; 7] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        account.name,
        account.account_id,
        or_dash(account.access_key_id),
        or_dash(account.secret_access_key),
        account.domain_id,
        account.project_id,
        account.canonical_id,
    ]
}

async fn all(data_dir: &Path, secrets: bool) -> Result<Vec<AccountShown>, Failure> {
    let mut accounts = Vec::new();
    let mut asked = AccountList { after: None, secrets };
    loop {
        let page: AccountPage = client::post(data_dir, "/account/list", &asked).await?;
        accounts.extend(page.accounts);
        match page.next {
            Some(next) => asked.after = Some(next),
            None => return Ok(accounts),
        }
    }
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
    print(&format!("{text}\n"))
}
