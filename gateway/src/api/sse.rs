//! Server-side encryption as clients ask for it and hear of it.
//!
//! Reads the headers of both vendors, falls back to the bucket's default, holds
//! the rule that SSE-KMS needs HTTPS, and writes the headers of answers.
//!
//! Sources: S3 "Using server-side encryption with KMS"; OBS "Server-Side
//! Encryption (SSE-KMS)", table of operations and protocols.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::base::Algorithm;
use kms_core::key::KeyRef;
use kms_core::kms::EncryptionContext;
use kms_core::sealed::Mode;
use policy::Attribute;

use super::customer_key::{self, Customer};
use super::operation::Need;
use super::setting::encryption_default;
use super::work::Work;
use crate::catalog::model::{BucketFacts, Metadata};
use crate::dialect::{Dialect, KeyForm};
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::encryption::{Announcement, Encryption, KeyName};
use crate::object::read::ENCRYPTION_CONTEXT;
use crate::stream::EtagOver;

const ALGORITHM: &str = "server-side-encryption";
/// Both vendors' names for the key; SDKs mix them.
const KEY_IDS: [&str; 2] =
    ["server-side-encryption-aws-kms-key-id", "server-side-encryption-kms-key-id"];
const DATA_ALGORITHM: &str = "server-side-data-encryption";
const CUSTOMER_ALGORITHM: &str = "server-side-encryption-customer-algorithm";
const CUSTOMER_MD5: &str = "server-side-encryption-customer-key-md5";
/// Name of the bucket-key setting, in headers and in stored metadata.
pub const BUCKET_KEY: &str = "server-side-encryption-bucket-key-enabled";

/// What a request asks in its headers.
#[derive(Clone, Debug, Default)]
pub struct SseRequest {
    /// The encryption, when one was asked.
    pub asked: Option<Encryption>,
    /// The customer's key, when it was SSE-C.
    pub customer: Option<Customer>,
    /// Whether an S3 bucket key was asked for; stored and echoed.
    pub bucket_key: bool,
}

impl SseRequest {
    /// Reads the headers. Errors: `InvalidArgument` for unknown values and
    /// combinations that contradict each other.
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let customer = customer_key::parse(request)?;
        let key = key_id(request)?;
        let data_algorithm = request.vendor(DATA_ALGORITHM)?;
        let context = context(request)?;
        let bucket_key = request.vendor(BUCKET_KEY)? == Some("true");
        let mode = request.vendor(ALGORITHM)?.map(mode_named).transpose()?;
        if let Some(customer) = customer {
            let stranger = mode.is_some() || key.is_some() || context.is_some();
            return match stranger {
                true => Err(Fault::new(Code::InvalidArgument).message(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
                )),
                false => Ok(Self {
                    asked: Some(Encryption::by_customer(customer.key.clone())),
                    customer: Some(customer),
                    bucket_key: false,
                }),
            };
        }
        let kms_only = key.is_some() || context.is_some() || data_algorithm == Some("SM4");
        if kms_only && mode != Some(Mode::Kms) {
            return Err(Fault::new(Code::InvalidArgument).message(
                "KMS settings are only valid together with x-amz-server-side-encryption: aws:kms.",
            ));
        }
        let Some(mode) = mode else { return Ok(Self { bucket_key, ..Self::default() }) };
        let algorithm = data_algorithm.map_or(Ok(Algorithm::Aes256Gcm), data_algorithm_named)?;
        let context = context.unwrap_or_default();
        let asked = Encryption { key, algorithm, context, ..Encryption::by_service(mode) };
        Ok(Self { asked: Some(asked), customer: None, bucket_key })
    }

    /// Adds the condition keys that policies judge a write's encryption by. They
    /// speak of the headers: a bucket's default does not meet them.
    pub fn conditions(&self, need: Need) -> Need {
        let Some(asked) = &self.asked else { return need };
        let mode = match asked.mode {
            Mode::Kms => Some("aws:kms"),
            Mode::Aes256 => Some("AES256"),
            Mode::None | Mode::SseC => None,
        };
        let key = asked.key.as_ref().map(ToString::to_string);
        let customer = self.customer.as_ref().map(|_| "AES256");
        need.when(Attribute::ServerSideEncryption, mode)
            .when(Attribute::CustomerAlgorithm, customer)
            .when(Attribute::ServerSideEncryptionKeyId, key)
    }

    /// The encryption of a new object: the header's, else the bucket's default,
    /// else a service key's, silently. An unreadable default is an error, never
    /// "no default".
    pub fn effective(&self, facts: &BucketFacts) -> Result<Encryption, Fault> {
        if let Some(asked) = &self.asked {
            return Ok(asked.clone());
        }
        Ok(encryption_default(facts)?.unwrap_or_else(|| Encryption::by_service(Mode::None)))
    }

    /// Puts into `metadata` what reads need or repeat.
    pub fn note(&self, encryption: &Encryption, metadata: &mut Metadata) -> Result<(), Fault> {
        if !encryption.context.is_empty() {
            let text = serde_json::to_string(&encryption.context).map_err(Fault::internal)?;
            metadata.vendor.insert(ENCRYPTION_CONTEXT.to_owned(), text);
        }
        if self.bucket_key && encryption.mode == Mode::Kms {
            metadata.vendor.insert(BUCKET_KEY.to_owned(), "true".to_owned());
        }
        Ok(())
    }
}

