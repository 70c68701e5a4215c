//! CreateAccountAlias, DeleteAccountAlias, ListAccountAliases,
//! GetAccountSummary (IAM API reference).

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::invalid;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::EntityKind;
use crate::http::Fault;
use crate::http::form::Form;

/// Gives the account an alias in place of the one it had.
pub struct CreateAccountAlias {
    alias: String,
}

/// Takes the account's alias away.
pub struct DeleteAccountAlias {
    alias: String,
}

/// 3 to 63 small letters, digits and single hyphens inside.
fn alias(form: &Form) -> Result<String, Fault> {
    let text = form.required("AccountAlias")?;
    let fits = (3..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    match fits {
        true => Ok(text.to_owned()),
        false => Err(invalid("AccountAlias must be 3 to 63 small letters, digits and hyphens.")),
    }
}

impl Call for CreateAccountAlias {
    const NAME: &'static str = "CreateAccountAlias";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { alias: alias(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamCreateAccountAlias, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        work.gateway.catalog.account_alias_put(&work.account()?.id, &self.alias).await?;
        Ok(None)
    }
}

impl Call for DeleteAccountAlias {
    const NAME: &'static str = "DeleteAccountAlias";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { alias: alias(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamDeleteAccountAlias, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        work.gateway.catalog.account_alias_delete(&work.account()?.id, &self.alias).await?;
        Ok(None)
    }
}

/// Lists the account's alias.
pub struct ListAccountAliases;

impl Call for ListAccountAliases {
    const NAME: &'static str = "ListAccountAliases";

    fn read(_: &Form) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListAccountAliases, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let alias = work.gateway.catalog.account_alias_find(&work.account()?.id).await?;
        answer(move |result| {
            result.element("AccountAliases", |list| list.some("member", alias));
            result.value("IsTruncated", false);
        })
    }
}

/// Counts what the account has.
pub struct GetAccountSummary;

impl Call for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";

    fn read(_: &Form) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetAccountSummary, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (account, catalog) = (&work.account()?.id, &work.gateway.catalog);
        let users = catalog.entity_count(account, EntityKind::User).await?;
        let groups = catalog.entity_count(account, EntityKind::Group).await?;
        let roles = catalog.entity_count(account, EntityKind::Role).await?;
        let root_keys = catalog.entity_key_list(account, None).await?.len();
        answer(move |result| {
            result.element("SummaryMap", |map| {
                let mut entry = |key: &str, value: u64| {
                    map.element("entry", |entry| {
                        entry.text("key", key);
                        entry.value("value", value);
                    });
                };
                entry("Users", users);
                entry("Groups", groups);
                entry("Roles", roles);
                entry("AccountAccessKeysPresent", u64::from(root_keys > 0));
                entry("AccessKeysPerUserQuota", 2);
                entry("GroupsPerUserQuota", 10);
                entry("AttachedPoliciesPerUserQuota", 10);
                entry("AttachedPoliciesPerGroupQuota", 10);
                entry("AttachedPoliciesPerRoleQuota", 10);
                entry("VersionsPerPolicyQuota", 5);
                entry("PolicySizeQuota", 6144);
                entry("AccountMFAEnabled", 0);
            });
        })
    }
}
