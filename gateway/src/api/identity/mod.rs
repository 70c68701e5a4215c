//! Operations of AWS IAM in its query protocol (IAM API reference, version
//! 2010-05-08): users, groups, roles, access keys and policies.
//!
//! A file holds the operations of one noun. What users, groups and roles have
//! in common is written once over [`kind::Kind`]. The work is the catalog's;
//! whether the caller may is `authorize`'s, by the needs that each names.

mod access_key;
mod account;
mod attachment;
mod boundary;
mod call;
mod check;
mod group;
mod inline_policy;
pub mod kind;
mod managed_policy;
mod policy_version;
mod role;
mod shape;
mod simulate;
mod tags;
mod user;

pub use access_key::{
    CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,
};
pub use account::{CreateAccountAlias, DeleteAccountAlias, GetAccountSummary, ListAccountAliases};
pub use attachment::{AttachPolicy, DetachPolicy, ListAttachedPolicies, ListEntitiesForPolicy};
pub use boundary::{DeleteBoundary, PutBoundary};
pub use call::{Answer, Call, Query, identity_fault};
pub use check::{is_session_name, policy_document};
pub use group::{
    AddUserToGroup, CreateGroup, DeleteGroup, GetGroup, ListGroups, ListGroupsForUser,
    RemoveUserFromGroup, UpdateGroup,
};
pub use inline_policy::{DeleteInlinePolicy, GetInlinePolicy, ListInlinePolicies, PutInlinePolicy};
pub use managed_policy::{CreatePolicy, DeletePolicy, GetPolicy, ListPolicies};
pub use policy_version::{
    CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions,
    SetDefaultPolicyVersion,
};
pub use role::{
    CreateRole, DeleteRole, GetRole, ListRoles, UpdateAssumeRolePolicy, UpdateRole,
    UpdateRoleDescription,
};
pub use simulate::{SimulateCustomPolicy, SimulatePrincipalPolicy};
pub use tags::{ListTags, Tag, Untag};
pub use user::{CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser};