/// SSE-KMS and SSE-C travel over HTTPS only. Errors: `InvalidRequest`.
pub fn require_tls(mode: Mode, work: &Work) -> Result<(), Fault> {
    let free = matches!(mode, Mode::None | Mode::Aes256) || work.request.secure;
    match free || !work.gateway.settings.tls.require_for_sse {
        true => Ok(()),
        false => Err(Fault::new(Code::InvalidRequest)
            .message("Requests that use SSE-KMS or SSE-C must be made over HTTPS.")),
    }
}

/// Headers that say "encrypt" have no meaning on a read. Errors:
/// `InvalidArgument`.
pub fn refuse_on_read(request: &Incoming) -> Result<(), Fault> {
    let strangers = [ALGORITHM, KEY_IDS[0], KEY_IDS[1]];
    for name in strangers {
        if let Some(value) = request.vendor(name)? {
            return Err(Fault::argument(
                name,
                value,
                "x-amz-server-side-encryption header is not supported for this operation.",
            ));
        }
    }
    Ok(())
}

/// Over what the ETag of a new object runs: clients of S3 check the MD5 of
/// their own bytes unless a CMK is announced, as AWS does it.
pub fn etag_over(mode: Mode, dialect: &Dialect) -> EtagOver {
    match mode {
        Mode::Kms | Mode::SseC => EtagOver::Ciphertext,
        Mode::Aes256 => dialect.etag_of_service_encryption,
        Mode::None => EtagOver::Plaintext,
    }
}

/// Writes what is announced about an object's encryption.
pub fn announce(reply: Reply, dialect: &Dialect, announcement: &Announcement) -> Reply {
    match announcement.mode {
        Mode::None => reply,
        Mode::SseC => {
            let md5 = announcement.customer_md5.as_deref();
            reply
                .with_some(&dialect.header(CUSTOMER_ALGORITHM), md5.map(|_| "AES256"))
                .with_some(&dialect.header(CUSTOMER_MD5), md5)
        }
        Mode::Aes256 => reply.with(&dialect.header(ALGORITHM), "AES256"),
        Mode::Kms => {
            let key = announcement.key.as_ref().map(|key| key_text(key, dialect));
            let data = match announcement.algorithm {
                Algorithm::Aes256Gcm => None,
                Algorithm::Sm4Gcm => Some("SM4"),
            };
            reply
                .with(&dialect.header(ALGORITHM), dialect.kms_value)
                .with_some(&dialect.header(dialect.kms_key_header), key)
                .with_some(&dialect.header(DATA_ALGORITHM), data)
        }
    }
}

/// Writes the stored echo of a bucket key.
pub fn announce_bucket_key(reply: Reply, dialect: &Dialect, metadata: &Metadata) -> Reply {
    reply.with_some(&dialect.header(BUCKET_KEY), metadata.vendor.get(BUCKET_KEY))
}

/// A key as a dialect names it.
pub fn key_text(key: &KeyName, dialect: &Dialect) -> String {
    let KeyName { region, account_id, domain_id, id } = key;
    match dialect.key_form {
        KeyForm::Arn => format!("arn:aws:kms:{region}:{account_id}:key/{id}"),
        KeyForm::DomainArn => format!("arn:aws:kms:{region}:{domain_id}:key/{id}"),
        KeyForm::Obs => format!("{region}:{domain_id}:key/{id}"),
    }
}

/// A mode by either vendor's word. Errors: `InvalidArgument`.
pub fn mode_named(value: &str) -> Result<Mode, Fault> {
    match value {
        "kms" | "aws:kms" => Ok(Mode::Kms),
        "AES256" | "aws:AES256" => Ok(Mode::Aes256),
        other => Err(Fault::argument(
            ALGORITHM,
            other,
            "The encryption method specified is not supported",
        )),
    }
}

/// A data algorithm by name. Errors: `InvalidArgument`.
pub fn data_algorithm_named(value: &str) -> Result<Algorithm, Fault> {
    match value {
        "AES256" => Ok(Algorithm::Aes256Gcm),
        "SM4" => Ok(Algorithm::Sm4Gcm),
        other => Err(Fault::argument(
            DATA_ALGORITHM,
            other,
            "The data encryption algorithm must be AES256 or SM4.",
        )),
    }
}

/// A key reference. Errors: `InvalidArgument`.
pub fn key_named(text: &str) -> Result<KeyRef, Fault> {
    text.parse().map_err(|error: kms_core::key::KeyRefError| {
        Fault::argument(KEY_IDS[0], text, format!("Invalid KMS key: {error}."))
    })
}

fn key_id(request: &Incoming) -> Result<Option<KeyRef>, Fault> {
    let [aws, plain] = KEY_IDS.map(|name| request.vendor(name));
    let text = match (aws?, plain?) {
        (Some(one), Some(other)) if one != other => {
            return Err(Fault::argument(KEY_IDS[0], one, "Two different KMS keys were given."));
        }
        (one, other) => one.or(other),
    };
    text.map(key_named).transpose()
}

/// The client's own context: base64 of a flat JSON object of strings.
fn context(request: &Incoming) -> Result<Option<EncryptionContext>, Fault> {
    let Some(text) = request.vendor(ENCRYPTION_CONTEXT)? else { return Ok(None) };
    let json = STANDARD.decode(text).ok();
    let context = json.and_then(|json| serde_json::from_slice(&json).ok());
    context.map(Some).ok_or_else(|| {
        Fault::argument(
            ENCRYPTION_CONTEXT,
            text,
            "The header must be base64-encoded JSON of strings.",
        )
    })
}
