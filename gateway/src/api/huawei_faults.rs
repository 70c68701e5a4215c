//! What the key service reports, to clients of Huawei's KMS ("Error Codes", KMS
//! API reference; where a code belongs to one operation, by its message).

use kms_core::key::{KeyOperation, KeyOrigin};
use kms_core::kms::{ImportRefusal, KmsError};

use crate::http::{Code, Fault};

/// The fault for what the key service refused.
pub fn huawei_key_fault(error: KmsError) -> Fault {
    let text = error.to_string();
    let code = match &error {
        KmsError::AccessDenied(_) => return Fault::new(Code::Kms0306).cause(text),
        KmsError::NotFound(_) | KmsError::WrongRegion { .. } => Code::Kms0207,
        KmsError::Disabled(_) | KmsError::PendingImport(_) => Code::Kms0209,
        KmsError::PendingDeletion(_) => Code::Kms0210,
        KmsError::InvalidState { operation, .. } => of_operation(*operation),
        KmsError::DefaultKey(_) => Code::Kms0211,
        KmsError::Frozen(_) => Code::Kms0328,
        KmsError::Throttled => return Fault::new(Code::Kms0429).header("retry-after", 1),
        KmsError::WrongOrigin { origin: KeyOrigin::External, .. } => Code::Kms0312,
        KmsError::WrongOrigin { .. } => Code::Kms0309,
        KmsError::Protected(_) | KmsError::InUse(_) | KmsError::Policy(_) => Code::Kms0308,
        KmsError::Import(refusal) => of_import(*refusal),
        KmsError::RotationEnabled(_) => Code::Kms2901,
        KmsError::RotationDisabled(_) => Code::Kms0313,
        KmsError::NoGrant(_) => Code::Kms2502,
        KmsError::InvalidCiphertext => Code::Kms2201,
        KmsError::IncorrectKey => Code::Kms2203,
        KmsError::Invalid { field, .. } => of_field(field),
        KmsError::LimitExceeded(what) => of_limit(what),
        KmsError::AlreadyExists(_) => Code::Kms1104,
        KmsError::Unsupported(_) => Code::Kms0338,
        KmsError::Conflict(_) | KmsError::Unavailable(_) | KmsError::Audit(_) => {
            return Fault::new(Code::Kms0104).header("retry-after", 5).cause(text);
        }
    };
    Fault::new(code).cause(text)
}

fn of_operation(operation: KeyOperation) -> Code {
    match operation {
        KeyOperation::Enable => Code::Kms1201,
        KeyOperation::Disable => Code::Kms1301,
        KeyOperation::CancelDeletion => Code::Kms1501,
        KeyOperation::ScheduleDeletion => Code::Kms1402,
        KeyOperation::Describe
        | KeyOperation::Wrap
        | KeyOperation::Unwrap
        | KeyOperation::Update
        | KeyOperation::Grant
        | KeyOperation::Rotate
        | KeyOperation::Import => Code::Kms0209,
    }
}

fn of_import(refusal: ImportRefusal) -> Code {
    match refusal {
        ImportRefusal::Token => Code::Kms2605,
        ImportRefusal::TokenExpired => Code::Kms2601,
        ImportRefusal::OtherKey => Code::Kms2603,
        ImportRefusal::ExpiryPast => Code::Kms2602,
        ImportRefusal::Unwrap => Code::Kms0311,
        ImportRefusal::Length => Code::Kms2604,
        ImportRefusal::OtherMaterial => Code::Kms2606,
        ImportRefusal::NotPending => Code::Kms0310,
    }
}

fn of_field(field: &str) -> Code {
    match field {
        "alias" => Code::Kms1101,
        "description" => Code::Kms1103,
        "pending_days" => Code::Kms1401,
        "plaintext" => Code::Kms2101,
        "encryption_context" => Code::Kms0208,
        "data_key_length" => Code::Kms1901,
        "random_data_length" => Code::Kms1801,
        "operations" => Code::Kms2401,
        "grantee_principal" | "retiring_principal" => Code::Kms2402,
        _ => Code::Kms0308,
    }
}

fn of_limit(what: &str) -> Code {
    match what {
        "grants of the key" => Code::Kms2404,
        "tags of the key" => Code::Kms0409,
        "aliases of the key" => Code::Kms0308,
        _ => Code::Kms1105,
    }
}
