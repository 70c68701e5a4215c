//! The headers of SSE-C: a key that the customer brings with each request.
//!
//! Three headers always come together. The key leaves this file only inside
//! [`CustomerKey`]; what answers repeat is its MD5, which the request itself
//! brought. Source: S3 "Using server-side encryption with customer-provided
//! keys"; OBS "Server-Side Encryption (SSE-C)".

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::base::SecretBytes;
use kms_core::kms::{Caller, CustomerKey};
use kms_core::sealed::Mode;
use zeroize::Zeroizing;

use super::sse::require_tls;
use super::work::Work;
use crate::http::{Code, Fault, Incoming};
use crate::object::encryption::{Announcement, Bearer};
use crate::stream::checksum::Md5;

const ALGORITHM: &str = "server-side-encryption-customer-algorithm";
const KEY: &str = "server-side-encryption-customer-key";
const KEY_MD5: &str = "server-side-encryption-customer-key-md5";

/// What a request brings.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The key.
    pub key: Arc<CustomerKey>,
    /// Base64 of the key's MD5, as the client sent it.
    pub md5: String,
}

/// The customer's key of a write or read, if one came. Errors:
/// `InvalidArgument`, `InvalidEncryptionAlgorithmError`.
pub fn parse(request: &Incoming) -> Result<Option<Customer>, Fault> {
    read(request, "")
}

/// The customer's key of a copy's source, if one came. Errors: as [`parse`].
pub fn parse_copy_source(request: &Incoming) -> Result<Option<Customer>, Fault> {
    read(request, "copy-source-")
}

/// Who opens a data key for this request. A customer's key must not come over
/// plain HTTP. Errors: `InvalidRequest`.
pub fn bearer<'a>(
    work: &Work,
    caller: &'a Caller,
    customer: Option<&'a Customer>,
) -> Result<Bearer<'a>, Fault> {
    if customer.is_some() {
        require_tls(Mode::SseC, work)?;
    }
    Ok(Bearer { caller, customer_key: customer.map(|customer| &*customer.key) })
}

/// `announcement` with the MD5 of the customer's key, where one was used.
pub fn announced(mut announcement: Announcement, customer: Option<&Customer>) -> Announcement {
    announcement.customer_md5 = customer.map(|customer| customer.md5.clone());
    announcement
}

fn read(request: &Incoming, prefix: &str) -> Result<Option<Customer>, Fault> {
    let header = |name: &str| request.vendor(&format!("{prefix}{name}"));
    let (algorithm, key, md5) = (header(ALGORITHM)?, header(KEY)?, header(KEY_MD5)?);
    if algorithm.is_none() && key.is_none() && md5.is_none() {
        return Ok(None);
    }
    let algorithm = algorithm.ok_or_else(|| lacks("a valid encryption algorithm"))?;
    if algorithm != "AES256" {
        return Err(Fault::new(Code::InvalidEncryptionAlgorithmError).message(
            "The encryption request that you specified is not valid. Supported value: AES256.",
        ));
    }
    let key = key.ok_or_else(|| lacks("an appropriate secret key"))?;
    let md5 = md5.ok_or_else(|| lacks("the client calculated MD5 of the secret key"))?;
    let bytes = STANDARD.decode(key).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| lacks("an appropriate secret key"))?;
    if STANDARD.encode(Md5::of(&bytes)) != md5 {
        return Err(Fault::new(Code::InvalidArgument).message(
            "The calculated MD5 hash of the key did not match the hash that was provided.",
        ));
    }
    let key = CustomerKey::new(SecretBytes::copy_from(&bytes)).ok_or_else(|| {
        Fault::new(Code::InvalidArgument)
            .message("The secret key was invalid for the specified algorithm.")
    })?;
    Ok(Some(Customer { key: Arc::new(key), md5: md5.to_owned() }))
}

fn lacks(what: &str) -> Fault {
    Fault::new(Code::InvalidArgument).message(format!(
        "Requests specifying Server Side Encryption with Customer provided keys must provide {what}."
    ))
}
