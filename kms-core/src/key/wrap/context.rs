//! What a wrapped blob is bound to: its purpose and the place it belongs to.
//!
//! The context becomes the additional authenticated data of the wrap, so a blob
//! opens only where it was made for. Nothing of it is stored in the blob except
//! the purpose. Layout: `docs/formats/wrapped-key.md`, section "Context".

use std::collections::BTreeMap;

use uuid::Uuid;

use super::WrappedHeader;
use crate::base::{Algorithm, Canonical};

/// What a wrapped blob is for. The numbers are stored; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// The data key of an object, an upload or an append.
    Object = 1,
    /// A ciphertext of the public KMS API.
    Api = 2,
    /// The material of a key version, under the root.
    KeyMaterial = 3,
    /// A secret in the catalog, under a service key.
    Secret = 4,
    /// A service key, under the root.
    ServiceKey = 5,
}

impl Purpose {
    /// The purpose with this stored number; `None` for one of a newer format.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Object),
            2 => Some(Self::Api),
            3 => Some(Self::KeyMaterial),
            4 => Some(Self::Secret),
            5 => Some(Self::ServiceKey),
            _ => None,
        }
    }

    /// The stored number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// The place a blob belongs to. Both sides of a wrap must name the same one.
#[derive(Clone, Copy, Debug)]
pub enum WrapContext<'a> {
    /// The data key of an object's body.
    Object {
        /// Format number of the sealed body.
        data_format: u8,
        /// Algorithm of the sealed body, which need not be the wrapping one.
        data_algorithm: Algorithm,
        /// The bucket's id, which survives no deletion, unlike its name.
        bucket_id: &'a [u8],
        /// The object's key, any bytes.
        object_key: &'a [u8],
        /// Drawn at PUT or Initiate; ties the data key to one upload.
        write_id: &'a [u8; 16],
        /// The client's own context (`x-amz-server-side-encryption-context`).
        client_context: &'a BTreeMap<String, String>,
    },
    /// A ciphertext of the public KMS API.
    Api {
        /// The caller's encryption context, empty where none was given.
        encryption_context: &'a BTreeMap<String, String>,
    },
    /// The material of a key version.
    KeyMaterial {
        /// The key whose material this is (not the root that wraps it).
        key_id: Uuid,
        /// The version whose material this is.
        key_version: u32,
        /// The key's spec, for example `AES_256`.
        spec: &'a str,
    },
    /// A secret at rest in the catalog.
    Secret {
        /// Table of the catalog.
        table: &'a str,
        /// The row's primary key.
        row: &'a str,
        /// Column of the row.
        column: &'a str,
    },
    /// A service key.
    ServiceKey {
        /// What the service key is for, for example `object`.
        purpose: &'a str,
        /// The service key's id.
        key_id: Uuid,
        /// The service key's version.
        version: u32,
    },
}

impl WrapContext<'_> {
    /// The purpose that blobs of this context carry.
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::Object { .. } => Purpose::Object,
            Self::Api { .. } => Purpose::Api,
            Self::KeyMaterial { .. } => Purpose::KeyMaterial,
            Self::Secret { .. } => Purpose::Secret,
            Self::ServiceKey { .. } => Purpose::ServiceKey,
        }
    }

    /// The additional authenticated data: the header's five fields, then the
    /// fields of the purpose, canonically encoded.
    pub(super) fn aad(&self, header: &WrappedHeader) -> Canonical {
        let aad = Canonical::new("sealgate/wrap-aad/1").bytes(&header.to_bytes());
        match *self {
            Self::Object {
                data_format,
                data_algorithm,
                bucket_id,
                object_key,
                write_id,
                client_context,
            } => aad
                .number(data_format.into())
                .number(data_algorithm.number().into())
                .bytes(bucket_id)
                .bytes(object_key)
                .bytes(write_id)
                .pairs(text_pairs(client_context)),
            Self::Api { encryption_context } => aad.pairs(text_pairs(encryption_context)),
            Self::KeyMaterial { key_id, key_version, spec } => {
                aad.bytes(key_id.as_bytes()).number(key_version.into()).text(spec)
            }
            Self::Secret { table, row, column } => aad.text(table).text(row).text(column),
            Self::ServiceKey { purpose, key_id, version } => {
                aad.text(purpose).bytes(key_id.as_bytes()).number(version.into())
            }
        }
    }
}

fn text_pairs(context: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    context.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
