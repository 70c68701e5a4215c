//! Encrypt (KMS API reference).

use kms_core::base::SecretBytes;
use kms_core::key::KeyRef;
use kms_core::kms::{Ciphertext, EncryptionContext};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::generate_data_key::key_arn;
use super::{blob, caller, json, key_ref, read, refuse_dry_run, text};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Encrypts up to 4,096 bytes.
pub struct Encrypt {
    key: KeyRef,
    plaintext: SecretBytes,
    context: EncryptionContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: String,
    plaintext: String,
    encryption_context: Option<EncryptionContext>,
    encryption_algorithm: Option<String>,
    dry_run: Option<bool>,
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    type Output = Ciphertext;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        refuse_dry_run(asked.dry_run)?;
        check_algorithm(asked.encryption_algorithm.as_deref())?;
        let given = Zeroizing::new(asked.plaintext);
        let plaintext = SecretBytes::new(blob(&given)?.into_boxed_slice());
        let context = asked.encryption_context.unwrap_or_default();
        Ok(Self { key: key_ref(&asked.key_id)?, plaintext, context })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Ciphertext, Fault> {
        let Self { key, plaintext, context } = self;
        let kms = &work.gateway.kms;
        let made = kms.encrypt(&caller(work)?, &key, plaintext.expose(), &context).await;
        made.map_err(aws_key_fault)
    }

    fn render(made: Ciphertext, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            ciphertext_blob: String,
            key_id: String,
            encryption_algorithm: &'static str,
        }
        json(&Answer {
            ciphertext_blob: text(&made.ciphertext),
            key_id: key_arn(&made.key),
            encryption_algorithm: "SYMMETRIC_DEFAULT",
        })
    }
}

/// Symmetric keys know one algorithm.
pub fn check_algorithm(name: Option<&str>) -> Result<(), Fault> {
    match name {
        None | Some("SYMMETRIC_DEFAULT") => Ok(()),
        Some(other) => Err(Fault::new(Code::InvalidKeyUsageException)
            .message(format!("EncryptionAlgorithm {other} is not valid for this key."))),
    }
}
