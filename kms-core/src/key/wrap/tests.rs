//! The layout against its vectors, and what it prevents.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// A vector file, parsed.
struct Vector {
    material: SecretBytes,
    name: KeyName,
    salt: [u8; SALT_LEN],
    context: OwnedContext,
    plaintext: Vec<u8>,
    blob: Vec<u8>,
}

/// A context whose fields live here.
#[derive(Default)]
struct OwnedContext {
    json: Value,
    bytes: BTreeMap<&'static str, Vec<u8>>,
    pairs: BTreeMap<String, String>,
    write_id: [u8; 16],
}

impl OwnedContext {
    fn parse(json: &Value) -> Self {
        let mut context = Self { json: json.clone(), ..Self::default() };
        for name in ["bucket_id", "object_key"] {
            context.bytes.insert(name, unhex(&json[name]));
        }
        if let Ok(write_id) = unhex(&json["write_id"]).try_into() {
            context.write_id = write_id;
        }
        let pairs = json.get("client_context").or(json.get("encryption_context"));
        for (name, value) in pairs.and_then(Value::as_object).into_iter().flatten() {
            context.pairs.insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        context
    }

    fn borrow(&self) -> WrapContext<'_> {
        let text = |name: &str| self.json[name].as_str().unwrap();
        let number = |name: &str| self.json[name].as_u64().unwrap();
        let key_version = || u32::try_from(number("key_version")).unwrap();
        match text("purpose") {
            "object" => WrapContext::Object {
                data_format: u8::try_from(number("data_format")).unwrap(),
                data_algorithm: algorithm(text("data_algorithm")),
                bucket_id: &self.bytes["bucket_id"],
                object_key: &self.bytes["object_key"],
                write_id: &self.write_id,
                client_context: &self.pairs,
            },
            "api" => WrapContext::Api { encryption_context: &self.pairs },
            "key-material" => WrapContext::KeyMaterial {
                key_id: uuid(&self.json["key_id"]),
                key_version: key_version(),
                spec: text("spec"),
            },
            "secret" => WrapContext::Secret {
                table: text("table"),
                row: text("row"),
                column: text("column"),
            },
            "service-key" => WrapContext::ServiceKey {
                purpose: text("name"),
                key_id: uuid(&self.json["key_id"]),
                version: key_version(),
            },
            other => panic!("no purpose {other}"),
        }
    }
}

impl Vector {
    fn read(path: &Path) -> Self {
        let json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        Self {
            material: SecretBytes::copy_from(&unhex(&json["material"])),
            name: KeyName {
                id: uuid(&json["key_id"]),
                version: u32::try_from(json["key_version"].as_u64().unwrap()).unwrap(),
                algorithm: algorithm(json["algorithm"].as_str().unwrap()),
            },
            salt: unhex(&json["salt"]).try_into().unwrap(),
            context: OwnedContext::parse(&json["context"]),
            plaintext: unhex(&json["plaintext"]),
            blob: unhex(&json["blob"]),
        }
    }

    fn key(&self) -> WrapKey<'_> {
        WrapKey::Software { material: &self.material }
    }

    async fn open_as(&self, context: &WrapContext<'_>) -> Result<SecretBytes, WrapError> {
        unwrap(self.key(), self.name, context, &self.blob).await
    }
}

fn vectors() -> Vec<(PathBuf, Vector)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/wrapped");
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let all: Vec<_> = json.map(|path| (path.clone(), Vector::read(&path))).collect();
    assert!(all.len() >= 7, "the vectors are missing");
    all
}

fn unhex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap_or_default()).unwrap()
}

fn uuid(value: &Value) -> Uuid {
    Uuid::from_slice(&unhex(value)).unwrap()
}

fn algorithm(name: &str) -> Algorithm {
    match name {
        "AES-256-GCM" => Algorithm::Aes256Gcm,
        "SM4-GCM" => Algorithm::Sm4Gcm,
        other => panic!("no algorithm {other}"),
    }
}

#[tokio::test]
async fn every_vector_is_made_and_opened_as_specified() {
    for (path, v) in vectors() {
        let context = v.context.borrow();
        let made = wrap_salted(v.key(), v.name, &context, &v.plaintext, &v.salt).await.unwrap();
        assert_eq!(hex::encode(made), hex::encode(&v.blob), "{}", path.display());
        assert_eq!(v.open_as(&context).await.unwrap().expose(), v.plaintext);
        let header = WrappedHeader::parse(&v.blob).unwrap();
        assert_eq!(header, WrappedHeader { purpose: context.purpose(), key: v.name });
        assert_eq!(v.blob.len(), wrapped_len(v.plaintext.len()));
    }
}

