//! What differs between users, groups and roles in operations that all have.

use policy::Action;

use crate::catalog::identity::EntityKind;

/// An operation's name and the action that it needs.
pub struct Act(pub &'static str, pub Action);

/// Operations that users, groups and roles have.
pub trait Kind: Send + Sync + 'static {
    /// The kind.
    const KIND: EntityKind;
    /// The parameter with the name.
    const NAME: &'static str;
    /// PutUserPolicy and its kin.
    const PUT_POLICY: Act;
    /// GetUserPolicy and its kin.
    const GET_POLICY: Act;
    /// DeleteUserPolicy and its kin.
    const DELETE_POLICY: Act;
    /// ListUserPolicies and its kin.
    const LIST_POLICIES: Act;
    /// AttachUserPolicy and its kin.
    const ATTACH: Act;
    /// DetachUserPolicy and its kin.
    const DETACH: Act;
    /// ListAttachedUserPolicies and its kin.
    const LIST_ATTACHED: Act;
}

/// Operations that users and roles have, and groups do not.
pub trait Person: Kind {
    /// PutUserPermissionsBoundary and its kin.
    const PUT_BOUNDARY: Act;
    /// DeleteUserPermissionsBoundary and its kin.
    const DELETE_BOUNDARY: Act;
    /// TagUser and its kin.
    const TAG: Act;
    /// UntagUser and its kin.
    const UNTAG: Act;
    /// ListUserTags and its kin.
    const LIST_TAGS: Act;
}

/// Users.
pub struct User;
/// Groups.
pub struct Group;
/// Roles.
pub struct Role;

impl Kind for User {
    const KIND: EntityKind = EntityKind::User;
    const NAME: &'static str = "UserName";
    const PUT_POLICY: Act = Act("PutUserPolicy", Action::IamPutUserPolicy);
    const GET_POLICY: Act = Act("GetUserPolicy", Action::IamGetUserPolicy);
    const DELETE_POLICY: Act = Act("DeleteUserPolicy", Action::IamDeleteUserPolicy);
    const LIST_POLICIES: Act = Act("ListUserPolicies", Action::IamListUserPolicies);
    const ATTACH: Act = Act("AttachUserPolicy", Action::IamAttachUserPolicy);
    const DETACH: Act = Act("DetachUserPolicy", Action::IamDetachUserPolicy);
    const LIST_ATTACHED: Act = Act("ListAttachedUserPolicies", Action::IamListAttachedUserPolicies);
}

impl Kind for Group {
    const KIND: EntityKind = EntityKind::Group;
    const NAME: &'static str = "GroupName";
    const PUT_POLICY: Act = Act("PutGroupPolicy", Action::IamPutGroupPolicy);
    const GET_POLICY: Act = Act("GetGroupPolicy", Action::IamGetGroupPolicy);
    const DELETE_POLICY: Act = Act("DeleteGroupPolicy", Action::IamDeleteGroupPolicy);
    const LIST_POLICIES: Act = Act("ListGroupPolicies", Action::IamListGroupPolicies);
    const ATTACH: Act = Act("AttachGroupPolicy", Action::IamAttachGroupPolicy);
    const DETACH: Act = Act("DetachGroupPolicy", Action::IamDetachGroupPolicy);
    const LIST_ATTACHED: Act =
        Act("ListAttachedGroupPolicies", Action::IamListAttachedGroupPolicies);
}

impl Kind for Role {
    const KIND: EntityKind = EntityKind::Role;
    const NAME: &'static str = "RoleName";
    const PUT_POLICY: Act = Act("PutRolePolicy", Action::IamPutRolePolicy);
    const GET_POLICY: Act = Act("GetRolePolicy", Action::IamGetRolePolicy);
    const DELETE_POLICY: Act = Act("DeleteRolePolicy", Action::IamDeleteRolePolicy);
    const LIST_POLICIES: Act = Act("ListRolePolicies", Action::IamListRolePolicies);
    const ATTACH: Act = Act("AttachRolePolicy", Action::IamAttachRolePolicy);
    const DETACH: Act = Act("DetachRolePolicy", Action::IamDetachRolePolicy);
    const LIST_ATTACHED: Act = Act("ListAttachedRolePolicies", Action::IamListAttachedRolePolicies);
}

impl Person for User {
    const PUT_BOUNDARY: Act =
        Act("PutUserPermissionsBoundary", Action::IamPutUserPermissionsBoundary);
    const DELETE_BOUNDARY: Act =
        Act("DeleteUserPermissionsBoundary", Action::IamDeleteUserPermissionsBoundary);
    const TAG: Act = Act("TagUser", Action::IamTagUser);
    const UNTAG: Act = Act("UntagUser", Action::IamUntagUser);
    const LIST_TAGS: Act = Act("ListUserTags", Action::IamListUserTags);
}

impl Person for Role {
    const PUT_BOUNDARY: Act =
        Act("PutRolePermissionsBoundary", Action::IamPutRolePermissionsBoundary);
    const DELETE_BOUNDARY: Act =
        Act("DeleteRolePermissionsBoundary", Action::IamDeleteRolePermissionsBoundary);
    const TAG: Act = Act("TagRole", Action::IamTagRole);
    const UNTAG: Act = Act("UntagRole", Action::IamUntagRole);
    const LIST_TAGS: Act = Act("ListRoleTags", Action::IamListRoleTags);
}
