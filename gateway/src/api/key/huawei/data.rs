//! encrypt-data, decrypt-data and re-encrypt. Plaintexts are texts, ciphertexts
//! base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::kms::ReEncrypt as Wanted;
use policy::Action;
use serde_json::json;
use zeroize::Zeroizing;

use super::super::asked::{Asked, invalid};
use super::super::call::{HuaweiCall, Service};
use super::json_reply;
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// encrypt-data.
pub struct EncryptData;
/// decrypt-data.
pub struct DecryptData;
/// re-encrypt.
pub struct ReEncrypt;

impl HuaweiCall for EncryptData {
    const NAME: &'static str = "encrypt-data";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, context) = (asked.key_ref("key_id")?, asked.context("")?);
        check_algorithm(asked, "encryption_algorithm")?;
        let plain = asked.needed("plain_text")?.as_bytes();
        if plain.len() > 4096 {
            return Err(Code::Kms2101.into());
        }
        let made = service.kms.encrypt(&service.caller, &key, plain, &context).await;
        let made = made.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({
            "key_id": made.key.id.to_string(),
            "cipher_text": STANDARD.encode(&made.ciphertext),
        })))
    }
}

impl HuaweiCall for DecryptData {
    const NAME: &'static str = "decrypt-data";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let context = asked.context("")?;
        check_algorithm(asked, "encryption_algorithm")?;
        let key = match asked.text("key_id")? {
            None | Some("") => None,
            Some(_) => Some(asked.key_ref("key_id")?),
        };
        let sealed = sealed(asked.needed("cipher_text")?)?;
        let (caller, action) = (&service.caller, Action::KmsCmkDecrypt);
        let opened = service.kms.decrypt_as(caller, action, key.as_ref(), &sealed, &context).await;
        let opened = opened.map_err(huawei_key_fault)?;
        let plain = opened.plaintext.expose();
        let text = Zeroizing::new(String::from_utf8_lossy(plain).into_owned());
        let base64 = Zeroizing::new(STANDARD.encode(plain));
        Ok(json_reply(&json!({
            "key_id": opened.key.id.to_string(),
            "plain_text": *text,
            "plain_text_base64": *base64,
        })))
    }
}

impl HuaweiCall for ReEncrypt {
    const NAME: &'static str = "re-encrypt";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        check_algorithm(asked, "source_encryption_algorithm")?;
        check_algorithm(asked, "destination_encryption_algorithm")?;
        let source = match asked.text("source_key_id")? {
            None | Some("") => None,
            Some(_) => Some(asked.key_ref("source_key_id")?),
        };
        // A wrapped data key is in hex, and says so by its length field.
        let is_data_key = asked.number("datakey_cipher_length", Code::Kms2204)?.is_some();
        let text = asked.needed("cipher_text")?;
        let ciphertext = match is_data_key {
            true => hex::decode(text).map_err(|_| Fault::new(Code::Kms2201))?,
            false => sealed(text)?,
        };
        let wanted = Wanted {
            ciphertext: &ciphertext,
            source: source.as_ref(),
            source_context: &asked.context("source_")?,
            destination: &asked.key_ref("destination_key_id")?,
            destination_context: &asked.context("destination_")?,
        };
        let done = service.kms.re_encrypt(&service.caller, wanted).await;
        let done = done.map_err(huawei_key_fault)?;
        let cipher_text = match is_data_key {
            true => hex::encode_upper(&done.made.ciphertext),
            false => STANDARD.encode(&done.made.ciphertext),
        };
        Ok(json_reply(&json!({
            "key_id": done.made.key.id.to_string(),
            "source_key_id": done.source.id.to_string(),
            "source_encryption_algorithm": "SYMMETRIC_DEFAULT",
            "destination_encryption_algorithm": "SYMMETRIC_DEFAULT",
            "cipher_text": cipher_text,
        })))
    }
}

/// Errors: `KMS.2201`.
fn sealed(text: &str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(text).map_err(|_| Code::Kms2201.into())
}

/// Symmetric keys know one algorithm. Errors: `KMS.0332`, `KMS.0308`.
fn check_algorithm(asked: &Asked, field: &str) -> Result<(), Fault> {
    match asked.text(field)? {
        None | Some("" | "SYMMETRIC_DEFAULT") => Ok(()),
        Some("RSAES_OAEP_SHA_256" | "RSAES_OAEP_SHA_1" | "SM2_ENCRYPT") => {
            Err(Code::Kms0332.into())
        }
        Some(_) => Err(invalid(field)),
    }
}
