//! Decrypt (KMS API reference).

use kms_core::key::KeyRef;
use kms_core::kms::{Decrypted, EncryptionContext};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::encrypt::check_algorithm;
use super::generate_data_key::key_arn;
use super::{blob, caller, json, key_ref, read, refuse_dry_run, text};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Opens a ciphertext of this service; the ciphertext names its key.
pub struct Decrypt {
    key: Option<KeyRef>,
    ciphertext: Vec<u8>,
    context: EncryptionContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    ciphertext_blob: String,
    key_id: Option<String>,
    encryption_context: Option<EncryptionContext>,
    encryption_algorithm: Option<String>,
    recipient: Option<serde_json::Value>,
    dry_run: Option<bool>,
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    type Output = Decrypted;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        refuse_dry_run(asked.dry_run)?;
        check_algorithm(asked.encryption_algorithm.as_deref())?;
        if asked.recipient.is_some() {
            return Err(Fault::new(Code::UnsupportedOperationException)
                .message("Recipient is not supported."));
        }
        Ok(Self {
            key: asked.key_id.as_deref().map(key_ref).transpose()?,
            ciphertext: blob(&asked.ciphertext_blob)?,
            context: asked.encryption_context.unwrap_or_default(),
        })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Decrypted, Fault> {
        let Self { key, ciphertext, context } = self;
        let kms = &work.gateway.kms;
        let opened = kms.decrypt(&caller(work)?, key.as_ref(), &ciphertext, &context).await;
        opened.map_err(aws_key_fault)
    }

    fn render(opened: Decrypted, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer<'a> {
            key_id: String,
            plaintext: &'a str,
            encryption_algorithm: &'static str,
        }
        let plaintext = Zeroizing::new(text(opened.plaintext.expose()));
        json(&Answer {
            key_id: key_arn(&opened.key),
            plaintext: &plaintext,
            encryption_algorithm: "SYMMETRIC_DEFAULT",
        })
    }
}
