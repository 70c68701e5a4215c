//! A scan of this process's memory finds neither a data key nor a key derived
//! from it once their owners are gone.
//!
//! The keys stand below inverted, so that what the scan finds is never the test
//! itself. Linux only: it reads `/proc/self/mem`. One test, since another one in
//! this process could hold a key at the wrong moment.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;

use bytes::BytesMut;
use kms_core::base::{Algorithm, DataKey, SecretBytes};
use kms_core::sealed::{BlobKey, Opener, Salt, SealedError, Sealer, Span, WriteId};
use zeroize::Zeroize;

/// The blob keys that `tests/vectors/sealed/decode.py` derives for [`data_key`]
/// and [`derive`], each byte inverted.
const AES_KEY_INVERTED: &str = "d8e04f07dbea222755ae53190677b55cc97daa19a44e4bc538275424fbe967f8";
const SM4_KEY_INVERTED: &str = "49b39bd60dcf70645f195a986b0c1c39";

#[test]
fn memory_holds_no_key_after_a_put_a_get_and_a_refusal() {
    let data_key_inverted: Vec<u8> = (0..32).map(|i| !data_key_byte(i)).collect();
    for (algorithm, key_inverted) in
        [(Algorithm::Aes256Gcm, AES_KEY_INVERTED), (Algorithm::Sm4Gcm, SM4_KEY_INVERTED)]
    {
        let key_inverted = hex::decode(key_inverted).unwrap();
        let owner = data_key();
        assert!(found(&data_key_inverted) > 0, "the scan sees a living key");
        let sealed = put(&owner, algorithm);
        get(&owner, algorithm, sealed.clone()).unwrap();
        let mut damaged = sealed;
        damaged[0] ^= 1;
        assert_eq!(get(&owner, algorithm, damaged), Err(SealedError::Tampered));
        drop(owner);
        assert_eq!(found(&data_key_inverted), 0, "data key, {algorithm:?}");
        assert_eq!(found(&key_inverted), 0, "derived key, {algorithm:?}");
    }
    let living = derive(&data_key(), Algorithm::Aes256Gcm);
    assert!(found(&hex::decode(AES_KEY_INVERTED).unwrap()) > 0, "the scan sees a living blob key");
    drop(living);
}

fn data_key_byte(i: u8) -> u8 {
    i.wrapping_mul(37).wrapping_add(11)
}

fn data_key() -> DataKey {
    let mut bytes = SecretBytes::zeroed(32);
    for (i, byte) in (0..).zip(bytes.expose_mut()) {
        *byte = data_key_byte(black_box(i));
    }
    DataKey::new(bytes)
}

fn derive(data_key: &DataKey, algorithm: Algorithm) -> BlobKey {
    BlobKey::derive(data_key, algorithm, &WriteId([0x21; 16]), &Salt([0x43; 32])).unwrap().0
}

fn put(data_key: &DataKey, algorithm: Algorithm) -> BytesMut {
    let mut sealer = Sealer::new(derive(data_key, algorithm), None);
    assert_eq!(sealer.push(&mut &[1; 200_000][..]), Ok(None));
    sealer.finish().unwrap().into()
}

fn get(data_key: &DataKey, algorithm: Algorithm, mut sealed: BytesMut) -> Result<(), SealedError> {
    let span = Span::whole(200_000).unwrap();
    let mut opener = Opener::new(derive(data_key, algorithm), span);
    while opener.push(&mut sealed)?.is_some() {}
    opener.finish()
}

/// How often the inverse of `inverted` lies in the writable memory of this process.
fn found(inverted: &[u8]) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let writable = maps.lines().filter(|line| line.contains(" rw"));
    let mut count = 0;
    for line in writable {
        let (range, _) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let start = u64::from_str_radix(start, 16).unwrap();
        let end = u64::from_str_radix(end, 16).unwrap();
        let mut region = vec![0; (end - start) as usize];
        if memory.read_exact_at(&mut region, start).is_ok() {
            let matches = |window: &&[u8]| window.iter().zip(inverted).all(|(a, b)| *a == !*b);
            count += region.windows(inverted.len()).filter(matches).count();
        }
        region.zeroize();
    }
    count
}
