//! The rows of the query APIs: IAM and STS. A form names its operation as
//! `Action`; the service is the one that it is signed for.

use http::Method;

use super::identity::kind::{Group, Kind, Person, Role, User};
use super::identity::{Call, Query};
use super::routes::{Intake, KIB, Level, Route, on, table};
use super::{identity, session};
use crate::auth::{Service, service_of};
use crate::http::form::Form;
use crate::http::{Code, Fault, Incoming};

/// The rows of IAM.
pub(super) fn iam() -> Vec<Route> {
    let mut rows = vec![
        of_iam::<identity::CreateUser>(),
        of_iam::<identity::GetUser>(),
        of_iam::<identity::UpdateUser>(),
        of_iam::<identity::DeleteUser>(),
        of_iam::<identity::ListUsers>(),
        of_iam::<identity::CreateGroup>(),
        of_iam::<identity::GetGroup>(),
        of_iam::<identity::UpdateGroup>(),
        of_iam::<identity::DeleteGroup>(),
        of_iam::<identity::ListGroups>(),
        of_iam::<identity::ListGroupsForUser>(),
        of_iam::<identity::AddUserToGroup>(),
        of_iam::<identity::RemoveUserFromGroup>(),
        of_iam::<identity::CreateRole>(),
        of_iam::<identity::GetRole>(),
        of_iam::<identity::UpdateRole>(),
        of_iam::<identity::UpdateRoleDescription>(),
        of_iam::<identity::UpdateAssumeRolePolicy>(),
        of_iam::<identity::DeleteRole>(),
        of_iam::<identity::ListRoles>(),
        of_iam::<identity::CreateAccessKey>(),
        of_iam::<identity::UpdateAccessKey>(),
        of_iam::<identity::DeleteAccessKey>(),
        of_iam::<identity::ListAccessKeys>(),
        of_iam::<identity::GetAccessKeyLastUsed>(),
        of_iam::<identity::CreateAccountAlias>(),
        of_iam::<identity::DeleteAccountAlias>(),
        of_iam::<identity::ListAccountAliases>(),
        of_iam::<identity::GetAccountSummary>(),
        of_iam::<identity::SimulatePrincipalPolicy>(),
        of_iam::<identity::SimulateCustomPolicy>(),
    ];
    rows.extend(policies());
    rows
}

fn policies() -> Vec<Route> {
    let managed = vec![
        of_iam::<identity::CreatePolicy>(),
        of_iam::<identity::GetPolicy>(),
        of_iam::<identity::DeletePolicy>(),
        of_iam::<identity::ListPolicies>(),
        of_iam::<identity::ListEntitiesForPolicy>(),
        of_iam::<identity::CreatePolicyVersion>(),
        of_iam::<identity::GetPolicyVersion>(),
        of_iam::<identity::DeletePolicyVersion>(),
        of_iam::<identity::ListPolicyVersions>(),
        of_iam::<identity::SetDefaultPolicyVersion>(),
    ];
    let of_kinds = [of_kind::<User>(), of_kind::<Group>(), of_kind::<Role>()];
    let of_people = [of_person::<User>(), of_person::<Role>()];
    managed
        .into_iter()
        .chain(of_kinds.into_iter().flatten())
        .chain(of_people.into_iter().flatten())
        .collect()
}

/// What users, groups and roles have.
fn of_kind<K: Kind>() -> Vec<Route> {
    vec![
        of_iam::<identity::PutInlinePolicy<K>>(),
        of_iam::<identity::GetInlinePolicy<K>>(),
        of_iam::<identity::DeleteInlinePolicy<K>>(),
        of_iam::<identity::ListInlinePolicies<K>>(),
        of_iam::<identity::AttachPolicy<K>>(),
        of_iam::<identity::DetachPolicy<K>>(),
        of_iam::<identity::ListAttachedPolicies<K>>(),
    ]
}

/// What users and roles have.
fn of_person<K: Person>() -> Vec<Route> {
    vec![
        of_iam::<identity::PutBoundary<K>>(),
        of_iam::<identity::DeleteBoundary<K>>(),
        of_iam::<identity::Tag<K>>(),
        of_iam::<identity::Untag<K>>(),
        of_iam::<identity::ListTags<K>>(),
    ]
}

/// The rows of STS.
pub(super) fn sts() -> Vec<Route> {
    vec![
        of_sts::<session::GetCallerIdentity>(),
        of_sts::<session::GetAccessKeyInfo>(),
        of_sts::<session::GetSessionToken>(),
        of_sts::<session::GetFederationToken>(),
        of_sts::<session::AssumeRole>(),
    ]
}

/// The row that the form's `Action` names for the service that it is signed for.
/// Errors: `InvalidAction`.
pub(super) fn find(request: &Incoming) -> Result<&'static Route, Fault> {
    let service = service_of(request);
    let form = Form::of(request)?;
    let action = form.value("Action").unwrap_or_default();
    let fits = |route: &&Route| route.level == Level::Form(service) && route.name == action;
    table().iter().find(fits).ok_or_else(|| {
        Fault::new(Code::InvalidAction)
            .message(format!("Could not find operation {action} for this service."))
    })
}

/// An operation of AWS IAM.
fn of_iam<C: Call>() -> Route {
    on::<Query<C>>(Method::POST, Level::Form(Service::Iam), &[], Intake::Document(256 * KIB))
}

/// An operation of AWS STS.
fn of_sts<C: Call>() -> Route {
    on::<Query<C>>(Method::POST, Level::Form(Service::Sts), &[], Intake::Document(256 * KIB))
}
