//! CreatePolicy, GetPolicy, DeletePolicy, ListPolicies (IAM API reference).

use std::collections::BTreeMap;

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::{
    Page, invalid, name, on_policy, path, path_prefix, policy_arn, policy_document, tags,
};
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{IdentityError, ManagedPolicy};
use crate::http::Fault;
use crate::http::form::Form;
use crate::iam::builtin::{ALL, BuiltIn};

/// Makes a managed policy with its version 1.
pub struct CreatePolicy {
    name: String,
    path: String,
    description: Option<String>,
    document: Vec<u8>,
    tags: BTreeMap<String, String>,
}

impl Call for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        let description = form.value("Description").map(str::to_owned);
        if description.as_ref().is_some_and(|text| text.chars().count() > 1000) {
            return Err(invalid("Description must have at most 1000 characters."));
        }
        Ok(Self {
            name: name(form, "PolicyName")?,
            path: path(form, "Path")?,
            description,
            document: policy_document(form, "PolicyDocument")?,
            tags: tags(form, "Tags")?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Identity(String::new(), format!("policy{}{}", self.path, self.name));
        vec![Need::new(Action::IamCreatePolicy, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let account_id = work.account()?.id.clone();
        let now_ms = work.request.received_ms();
        let policy = ManagedPolicy {
            arn: format!("arn:aws:iam::{account_id}:policy{}{}", self.path, self.name),
            id: work.gateway.iam.unique_id_draw("ANPA")?,
            account_id,
            name: self.name,
            path: self.path,
            description: self.description,
            created_ms: now_ms,
            updated_ms: now_ms,
            default_version: 1,
            attached: 0,
            bounding: 0,
            tags: self.tags,
        };
        work.gateway.catalog.policy_create(policy.clone(), self.document).await?;
        answer(move |result| result.element("Policy", |element| shape::policy(element, &policy)))
    }
}

/// Shows a managed policy.
pub struct GetPolicy {
    arn: String,
}

impl Call for GetPolicy {
    const NAME: &'static str = "GetPolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetPolicy, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        if let Some(policy) = BuiltIn::find(&self.arn) {
            return answer(move |result| {
                result.element("Policy", |element| shape::built_in(element, policy));
            });
        }
        let policy = require(work, &self.arn).await?;
        answer(move |result| result.element("Policy", |element| shape::policy(element, &policy)))
    }
}

/// Deletes a managed policy that is used nowhere.
pub struct DeletePolicy {
    arn: String,
}

impl Call for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamDeletePolicy, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let policy = require(work, &self.arn).await?;
        work.gateway.catalog.policy_delete(&policy.arn).await?;
        Ok(None)
    }
}

/// Lists managed policies: the account's, the built-in ones, or both.
pub struct ListPolicies {
    own: bool,
    built_in: bool,
    attached_only: bool,
    prefix: String,
    page: Page,
}

impl Call for ListPolicies {
    const NAME: &'static str = "ListPolicies";

    fn read(form: &Form) -> Result<Self, Fault> {
        let (own, built_in) = match form.value("Scope").unwrap_or("All") {
            "All" => (true, true),
            "Local" => (true, false),
            "AWS" => (false, true),
            _ => return Err(invalid("Scope must be All, AWS or Local.")),
        };
        let attached_only = form.value("OnlyAttached") == Some("true");
        let (prefix, page) = (path_prefix(form)?, Page::read(form)?);
        Ok(Self { own, built_in, attached_only, prefix, page })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListPolicies, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (account, catalog) = (&work.account()?.id, &work.gateway.catalog);
        let Self { own, built_in, attached_only, prefix, page } = self;
        let mut policies = match own {
            true => catalog.policy_list(account, &prefix, &page.after, page.limit + 1).await?,
            false => Vec::new(),
        };
        let next = page.cut(&mut policies, |policy| &policy.name);
        policies.retain(|policy| !attached_only || policy.attached > 0);
        // Built-in ones stand on the last page, which they may lengthen.
        let with_built_in = built_in && !attached_only && next.is_none() && prefix == "/";
        answer(move |result| {
            result.element("Policies", |list| {
                for policy in &policies {
                    list.element("member", |member| shape::policy(member, policy));
                }
                for policy in ALL.iter().filter(|_| with_built_in) {
                    list.element("member", |member| shape::built_in(member, policy));
                }
            });
            shape::page_end(result, next);
        })
    }
}

/// A policy of the caller's account. Errors: `NoSuchEntity`.
pub(super) async fn require(work: &Work, arn: &str) -> Result<ManagedPolicy, Fault> {
    let account = &work.account()?.id;
    let found = work.gateway.catalog.policy_find(arn).await?;
    let found = found.filter(|policy| policy.account_id == *account);
    found.ok_or_else(|| IdentityError::NoSuch("policy", arn.to_owned()).into())
}

/// Errors: `NoSuchEntity` for an ARN that is neither built in nor the account's.
pub(super) async fn check_exists(work: &Work, arn: &str) -> Result<(), Fault> {
    match BuiltIn::find(arn) {
        Some(_) => Ok(()),
        None => require(work, arn).await.map(drop),
    }
}
