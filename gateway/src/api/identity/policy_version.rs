//! Versions of managed policies: Create, Get, Delete, List, SetDefault (IAM API
//! reference, "CreatePolicyVersion" and its kin).

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::{on_policy, policy_arn, policy_document, version};
use super::managed_policy::require;
use super::shape;
use crate::api::need::Need;
use crate::api::work::Work;
use crate::catalog::identity::{IdentityError, PolicyVersion};
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::Writer;
use crate::iam::builtin::BuiltIn;

/// Adds a version.
pub struct CreatePolicyVersion {
    arn: String,
    document: Vec<u8>,
    default: bool,
}

impl Call for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self {
            arn: policy_arn(form, "PolicyArn")?,
            document: policy_document(form, "PolicyDocument")?,
            default: form.value("SetAsDefault") == Some("true"),
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamCreatePolicyVersion, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let policy = require(work, &self.arn).await?;
        let (catalog, now_ms) = (&work.gateway.catalog, work.request.received_ms());
        let made =
            catalog.policy_version_create(&policy.arn, self.document, self.default, now_ms).await?;
        answer(move |result| {
            result.element("PolicyVersion", |element| shape::version(element, &made, false));
        })
    }
}

/// Shows a version with its document.
pub struct GetPolicyVersion {
    arn: String,
    number: u32,
}

impl Call for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")?, number: version(form, "VersionId")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetPolicyVersion, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let versions = versions(work, &self.arn).await?;
        let found = versions.into_iter().find(|version| version.number == self.number);
        let missing = || IdentityError::NoSuch("policy version", format!("v{}", self.number));
        let found = found.ok_or_else(missing)?;
        answer(move |result| {
            result.element("PolicyVersion", |element| shape::version(element, &found, true));
        })
    }
}

/// Deletes a version that is not in force.
pub struct DeletePolicyVersion {
    arn: String,
    number: u32,
}

impl Call for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")?, number: version(form, "VersionId")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamDeletePolicyVersion, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let policy = require(work, &self.arn).await?;
        work.gateway.catalog.policy_version_delete(&policy.arn, self.number).await?;
        Ok(None)
    }
}

/// Lists versions, newest first.
pub struct ListPolicyVersions {
    arn: String,
}

impl Call for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListPolicyVersions, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let versions = versions(work, &self.arn).await?;
        answer(move |result| {
            let show = |member: &mut Writer, version: &PolicyVersion| {
                shape::version(member, version, false);
            };
            shape::list(result, "Versions", &versions, show);
            shape::page_end(result, None);
        })
    }
}

/// Puts a version in force.
pub struct SetDefaultPolicyVersion {
    arn: String,
    number: u32,
}

impl Call for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { arn: policy_arn(form, "PolicyArn")?, number: version(form, "VersionId")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamSetDefaultPolicyVersion, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let policy = require(work, &self.arn).await?;
        let (catalog, now_ms) = (&work.gateway.catalog, work.request.received_ms());
        catalog.policy_default_put(&policy.arn, self.number, now_ms).await?;
        Ok(None)
    }
}

/// The versions of a policy; a built-in one has its only one.
async fn versions(work: &Work, arn: &str) -> Result<Vec<PolicyVersion>, Fault> {
    if let Some(policy) = BuiltIn::find(arn) {
        let document = policy.document.as_bytes().to_vec();
        return Ok(vec![PolicyVersion { number: 1, document, created_ms: 0, is_default: true }]);
    }
    let policy = require(work, arn).await?;
    Ok(work.gateway.catalog.policy_version_list(&policy.arn).await?)
}
