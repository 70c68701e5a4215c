//! GenerateDataKey and GenerateDataKeyWithoutPlaintext (KMS API reference).

use kms_core::base::DataKey;
use kms_core::key::KeyRef;
use kms_core::kms::{Ciphertext, EncryptionContext, GeneratedKey, KeySummary};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{caller, json, key_ref, read, refuse_dry_run, text};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Makes a data key, in the clear and wrapped.
pub struct GenerateDataKey(Wanted);

/// Makes a data key, wrapped only.
pub struct GenerateDataKeyWithoutPlaintext(Wanted);

struct Wanted {
    key: KeyRef,
    len: usize,
    context: EncryptionContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: String,
    key_spec: Option<String>,
    number_of_bytes: Option<usize>,
    encryption_context: Option<EncryptionContext>,
    dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Generated<'a> {
    ciphertext_blob: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plaintext: Option<&'a str>,
    key_id: String,
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    type Output = GeneratedKey;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Wanted::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<GeneratedKey, Fault> {
        let Wanted { key, len, context } = self.0;
        let kms = &work.gateway.kms;
        let made = kms.generate_data_key(&caller(work)?, &key, len, &context).await;
        made.map_err(aws_key_fault)
    }

    fn render(made: GeneratedKey, _: &'static Dialect) -> Reply {
        let plaintext = Zeroizing::new(text(DataKey::expose(&made.plaintext)));
        json(&Generated {
            ciphertext_blob: text(&made.ciphertext),
            plaintext: Some(&plaintext),
            key_id: key_arn(&made.key),
        })
    }
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    type Output = Ciphertext;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Wanted::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Ciphertext, Fault> {
        let Wanted { key, len, context } = self.0;
        let kms = &work.gateway.kms;
        let caller = caller(work)?;
        let made = kms.generate_data_key_without_plaintext(&caller, &key, len, &context).await;
        made.map_err(aws_key_fault)
    }

    fn render(made: Ciphertext, _: &'static Dialect) -> Reply {
        json(&Generated {
            ciphertext_blob: text(&made.ciphertext),
            plaintext: None,
            key_id: key_arn(&made.key),
        })
    }
}

impl Wanted {
    fn parse(request: &Incoming) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        refuse_dry_run(asked.dry_run)?;
        let len = match (asked.key_spec.as_deref(), asked.number_of_bytes) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128" | "SM4"), None) => 16,
            (None, Some(len)) if (1..=1024).contains(&len) => len,
            _ => {
                return Err(Fault::new(Code::ValidationException).message(
                    "Give either KeySpec (AES_256, AES_128 or SM4) or NumberOfBytes (1 to 1024).",
                ));
            }
        };
        let context = asked.encryption_context.unwrap_or_default();
        Ok(Self { key: key_ref(&asked.key_id)?, len, context })
    }
}

/// The ARN of the key that did it.
pub fn key_arn(key: &KeySummary) -> String {
    format!("arn:aws:kms:{}:{}:key/{}", key.region, key.account_id, key.id)
}
