//! Operations of the key service, one file each or a few that belong together,
//! in AWS's shape (KMS API reference; protocol AWS JSON 1.1); Huawei's are in
//! [`huawei`]. The work is the key service's own; here
//! are fields in and fields out. Rights to keys are judged by the key service,
//! so `needs` is empty throughout.

mod aliases;
mod asked;
mod call;
mod create_alias;
mod create_key;
mod decrypt;
mod describe_key;
mod encrypt;
mod generate_data_key;
mod grants;
pub mod huawei;
mod import;
mod key_policy;
mod key_state;
mod list_aliases;
mod list_keys;
mod metadata;
mod re_encrypt;
mod rotation;
mod schedule_key_deletion;
mod tags;

pub use aliases::{DeleteAlias, UpdateAlias, UpdateKeyDescription};
pub use call::{Aws, AwsCall, Huawei, HuaweiCall};
pub use create_alias::CreateAlias;
pub use create_key::CreateKey;
pub use decrypt::Decrypt;
pub use describe_key::DescribeKey;
pub use encrypt::Encrypt;
pub use generate_data_key::{GenerateDataKey, GenerateDataKeyWithoutPlaintext};
pub use grants::{CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant};
pub use import::{DeleteImportedKeyMaterial, GetParametersForImport, ImportKeyMaterial};
pub use key_policy::{GetKeyPolicy, ListKeyPolicies, PutKeyPolicy};
pub use key_state::{CancelKeyDeletion, DisableKey, EnableKey};
pub use list_aliases::ListAliases;
pub use list_keys::ListKeys;
pub use re_encrypt::{GenerateRandom, ReEncrypt};
pub use rotation::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, ListKeyRotations,
    RotateKeyOnDemand,
};
pub use schedule_key_deletion::ScheduleKeyDeletion;
pub use tags::{ListResourceTags, TagResource, UntagResource};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::key::KeyRef;
use kms_core::kms::Caller;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::faults::aws_key_fault;
use super::work::Work;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::stream::Body;

/// Most entries on a page of keys or aliases, and the page without `Limit`.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1000;

/// Reads the JSON document of a request. Errors: `SerializationException` for
/// what is no JSON, `ValidationException` for fields that do not fit.
fn read<T: DeserializeOwned>(request: &Incoming) -> Result<T, Fault> {
    let document: &[u8] = if request.document.is_empty() { b"{}" } else { &request.document };
    let value: Value =
        serde_json::from_slice(document).map_err(|_| Fault::new(Code::SerializationException))?;
    serde_json::from_value(value)
        .map_err(|error| Fault::new(Code::ValidationException).message(error.to_string()))
}

/// 200 with a JSON document.
fn json(document: &impl Serialize) -> Reply {
    let text = serde_json::to_vec(document).unwrap_or_default();
    Reply::ok().with("content-type", "application/x-amz-json-1.1").body(Body::full(text))
}

/// 200 without a document.
fn nothing() -> Reply {
    Reply::ok().with("content-type", "application/x-amz-json-1.1")
}

/// The caller, whose call is counted. Errors:
/// `MissingAuthenticationTokenException` when anonymous, `ThrottlingException`.
fn caller(work: &Work) -> Result<Caller, Fault> {
    match work.caller.account {
        Some(_) => {
            let caller = work.kms_caller(None);
            work.gateway.kms.admit(&caller).map_err(aws_key_fault)?;
            Ok(caller)
        }
        None => Err(Code::MissingAuthenticationTokenException.into()),
    }
}

/// A key by id, ARN or alias. Errors: `NotFoundException` for a text that names
/// none, as AWS answers; `InvalidArnException` for a broken ARN.
fn key_ref(text: &str) -> Result<KeyRef, Fault> {
    text.parse().map_err(|error| {
        let code = match text.starts_with("arn:") {
            true => Code::InvalidArnException,
            false => Code::NotFoundException,
        };
        Fault::new(code).message(format!("Invalid keyId '{text}': {error}"))
    })
}

/// A blob in base64. Errors: `SerializationException`.
fn blob(text: &str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(text).map_err(|_| Code::SerializationException.into())
}

/// A blob as base64.
fn text(blob: &[u8]) -> String {
    STANDARD.encode(blob)
}

/// A page size. Errors: `ValidationException` outside 1 to 1,000.
fn limit(asked: Option<usize>) -> Result<usize, Fault> {
    let limit = asked.unwrap_or(PAGE);
    match (1..=PAGE_MAX).contains(&limit) {
        true => Ok(limit),
        false => {
            Err(Fault::new(Code::ValidationException).message("Limit must be between 1 and 1000."))
        }
    }
}

/// Unsupported settings are refused: grants tokens and dry runs would change
/// what a call means.
fn refuse_dry_run(dry_run: Option<bool>) -> Result<(), Fault> {
    match dry_run {
        Some(true) => {
            Err(Fault::new(Code::UnsupportedOperationException).message("DryRun is not supported."))
        }
        _ => Ok(()),
    }
}
