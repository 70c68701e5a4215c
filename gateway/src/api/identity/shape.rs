//! How users, groups, roles, policies and keys stand in answers (IAM API
//! reference, "Data types").

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::identity::{Entity, ManagedPolicy, PolicyVersion};
use crate::http::xml::{Writer, date};
use crate::iam::builtin::BuiltIn;

/// What RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as IAM answers it: percent-encoded.
pub(super) fn document(writer: &mut Writer, element: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    writer.text(element, utf8_percent_encode(&text, RESERVED).to_string());
}

/// The children of `User`.
pub(super) fn user(writer: &mut Writer, user: &Entity) {
    writer.text("Path", &user.path);
    writer.text("UserName", &user.name);
    writer.text("UserId", &user.id);
    writer.text("Arn", user.arn());
    writer.text("CreateDate", date(user.created_ms));
    boundary(writer, user);
    tags(writer, &user.tags);
}

/// The children of `Group`.
pub(super) fn group(writer: &mut Writer, group: &Entity) {
    writer.text("Path", &group.path);
    writer.text("GroupName", &group.name);
    writer.text("GroupId", &group.id);
    writer.text("Arn", group.arn());
    writer.text("CreateDate", date(group.created_ms));
}

/// The children of `Role`.
pub(super) fn role(writer: &mut Writer, role: &Entity) {
    writer.text("Path", &role.path);
    writer.text("RoleName", &role.name);
    writer.text("RoleId", &role.id);
    writer.text("Arn", role.arn());
    writer.text("CreateDate", date(role.created_ms));
    document(writer, "AssumeRolePolicyDocument", role.trust.as_deref().unwrap_or_default());
    writer.some("Description", role.description.as_ref());
    writer.value("MaxSessionDuration", role.session_max_s.unwrap_or(3600));
    boundary(writer, role);
    tags(writer, &role.tags);
}

/// The children of `Policy`.
pub(super) fn policy(writer: &mut Writer, policy: &ManagedPolicy) {
    writer.text("PolicyName", &policy.name);
    writer.text("PolicyId", &policy.id);
    writer.text("Arn", &policy.arn);
    writer.text("Path", &policy.path);
    writer.text("DefaultVersionId", format!("v{}", policy.default_version));
    writer.value("AttachmentCount", policy.attached);
    writer.value("PermissionsBoundaryUsageCount", policy.bounding);
    writer.value("IsAttachable", true);
    writer.some("Description", policy.description.as_ref());
    writer.text("CreateDate", date(policy.created_ms));
    writer.text("UpdateDate", date(policy.updated_ms));
    tags(writer, &policy.tags);
}

/// The children of `Policy` for a built-in one.
pub(super) fn built_in(writer: &mut Writer, policy: &BuiltIn) {
    writer.text("PolicyName", policy.name);
    writer.text("PolicyId", policy.id());
    writer.text("Arn", policy.arn());
    writer.text("Path", "/");
    writer.text("DefaultVersionId", "v1");
    writer.value("IsAttachable", true);
    writer.text("Description", policy.description);
    writer.text("CreateDate", date(0));
    writer.text("UpdateDate", date(0));
}

/// The children of `PolicyVersion`; lists leave the document out.
pub(super) fn version(writer: &mut Writer, version: &PolicyVersion, with_document: bool) {
    writer.text("VersionId", format!("v{}", version.number));
    writer.value("IsDefaultVersion", version.is_default);
    writer.text("CreateDate", date(version.created_ms));
    if with_document {
        document(writer, "Document", &version.document);
    }
}

/// `Tags` with a member each, when there are any.
pub(super) fn tags(writer: &mut Writer, tags: &BTreeMap<String, String>) {
    if tags.is_empty() {
        return;
    }
    writer.element("Tags", |list| {
        for (key, value) in tags {
            list.element("member", |tag| {
                tag.text("Key", key);
                tag.text("Value", value);
            });
        }
    });
}

/// A list of members under `element`.
pub(super) fn list<T>(
    writer: &mut Writer,
    element: &str,
    items: &[T],
    fill: impl Fn(&mut Writer, &T),
) {
    writer.element(element, |list| {
        for item in items {
            list.element("member", |member| fill(member, item));
        }
    });
}

/// `IsTruncated` and `Marker`.
pub(super) fn page_end(writer: &mut Writer, next: Option<String>) {
    writer.value("IsTruncated", next.is_some());
    writer.some("Marker", next);
}

fn boundary(writer: &mut Writer, entity: &Entity) {
    if let Some(arn) = &entity.boundary {
        writer.element("PermissionsBoundary", |boundary| {
            boundary.text("PermissionsBoundaryType", "Policy");
            boundary.text("PermissionsBoundaryArn", arn);
        });
    }
}
