//! Properties of the sealed format over many inputs, and a second opinion on GCM.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead as _};
use bytes::{Bytes, BytesMut};
use kms_core::base::{Aead, Algorithm, DataKey, SecretBytes};
use kms_core::sealed::{
    BlobId, BlobKey, Checksum, Commitment, MAX_PARTS, Manifest, Opener, Part, SEGMENT_LEN, Salt,
    SealedError, Sealer, Span, WriteId, owned, plain_len, sealed_len,
};
use proptest::prelude::*;
use proptest::sample::Index;

fn key(algorithm: Algorithm) -> BlobKey {
    let data_key = DataKey::new(SecretBytes::copy_from(&[7; 32]));
    BlobKey::derive(&data_key, algorithm, &WriteId([1; 16]), &Salt([2; 32])).unwrap().0
}

fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 31 + i / 256) as u8).collect()
}

/// Seals `plain`, pushed in pieces that end at `cuts`.
fn seal(algorithm: Algorithm, plain: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut sealer = Sealer::new(key(algorithm), None);
    let mut sealed = Vec::new();
    for mut rest in split(plain, cuts) {
        while let Some(piece) = sealer.push(&mut rest).unwrap() {
            sealed.extend_from_slice(&piece);
        }
    }
    sealed.extend_from_slice(&sealer.finish().unwrap());
    sealed
}

/// Opens `span`, whose bytes arrive in pieces that end at `cuts`.
fn open(
    algorithm: Algorithm,
    span: Span,
    sealed: &[u8],
    cuts: &[usize],
) -> Result<Vec<u8>, SealedError> {
    let mut opener = Opener::new(key(algorithm), span);
    let mut plain = Vec::new();
    for piece in split(sealed, cuts) {
        let mut piece = BytesMut::from(piece);
        while let Some(opened) = opener.push(&mut piece)? {
            assert!(!opened.is_empty());
            plain.extend_from_slice(&opened);
        }
        assert!(piece.is_empty());
    }
    opener.finish()?;
    Ok(plain)
}

fn split<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| (*cut).min(bytes.len())).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(ends).map(|(start, end)| &bytes[start..end]).collect()
}

