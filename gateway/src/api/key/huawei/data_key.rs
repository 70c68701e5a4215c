//! create-datakey, encrypt-datakey and decrypt-datakey. Keys travel in upper-case
//! hex, with a digest behind them on the way in and beside them on the way out:
//! SHA-256, or SM3 where the key is an SM4 one.

use kms_core::base::DataKey;
use kms_core::key::KeySpec;
use policy::Action;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use zeroize::Zeroizing;

use super::super::asked::{Asked, missing};
use super::super::call::{HuaweiCall, Service};
use super::json_reply;
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};
use crate::stream::Body;

/// Length of either digest in bytes.
const DIGEST_LEN: usize = 32;

/// create-datakey.
pub struct CreateDatakey;
/// create-datakey-without-plaintext.
pub struct CreateDatakeyWithoutPlaintext;
/// encrypt-datakey.
pub struct EncryptDatakey;
/// decrypt-datakey.
pub struct DecryptDatakey;

impl HuaweiCall for CreateDatakey {
    const NAME: &'static str = "create-datakey";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, len, context) = (asked.key_ref("key_id")?, length(asked)?, asked.context("")?);
        let made = service.kms.generate_data_key(&service.caller, &key, len, &context).await;
        let made = made.map_err(huawei_key_fault)?;
        let plain = Zeroizing::new(hex::encode_upper(DataKey::expose(&made.plaintext)));
        let cipher = hex::encode_upper(&made.ciphertext);
        let id = made.key.id;
        Ok(secret_reply(&format!(
            r#"{{"key_id":"{id}","plain_text":"{}","cipher_text":"{cipher}"}}"#,
            *plain
        )))
    }
}

impl HuaweiCall for CreateDatakeyWithoutPlaintext {
    const NAME: &'static str = "create-datakey-without-plaintext";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, len, context) = (asked.key_ref("key_id")?, length(asked)?, asked.context("")?);
        let (kms, caller) = (service.kms, &service.caller);
        let made = kms.generate_data_key_without_plaintext(caller, &key, len, &context).await;
        let made = made.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({
            "key_id": made.key.id.to_string(),
            "cipher_text": hex::encode_upper(&made.ciphertext),
        })))
    }
}

impl HuaweiCall for EncryptDatakey {
    const NAME: &'static str = "encrypt-datakey";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, context) = (asked.key_ref("key_id")?, asked.context("")?);
        let bytes = plain_text(asked)?;
        let len = asked.number("datakey_plain_length", Code::Kms2104)?;
        let len = len.ok_or_else(|| missing("datakey_plain_length"))?;
        if !(1..=1024).contains(&len) {
            return Err(Code::Kms2104.into());
        }
        let split = bytes.len().checked_sub(DIGEST_LEN).filter(|split| *split as u64 == len);
        let split = split.ok_or(Code::Kms2104)?;
        let (plain, digest) = bytes.split_at_checked(split).ok_or(Code::Kms2104)?;
        let (kms, caller) = (service.kms, &service.caller);
        if digest != digest_of(KeySpec::Aes256, plain) && digest != digest_of(KeySpec::Sm4, plain) {
            return Err(Code::Kms2103.into());
        }
        let made = kms.encrypt_as(caller, Action::KmsDekEncrypt, &key, plain, &context).await;
        let made = made.map_err(huawei_key_fault)?;
        // Which digest it had to be is known with the key alone.
        if digest != digest_of(made.key.spec, plain) {
            return Err(Code::Kms2103.into());
        }
        Ok(json_reply(&json!({
            "key_id": made.key.id.to_string(),
            "cipher_text": hex::encode_upper(&made.ciphertext),
            "datakey_length": plain.len().to_string(),
        })))
    }
}

impl HuaweiCall for DecryptDatakey {
    const NAME: &'static str = "decrypt-datakey";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, context) = (asked.key_ref("key_id")?, asked.context("")?);
        let sealed = hex::decode(asked.needed("cipher_text")?).map_err(|_| Code::Kms2201)?;
        let len = asked.number("datakey_cipher_length", Code::Kms2204)?;
        let len = len.ok_or_else(|| missing("datakey_cipher_length"))?;
        let (kms, caller, action) = (service.kms, &service.caller, Action::KmsDekDecrypt);
        let opened = kms.decrypt_as(caller, action, Some(&key), &sealed, &context).await;
        let opened = opened.map_err(huawei_key_fault)?;
        let plain = opened.plaintext.expose();
        if plain.len() as u64 != len {
            return Err(Code::Kms2204.into());
        }
        let text = Zeroizing::new(hex::encode_upper(plain));
        let digest = hex::encode_upper(digest_of(opened.key.spec, plain));
        Ok(secret_reply(&format!(
            r#"{{"data_key":"{}","datakey_length":"{}","datakey_dgst":"{digest}"}}"#,
            *text,
            plain.len()
        )))
    }
}

/// A document that holds a key, which a JSON tree would leave behind in memory.
fn secret_reply(document: &str) -> Reply {
    let body = Body::full(document.to_owned());
    Reply::ok().with("content-type", "application/json").body(body)
}

/// How many bytes are wanted. Errors: `KMS.1901`, `KMS.1902`, `KMS.1903`.
fn length(asked: &Asked) -> Result<usize, Fault> {
    if let Some(bits) = asked.number("datakey_length", Code::Kms1901)? {
        return match bits {
            8..=8192 if bits % 8 == 0 => Ok(usize::try_from(bits / 8).unwrap_or(0)),
            8..=8192 => Err(Code::Kms1903.into()),
            _ => Err(Code::Kms1901.into()),
        };
    }
    match asked.text("key_spec")? {
        None | Some("" | "AES_256" | "HMAC_256" | "HMAC_SM3") => Ok(32),
        Some("AES_128" | "SM4") => Ok(16),
        Some("HMAC_384") => Ok(48),
        Some("HMAC_512") => Ok(64),
        Some(_) => Err(Code::Kms1902.into()),
    }
}

/// Key and digest; a space may stand between them. Errors: `KMS.2101`.
fn plain_text(asked: &Asked) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let text = match asked.value("plain_text") {
        Some(Value::String(text)) => text,
        Some(_) => return Err(Code::Kms2101.into()),
        None => return Err(missing("plain_text")),
    };
    let text: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| *c != ' ').collect());
    hex::decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| Code::Kms2101.into())
}

fn digest_of(spec: KeySpec, plain: &[u8]) -> [u8; DIGEST_LEN] {
    match spec {
        KeySpec::Aes256 => Sha256::digest(plain).into(),
        KeySpec::Sm4 => Sm3::digest(plain).into(),
    }
}
