//! ReEncrypt and GenerateRandom (KMS API reference).

use kms_core::kms::{EncryptionContext, ReEncrypt as Wanted};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::call::{AwsCall, Service};
use super::encrypt::check_algorithm;
use super::generate_data_key::key_arn;
use super::{blob, json, key_ref, refuse_dry_run, text};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Wraps a ciphertext anew under another key or context.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReEncrypt {
    ciphertext_blob: String,
    source_key_id: Option<String>,
    source_encryption_context: Option<EncryptionContext>,
    source_encryption_algorithm: Option<String>,
    destination_key_id: String,
    destination_encryption_context: Option<EncryptionContext>,
    destination_encryption_algorithm: Option<String>,
    dry_run: Option<bool>,
}

/// Random bytes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GenerateRandom {
    number_of_bytes: Option<usize>,
    custom_key_store_id: Option<String>,
    recipient: Option<serde_json::Value>,
}

impl AwsCall for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            ciphertext_blob: String,
            source_key_id: String,
            key_id: String,
            source_encryption_algorithm: &'static str,
            destination_encryption_algorithm: &'static str,
        }
        refuse_dry_run(self.dry_run)?;
        check_algorithm(self.source_encryption_algorithm.as_deref())?;
        check_algorithm(self.destination_encryption_algorithm.as_deref())?;
        let source = self.source_key_id.as_deref().map(key_ref).transpose()?;
        let wanted = Wanted {
            ciphertext: &blob(&self.ciphertext_blob)?,
            source: source.as_ref(),
            source_context: &self.source_encryption_context.unwrap_or_default(),
            destination: &key_ref(&self.destination_key_id)?,
            destination_context: &self.destination_encryption_context.unwrap_or_default(),
        };
        let done = service.kms.re_encrypt(&service.caller, wanted).await.map_err(aws_key_fault)?;
        Ok(json(&Answer {
            ciphertext_blob: text(&done.made.ciphertext),
            source_key_id: key_arn(&done.source),
            key_id: key_arn(&done.made.key),
            source_encryption_algorithm: "SYMMETRIC_DEFAULT",
            destination_encryption_algorithm: "SYMMETRIC_DEFAULT",
        }))
    }
}

impl AwsCall for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer<'a> {
            plaintext: &'a str,
        }
        if self.custom_key_store_id.is_some() || self.recipient.is_some() {
            return Err(Fault::new(Code::UnsupportedOperationException)
                .message("CustomKeyStoreId and Recipient are not supported."));
        }
        let len = self.number_of_bytes.ok_or_else(|| {
            Fault::new(Code::ValidationException).message("NumberOfBytes is needed (1 to 1024).")
        })?;
        let random = service.kms.generate_random(&service.caller, len).await;
        let random = random.map_err(aws_key_fault)?;
        let plaintext = Zeroizing::new(text(random.expose()));
        Ok(json(&Answer { plaintext: &plaintext }))
    }
}