fn sizes() -> impl Strategy<Value = usize> {
    let edges = (0..=4usize, -2..=2isize)
        .prop_map(|(segments, off)| (segments * SEGMENT_LEN).saturating_add_signed(off));
    prop_oneof![edges, 0..5 * SEGMENT_LEN, Just(17 * SEGMENT_LEN + 3)]
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..5 * SEGMENT_LEN, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_of_the_input_gives_the_same_bytes(len in sizes(), cuts in cuts()) {
        let plain = plaintext(len);
        let sealed = seal(Algorithm::Aes256Gcm, &plain, &cuts);
        prop_assert_eq!(sealed_len(len as u64), Some(sealed.len() as u64));
        prop_assert_eq!(plain_len(sealed.len() as u64), Ok(len as u64));
        prop_assert!(sealed == seal(Algorithm::Aes256Gcm, &plain, &[]));
    }

    #[test]
    fn any_range_in_any_pieces_opens_to_the_same_slice(
        len in sizes(), a in any::<Index>(), b in any::<Index>(), cuts in cuts()
    ) {
        let (a, b) = (a.index(len + 1), b.index(len + 1));
        let (a, b) = (a.min(b), a.max(b));
        let plain = plaintext(len);
        let sealed = seal(Algorithm::Aes256Gcm, &plain, &[]);
        let span = Span::of(len as u64, a as u64..b as u64).unwrap();
        let stored = &sealed[span.sealed.start as usize..span.sealed.end as usize];
        let opened = open(Algorithm::Aes256Gcm, span, stored, &cuts).unwrap();
        prop_assert!(opened == plain[a..b]);
    }

    #[test]
    fn any_flipped_bit_is_refused(
        sm4 in any::<bool>(), len in 0..3000usize, at in any::<Index>(), bit in 0..8u8
    ) {
        let algorithm = if sm4 { Algorithm::Sm4Gcm } else { Algorithm::Aes256Gcm };
        let mut sealed = seal(algorithm, &plaintext(len), &[]);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        let span = Span::whole(len as u64).unwrap();
        prop_assert_eq!(open(algorithm, span, &sealed, &[]), Err(SealedError::Tampered));
    }

    #[test]
    fn any_cut_tail_is_refused(len in sizes(), keep in any::<Index>(), cuts in cuts()) {
        let sealed = seal(Algorithm::Aes256Gcm, &plaintext(len), &[]);
        let kept = &sealed[..keep.index(sealed.len())];
        let span = Span::whole(len as u64).unwrap();
        let refused = open(Algorithm::Aes256Gcm, span, kept, &cuts);
        prop_assert_eq!(refused, Err(SealedError::Truncated));
    }

    /// With `aes-gcm` as the second opinion, since AWS-LC does the production work.
    #[test]
    fn aes_of_both_libraries_is_equal(
        key in any::<[u8; 32]>(), nonce in any::<[u8; 12]>(),
        text in prop::collection::vec(any::<u8>(), 0..5000)
    ) {
        let expected = Aes256Gcm::new(&key.into()).encrypt(&nonce.into(), &text[..]).unwrap();
        let aead = Aead::new(Algorithm::Aes256Gcm, &key).unwrap();
        let mut sealed = text.clone();
        let tag = aead.seal_in_place(&nonce, &[], &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
        prop_assert_eq!(&sealed, &expected);
        let opened = aead.open_in_place(&nonce, &[], &mut sealed).unwrap();
        prop_assert_eq!(&*opened, &text[..]);
    }

    #[test]
    fn located_parts_cover_any_range_once(
        lens in prop::collection::vec(0..50u64, 1..20), a in 0..600u64, b in 0..600u64
    ) {
        let manifest = manifest(&lens);
        let (a, b) = (a.min(b), a.max(b));
        let bytes: Vec<_> = (1..)
            .zip(&lens)
            .flat_map(|(number, len)| (0..*len).map(move |at| (number, at)))
            .collect();
        let end = bytes.len().min(b as usize);
        let expected = &bytes[end.min(a as usize)..end];
        let located: Vec<_> = manifest
            .locate(a..b)
            .flat_map(|piece| piece.plain.map(move |at| (piece.part.number, at)))
            .collect();
        prop_assert_eq!(located, expected);
        prop_assert_eq!(manifest.plain_len(), lens.iter().sum::<u64>());
    }
}

#[test]
fn bytes_behind_the_span_are_refused() {
    let mut sealed = seal(Algorithm::Aes256Gcm, b"text", &[]);
    sealed.push(0);
    let span = Span::whole(4).unwrap();
    assert_eq!(open(Algorithm::Aes256Gcm, span, &sealed, &[]), Err(SealedError::Tampered));
}

#[test]
fn a_refused_blob_stays_refused_and_leaves_no_byte() {
    let good = BytesMut::from(&seal(Algorithm::Sm4Gcm, b"text", &[])[..]);
    let mut bad = good.clone();
    bad[0] ^= 1;
    let mut opener = Opener::new(key(Algorithm::Sm4Gcm), Span::whole(4).unwrap());
    assert_eq!(opener.push(&mut bad), Err(SealedError::Tampered));
    assert!(bad.is_empty());
    assert_eq!(opener.push(&mut good.clone()), Err(SealedError::Tampered));
    assert_eq!(opener.finish(), Err(SealedError::Tampered));
}

#[test]
fn a_segment_opens_where_it_arrived_when_the_buffer_is_unshared() {
    let stored = Bytes::from(seal(Algorithm::Aes256Gcm, &plaintext(SEGMENT_LEN), &[]));
    let place = stored.as_ptr();
    let span = Span::whole(SEGMENT_LEN as u64).unwrap();
    let mut opener = Opener::new(key(Algorithm::Aes256Gcm), span);
    let opened = opener.push(&mut owned(stored)).unwrap().unwrap();
    assert_eq!(opened.as_ptr(), place);
}

#[test]
fn parts_out_of_order_or_absent_make_no_manifest() {
    let part = |number| Part { number, ..manifest(&[1]).parts()[0] };
    assert_eq!(Manifest::new(vec![]), Err(SealedError::Tampered));
    for numbers in [[0, 1], [2, 1], [1, 1]] {
        assert_eq!(Manifest::new(numbers.map(part).to_vec()), Err(SealedError::Tampered));
    }
    let many = (1..=MAX_PARTS as u32 + 1).map(part).collect();
    assert_eq!(Manifest::new(many), Err(SealedError::TooLong));
    let long = Part { plain_len: u64::MAX, ..part(1) };
    assert_eq!(Manifest::new(vec![long]), Err(SealedError::TooLong));
}

fn manifest(lens: &[u64]) -> Manifest {
    let parts = (1..).zip(lens).map(|(number, len)| Part {
        number,
        blob: BlobId([3; 16]),
        plain_len: *len,
        salt: Salt([4; 32]),
        commitment: Commitment([5; 32]),
        etag_md5: [6; 16],
        checksum: Checksum::new(1, &[8; 32]).ok(),
    });
    Manifest::new(parts.collect()).unwrap()
}

#[test]
#[ignore = "a measurement: cargo test --release -p kms-core --test sealed -- --ignored --nocapture"]
fn throughput() {
    for (algorithm, mebibytes) in [(Algorithm::Aes256Gcm, 2048), (Algorithm::Sm4Gcm, 64)] {
        let begin = cpu_seconds();
        seal_mebibytes(algorithm, mebibytes, drop);
        println!("seal {algorithm:?}: {}", rate(mebibytes, begin));

        let mut pieces = Vec::new();
        seal_mebibytes(algorithm, mebibytes / 8, |piece| pieces.push(piece));
        let len = (mebibytes as u64 / 8) << 20;
        let mut opener = Opener::new(key(algorithm), Span::whole(len).unwrap());
        let begin = cpu_seconds();
        for piece in pieces {
            let mut sealed = owned(piece);
            while opener.push(&mut sealed).unwrap().is_some() {}
        }
        println!("open {algorithm:?}: {}", rate(mebibytes / 8, begin));
        opener.finish().unwrap();
    }
    let record = manifest(&[5 << 20; MAX_PARTS]).encode();
    let begin = cpu_seconds();
    assert_eq!(Manifest::decode(&record).unwrap().parts().len(), MAX_PARTS);
    println!("decode a manifest of {MAX_PARTS} parts: {:.6} s", cpu_seconds() - begin);
}

fn seal_mebibytes(algorithm: Algorithm, mebibytes: usize, mut take: impl FnMut(Bytes)) {
    let plain = plaintext(1 << 20);
    let mut sealer = Sealer::new(key(algorithm), None);
    for _ in 0..mebibytes {
        let mut rest = &plain[..];
        while let Some(piece) = sealer.push(&mut rest).unwrap() {
            take(piece);
        }
    }
    take(sealer.finish().unwrap());
}

/// Time of this thread on a processor: a busy machine does not change it.
fn cpu_seconds() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: f64 = schedstat.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1e9
}

fn rate(mebibytes: usize, begin: f64) -> String {
    let rate = (mebibytes << 20) as f64 / (cpu_seconds() - begin) / 1e9;
    format!("{rate:.2} GB/s of processor time")
}
