//! The record of a key and of its versions.

use super::wrap::KeyName;
use super::{KeyId, KeyState};
use crate::base::Algorithm;

/// A customer master key (CMK), without its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, in every dialect.
    pub id: KeyId,
    /// The owning account: 12 digits.
    pub account_id: String,
    /// The same account as OBS and the Huawei KMS name it.
    pub domain_id: String,
    /// The region it serves. A default key serves every region of its account.
    pub region: String,
    /// What it encrypts with.
    pub spec: KeySpec,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// Where its material came from and lives.
    pub origin: KeyOrigin,
    /// Its state, which decides what it may be used for now.
    pub state: KeyState,
    /// Free text of the owner, at most [`Key::MAX_DESCRIPTION`] bytes.
    pub description: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// The service whose default key this is (`obs`), or none.
    pub default_for: Option<String>,
    /// The version that wraps now; older ones only unwrap. Starts at 1.
    pub version: u32,
    /// Counts changes; a mutation names the revision that it was decided on.
    pub revision: u64,
    /// Automatic rotation, where it is on.
    pub rotation: Option<Rotation>,
    /// When imported material is deleted by itself, Unix milliseconds.
    pub expires_ms: Option<u64>,
    /// True once a grant or a key policy was ever made, so that uses look for them.
    /// Kept by the store.
    pub guarded: bool,
    /// True while the owning account is frozen. Kept by the store.
    pub frozen: bool,
}

/// Automatic rotation of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The interval in days (Huawei: 30 to 365; AWS: 90 to 2,560).
    pub days: u32,
    /// When the next version is due, Unix milliseconds.
    pub next_ms: u64,
}

impl Key {
    /// Longest description in bytes (AWS: 8,192; the OBS edge allows 255).
    pub const MAX_DESCRIPTION: usize = 8192;

    /// True for a default key, which nobody may change, grant or delete.
    pub fn is_default(&self) -> bool {
        self.default_for.is_some()
    }

    /// How blobs wrapped under `version` of this key name it.
    pub fn name(&self, version: u32) -> KeyName {
        KeyName { id: self.id.uuid(), version, algorithm: self.spec.algorithm() }
    }

    /// True when this key serves buckets of `region`: custom keys are regional,
    /// a default key serves all.
    pub fn serves(&self, region: &str) -> bool {
        self.is_default() || self.region == region
    }
}

/// What a key encrypts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeySpec {
    /// AES-256-GCM (AWS `SYMMETRIC_DEFAULT`, Huawei `AES_256`).
    Aes256,
    /// SM4-GCM (`SM4`).
    Sm4,
}

impl KeySpec {
    /// Both specs, for tests and listings.
    pub const ALL: [Self; 2] = [Self::Aes256, Self::Sm4];

    /// The stored name: `AES_256` or `SM4`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes256 => "AES_256",
            Self::Sm4 => "SM4",
        }
    }

    /// The spec with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.name() == name)
    }

    /// The AEAD that wraps under keys of this spec.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Aes256 => Algorithm::Aes256Gcm,
            Self::Sm4 => Algorithm::Sm4Gcm,
        }
    }

    /// Length of the key's own material in bytes. A software or hardware key
    /// is always an HMAC secret of 32; imported SM4 material has 16.
    pub fn import_len(self) -> usize {
        match self {
            Self::Aes256 => 32,
            Self::Sm4 => 16,
        }
    }
}

/// What a key may be used for. One value today; kept because it is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUsage {
    /// Wraps data keys and encrypts small data.
    EncryptDecrypt,
}

impl KeyUsage {
    /// The stored name: `ENCRYPT_DECRYPT`.
    pub fn name(self) -> &'static str {
        "ENCRYPT_DECRYPT"
    }
}

/// Where the material of a key came from and lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOrigin {
    /// CMK-software: made by the provider's generator, kept wrapped by the root.
    AwsKms,
    /// Imported by its owner (BYOK), kept wrapped by the root.
    External,
    /// CMK-hardware: a secret in the token that cannot leave it.
    CloudHsm,
}

impl KeyOrigin {
    /// All origins.
    pub const ALL: [Self; 3] = [Self::AwsKms, Self::External, Self::CloudHsm];

    /// The stored name, which is AWS's: `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::External => "EXTERNAL",
            Self::CloudHsm => "AWS_CLOUDHSM",
        }
    }

    /// The origin with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// One version of a key's material. Versions are never changed in place and
/// outlive rotation, so that old ciphertexts open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyVersion {
    /// The key it belongs to.
    pub key: KeyId,
    /// Its number, from 1.
    pub number: u32,
    /// Its material, wrapped or in the token.
    pub material: VersionMaterial,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// When the public API last wrapped with it, Unix milliseconds, at most an
    /// hour behind; none if it never did. Such a version has ciphertexts that no
    /// count of objects can see.
    pub api_used_ms: Option<u64>,
    /// Why it was made.
    pub cause: VersionCause,
    /// Digest of imported material under the root, which outlives the material:
    /// only the same bytes may come again.
    pub check: Option<Vec<u8>>,
}

/// Why a version was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionCause {
    /// With its key.
    Created,
    /// By the rotation job.
    Automatic,
    /// By request.
    OnDemand,
}

impl VersionCause {
    /// All causes.
    pub const ALL: [Self; 3] = [Self::Created, Self::Automatic, Self::OnDemand];

    /// The stored name, which is AWS's RotationType: `CREATED`, `AUTOMATIC`, `ON_DEMAND`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Automatic => "AUTOMATIC",
            Self::OnDemand => "ON_DEMAND",
        }
    }

    /// The cause with this stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// Where the material of a version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionMaterial {
    /// Wrapped by the root; the blob of `docs/formats/wrapped-key.md`.
    Wrapped(Vec<u8>),
    /// A secret in the token under this label.
    Token(String),
    /// Not imported yet, or deleted by its owner.
    Absent,
}