#[tokio::test]
async fn a_ciphertext_of_one_purpose_never_opens_as_another() {
    let all = vectors();
    for (_, v) in &all {
        for (path, other) in &all {
            let context = other.context.borrow();
            if context.purpose() == v.context.borrow().purpose() {
                continue;
            }
            assert_eq!(v.open_as(&context).await.err(), Some(WrapError::Tampered), "{path:?}");
            // Nor when the purpose byte is rewritten to fit.
            let mut relabelled = v.blob.clone();
            relabelled[2] = context.purpose().number();
            let opened = unwrap(v.key(), v.name, &context, &relabelled).await;
            assert_eq!(opened.err(), Some(WrapError::Tampered), "{path:?}");
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_anywhere_is_refused() {
    for (path, v) in vectors().into_iter().filter(|(_, v)| v.blob.len() < 512) {
        for bit in 0..v.blob.len() * 8 {
            let mut blob = v.blob.clone();
            blob[bit / 8] ^= 1 << (bit % 8);
            let opened = unwrap(v.key(), v.name, &v.context.borrow(), &blob).await;
            assert!(opened.is_err(), "{} bit {bit}", path.display());
            // Nor when the caller follows the changed header to a key.
            let Ok(header) = WrappedHeader::parse(&blob) else {
                continue;
            };
            let opened = unwrap(v.key(), header.key, &v.context.borrow(), &blob).await;
            assert!(opened.is_err(), "{} bit {bit}", path.display());
        }
    }
}

#[tokio::test]
async fn a_cut_or_grown_blob_is_refused() {
    for (_, v) in vectors().into_iter().filter(|(_, v)| v.blob.len() < 512) {
        for len in 0..v.blob.len() {
            let opened = unwrap(v.key(), v.name, &v.context.borrow(), &v.blob[..len]).await;
            assert!(opened.is_err(), "{len} bytes");
        }
        let grown = [v.blob.as_slice(), &[0]].concat();
        assert!(unwrap(v.key(), v.name, &v.context.borrow(), &grown).await.is_err());
    }
}

#[tokio::test]
async fn a_blob_opens_in_its_own_place_only() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let v = Vector::read(&path.join("../tests/vectors/wrapped/object-aes.json"));
    let changes: [(&str, Value); 6] = [
        ("data_format", 2.into()),
        ("data_algorithm", "SM4-GCM".into()),
        ("bucket_id", "00".into()),
        ("object_key", "00".into()),
        ("write_id", "ff".repeat(16).into()),
        ("client_context", serde_json::json!({"team": "blue"})),
    ];
    for (field, value) in changes {
        let mut json = v.context.json.clone();
        json[field] = value;
        let context = OwnedContext::parse(&json);
        let opened = v.open_as(&context.borrow()).await;
        assert_eq!(opened.err(), Some(WrapError::Tampered), "{field}");
    }
}

#[tokio::test]
async fn another_key_or_version_is_refused() {
    let (_, v) = vectors().remove(0);
    let context = v.context.borrow();
    let version = KeyName { version: v.name.version ^ 1, ..v.name };
    let id = KeyName { id: Uuid::nil(), ..v.name };
    for name in [version, id] {
        let opened = unwrap(v.key(), name, &context, &v.blob).await;
        assert_eq!(opened.err(), Some(WrapError::OtherKey(v.name.id, v.name.version)));
    }
    let material = SecretBytes::copy_from(&[9; 32]);
    let opened = unwrap(WrapKey::Software { material: &material }, v.name, &context, &v.blob).await;
    assert_eq!(opened.err(), Some(WrapError::Tampered));
}

#[tokio::test]
async fn two_wraps_of_one_secret_share_no_salt_and_no_ciphertext() {
    let (_, v) = vectors().remove(0);
    let context = v.context.borrow();
    let one = wrap(v.key(), v.name, &context, &[7; 32]).await.unwrap();
    let two = wrap(v.key(), v.name, &context, &[7; 32]).await.unwrap();
    assert_eq!(one[..HEADER_LEN], two[..HEADER_LEN]);
    assert_ne!(one[HEADER_LEN..HEADER_LEN + SALT_LEN], two[HEADER_LEN..HEADER_LEN + SALT_LEN]);
    assert_ne!(one[HEADER_LEN + SALT_LEN..], two[HEADER_LEN + SALT_LEN..]);
}

#[tokio::test]
async fn a_secret_beyond_the_bound_is_not_wrapped() {
    let (_, v) = vectors().remove(0);
    let long = vec![0; MAX_PLAINTEXT_LEN + 1];
    let made = wrap(v.key(), v.name, &v.context.borrow(), &long).await;
    assert_eq!(made, Err(WrapError::TooLong));
}

proptest! {
    #[test]
    fn no_input_makes_the_parser_panic(blob in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = WrappedHeader::parse(&blob);
    }

    #[test]
    fn a_header_reads_back_as_written(id in any::<u128>(), version in any::<u32>()) {
        let key = KeyName { id: Uuid::from_u128(id), version, algorithm: Algorithm::Sm4Gcm };
        let header = WrappedHeader { purpose: Purpose::Api, key };
        let blob = [header.to_bytes(), vec![0; SALT_LEN + TAG_LEN]].concat();
        prop_assert_eq!(WrappedHeader::parse(&blob), Ok(header));
    }

    #[test]
    fn what_was_wrapped_opens_with_the_same_pairs_only(
        plaintext in proptest::collection::vec(any::<u8>(), 0..300),
        given in proptest::collection::btree_map(".{0,8}", ".{0,8}", 0..4),
        other in proptest::collection::btree_map(".{0,8}", ".{0,8}", 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let material = SecretBytes::copy_from(&[3; 32]);
        let key = WrapKey::Software { material: &material };
        let name = KeyName { id: Uuid::nil(), version: 1, algorithm: Algorithm::Aes256Gcm };
        let context = WrapContext::Api { encryption_context: &given };
        let blob = runtime.block_on(wrap(key, name, &context, &plaintext)).unwrap();
        let opened = runtime.block_on(unwrap(key, name, &context, &blob)).unwrap();
        prop_assert_eq!(opened.expose(), &plaintext);
        let elsewhere = WrapContext::Api { encryption_context: &other };
        let opened = runtime.block_on(unwrap(key, name, &elsewhere, &blob));
        prop_assert_eq!(opened.is_ok(), given == other);
    }
}
