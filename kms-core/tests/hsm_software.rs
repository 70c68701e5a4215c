//! The software provider: the suite of all providers, and its file.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use kms_core::hsm::software::SoftwareHsm;
use kms_core::hsm::{Hsm, HsmError, conformance};

#[tokio::test]
async fn software_passes_the_conformance_suite() {
    let dir = tempfile::tempdir().unwrap();
    let hsm = SoftwareHsm::open(dir.path().join("root.key")).unwrap();
    assert!(!hsm.description().hardware);
    conformance::all(&hsm, "software").await.unwrap();
}

#[tokio::test]
async fn secrets_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("root.key");
    let first = SoftwareHsm::open(&path).unwrap();
    first.generate("kept").await.unwrap();
    let before = first.hmac_sha256("kept", b"data").await.unwrap();
    drop(first);
    let after = SoftwareHsm::open(&path).unwrap().hmac_sha256("kept", b"data").await.unwrap();
    assert_eq!(before.expose(), after.expose());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_root_file_that_others_may_read_refuses_to_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("root.key");
    SoftwareHsm::open(&path).unwrap().generate("root").await.unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = SoftwareHsm::open(&path).unwrap_err();
    assert!(matches!(&refused, HsmError::Misconfigured(text) if text.contains("chmod 600")));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(matches!(SoftwareHsm::open(&link), Err(HsmError::Misconfigured(_))));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_changes_nothing_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let hsm = SoftwareHsm::open(dir.path().join("absent").join("root.key")).unwrap();
    assert!(matches!(hsm.generate("root").await, Err(HsmError::Unavailable(_))));
    assert_eq!(hsm.find("root").await, Ok(false));
}

#[tokio::test]
async fn a_label_that_would_break_the_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let hsm = SoftwareHsm::open(dir.path().join("root.key")).unwrap();
    for label in ["", "two words", "line\nbreak", &"x".repeat(129)] {
        assert!(matches!(hsm.generate(label).await, Err(HsmError::Misconfigured(_))), "{label:?}");
    }
}

#[tokio::test]
async fn a_crash_while_writing_leaves_the_old_secrets_and_the_next_write_works() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("root.key");
    let hsm = SoftwareHsm::open(&path).unwrap();
    hsm.generate("old").await.unwrap();
    fs::write(dir.path().join("root.key.tmp"), "sealgate-secrets 1\nhalf").unwrap();
    let reopened = SoftwareHsm::open(&path).unwrap();
    assert_eq!(reopened.find("old").await, Ok(true));
    reopened.generate("new").await.unwrap();
    assert!(!dir.path().join("root.key.tmp").exists());
    let both = SoftwareHsm::open(&path).unwrap();
    assert_eq!((both.find("old").await, both.find("new").await), (Ok(true), Ok(true)));
}
