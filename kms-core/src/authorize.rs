//! May this caller do this with this key?
//!
//! Gathers what speaks for a caller and asks [`policy::evaluate`]. Today that
//! is the identity policies of callers of the owning account; key policies and
//! grants join here, and nowhere else. Not here: whether the key's state allows
//! it, and every right that is not about keys.
//!
//! Invariant: whoever does not belong to the owning account hears
//! [`foreign`]'s answer, whether a key exists or not.

use crate::key::Key;
use crate::kms::{Caller, KmsError};

/// What is done with keys, in AWS's canonical spelling; policies may spell it
/// in Huawei's (KMS API, section "Permissions").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `kms:CreateKey`
    CreateKey,
    /// `kms:DescribeKey`
    DescribeKey,
    /// `kms:ListKeys`
    ListKeys,
    /// `kms:EnableKey`
    EnableKey,
    /// `kms:DisableKey`
    DisableKey,
    /// `kms:ScheduleKeyDeletion`
    ScheduleKeyDeletion,
    /// `kms:CancelKeyDeletion`
    CancelKeyDeletion,
    /// `kms:UpdateKeyDescription`
    UpdateKeyDescription,
    /// `kms:CreateAlias`
    CreateAlias,
    /// `kms:UpdateAlias`
    UpdateAlias,
    /// `kms:DeleteAlias`
    DeleteAlias,
    /// `kms:ListAliases`
    ListAliases,
    /// `kms:GenerateDataKey`
    GenerateDataKey,
    /// `kms:GenerateDataKeyWithoutPlaintext`
    GenerateDataKeyWithoutPlaintext,
    /// `kms:Encrypt`
    Encrypt,
    /// `kms:Decrypt`
    Decrypt,
}

impl Action {
    /// The canonical spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateKey => "kms:CreateKey",
            Self::DescribeKey => "kms:DescribeKey",
            Self::ListKeys => "kms:ListKeys",
            Self::EnableKey => "kms:EnableKey",
            Self::DisableKey => "kms:DisableKey",
            Self::ScheduleKeyDeletion => "kms:ScheduleKeyDeletion",
            Self::CancelKeyDeletion => "kms:CancelKeyDeletion",
            Self::UpdateKeyDescription => "kms:UpdateKeyDescription",
            Self::CreateAlias => "kms:CreateAlias",
            Self::UpdateAlias => "kms:UpdateAlias",
            Self::DeleteAlias => "kms:DeleteAlias",
            Self::ListAliases => "kms:ListAliases",
            Self::GenerateDataKey => "kms:GenerateDataKey",
            Self::GenerateDataKeyWithoutPlaintext => "kms:GenerateDataKeyWithoutPlaintext",
            Self::Encrypt => "kms:Encrypt",
            Self::Decrypt => "kms:Decrypt",
        }
    }
}
