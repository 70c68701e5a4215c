//! Imported material: only what the owner meant, only where he meant it.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
};
use kms_core::key::{KeyOrigin, KeyRef, KeySpec};
use kms_core::kms::{
    ImportMaterial, ImportParameters, ImportRefusal, KmsError, ObjectAccess, WrappingAlgorithm,
    WrappingKeySpec,
};

use crate::world::{ALICE, NO_CONTEXT, World, named, object, root};

async fn parameters(world: &World, by: &KeyRef, algorithm: WrappingAlgorithm) -> ImportParameters {
    let spec = WrappingKeySpec::Rsa2048;
    world.kms.parameters_for_import(&root(ALICE), by, algorithm, spec).await.unwrap()
}

/// What a client sends.
fn wrapped(wanted: &ImportParameters, algorithm: WrappingAlgorithm, material: &[u8]) -> Vec<u8> {
    let key = PublicEncryptingKey::from_der(&wanted.public_key).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let oaep = |algorithm, text: &[u8]| {
        let mut sealed = vec![0; key.ciphertext_size()];
        key.encrypt(algorithm, text, &mut sealed, None).unwrap().to_vec()
    };
    match algorithm {
        WrappingAlgorithm::RsaesOaepSha256 => oaep(&OAEP_SHA256_MGF1SHA256, material),
        WrappingAlgorithm::RsaesOaepSha1 => oaep(&OAEP_SHA1_MGF1SHA1, material),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => {
            let kek = [7; 32];
            let mut sealed = vec![0; material.len() + 16];
            let inner = AesKek::new(&AES_256, &kek).unwrap();
            let inner = inner.wrap_with_padding(material, &mut sealed).unwrap().to_vec();
            [oaep(&OAEP_SHA256_MGF1SHA256, &kek), inner].concat()
        }
    }
}

async fn import(world: &World, by: &KeyRef, material: &[u8], expires_ms: Option<u64>) -> String {
    let algorithm = WrappingAlgorithm::RsaesOaepSha256;
    let wanted = parameters(world, by, algorithm).await;
    let encrypted = wrapped(&wanted, algorithm, material);
    let import =
        ImportMaterial { token: &wanted.token, encrypted: &encrypted, expires_ms, reimport: true };
    let imported = world.kms.import_key_material(&root(ALICE), by, import).await;
    imported.map_or_else(|error| error.to_string(), |key| key.state.name().to_owned())
}

async fn external(world: &World, spec: KeySpec) -> KeyRef {
    named(&world.key_of(ALICE, spec, KeyOrigin::External).await)
}

#[tokio::test]
async fn material_comes_in_under_every_wrapping_algorithm_for_both_specs() {
    let (world, alice) = (World::new().await, root(ALICE));
    for (spec, len) in [(KeySpec::Aes256, 32), (KeySpec::Sm4, 16)] {
        for algorithm in WrappingAlgorithm::ALL {
            let by = external(&world, spec).await;
            let wanted = parameters(&world, &by, algorithm).await;
            let encrypted = wrapped(&wanted, algorithm, &vec![9; len]);
            let import = ImportMaterial {
                token: &wanted.token,
                encrypted: &encrypted,
                expires_ms: None,
                reimport: false,
            };
            let key = world.kms.import_key_material(&alice, &by, import).await.unwrap();
            assert_eq!(key.state.name(), "Enabled");
            let sealed = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await.unwrap();
            assert!(world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await.is_ok());
            let again = world.kms.import_key_material(&alice, &by, import).await;
            assert_eq!(again.unwrap_err(), KmsError::Import(ImportRefusal::NotPending));
        }
    }
}

#[tokio::test]
async fn an_object_is_unreadable_without_its_material_and_readable_after_reimport() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = external(&world, KeySpec::Aes256).await;
    assert_eq!(import(&world, &by, &[1; 32], None).await, "Enabled");
    let target = object(b"o");
    let made = world.kms.object_data_key(&alice, Some(&by), &target).await.unwrap();
    let made = made.settle().await.unwrap();
    let open = async || {
        let access = ObjectAccess::Read;
        let opened = world.kms.object_open_key(&alice, &made.ciphertext, &target, access).await;
        opened.map_or_else(|error| error.kind(), |_| "ok")
    };
    assert_eq!(open().await, "ok");
    let key = world.kms.delete_imported_key_material(&alice, &by).await.unwrap();
    assert_eq!(key.state.name(), "PendingImport");
    assert_eq!(open().await, "PendingImport", "nothing of it is cached");
    let differs = ImportRefusal::OtherMaterial.to_string();
    assert!(import(&world, &by, &[2; 32], None).await.contains(&differs));
    assert_eq!(import(&world, &by, &[1; 32], None).await, "Enabled");
    assert_eq!(open().await, "ok");
}

#[tokio::test]
async fn material_expires_by_itself() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key_of(ALICE, KeySpec::Aes256, KeyOrigin::External).await;
    let by = named(&key);
    let past = ImportRefusal::ExpiryPast.to_string();
    assert!(import(&world, &by, &[1; 32], Some(key.created_ms)).await.contains(&past));
    let at = key.created_ms + 60_000;
    assert_eq!(import(&world, &by, &[1; 32], Some(at)).await, "Enabled");
    assert_eq!(world.kms.run_due().await.unwrap().expired, 0);
    world.pass_ms(60_000);
    assert_eq!(world.kms.run_due().await.unwrap().expired, 1);
    let refused = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await;
    assert_eq!(refused.unwrap_err(), KmsError::PendingImport(key.id));
}

#[tokio::test]
async fn a_token_is_good_for_its_key_and_a_day_and_the_material_for_its_wrapping_key() {
    let (world, alice) = (World::new().await, root(ALICE));
    let algorithm = WrappingAlgorithm::RsaesOaepSha256;
    let (one, two) =
        (external(&world, KeySpec::Aes256).await, external(&world, KeySpec::Aes256).await);
    let (first, second) =
        (parameters(&world, &one, algorithm).await, parameters(&world, &one, algorithm).await);
    let material = wrapped(&first, algorithm, &[1; 32]);
    let refused = async |by: &KeyRef, token: &[u8], encrypted: &[u8]| {
        let import = ImportMaterial { token, encrypted, expires_ms: None, reimport: true };
        match world.kms.import_key_material(&alice, by, import).await {
            Err(KmsError::Import(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&two, &first.token, &material).await, ImportRefusal::OtherKey);
    assert_eq!(refused(&one, &second.token, &material).await, ImportRefusal::Unwrap);
    assert_eq!(refused(&one, b"short", &material).await, ImportRefusal::Token);
    let mut changed = first.token.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&one, &changed, &material).await, ImportRefusal::Token);
    // The id in front is not secret: exchanging it must not help.
    let mut stolen = first.token.clone();
    stolen[..16].copy_from_slice(&second_id(&world, &two).await);
    assert_eq!(refused(&two, &stolen, &material).await, ImportRefusal::Token);
    let short = wrapped(&first, algorithm, &[1; 31]);
    assert_eq!(refused(&one, &first.token, &short).await, ImportRefusal::Length);
    world.pass_ms(86_400_000);
    assert_eq!(refused(&one, &first.token, &material).await, ImportRefusal::TokenExpired);
}

async fn second_id(world: &World, by: &KeyRef) -> [u8; 16] {
    let key = world.kms.describe_key(&root(ALICE), by).await.unwrap();
    key.id.uuid().into_bytes()
}
