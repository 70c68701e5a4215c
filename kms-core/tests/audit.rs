//! The audit log against those who would alter it, on real files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kms_core::audit::{
    AuditError, AuditEvent, AuditKey, AuditSink, Checkpoint, Fault, FileAudit, FileAuditSettings,
    Report, Tail, verify,
};
use kms_core::base::SecretBytes;
use tempfile::TempDir;

const NOW: u64 = 1_790_000_000_000;

fn key() -> AuditKey {
    AuditKey { version: 1, material: SecretBytes::copy_from(&[9; 32]) }
}

fn event(number: u64) -> AuditEvent {
    AuditEvent {
        time_ms: NOW + number,
        action: "kms:Decrypt".to_owned(),
        request_id: format!("request-{number}"),
        ..AuditEvent::default()
    }
}

fn start(dir: &Path, known: Option<Checkpoint>) -> FileAudit {
    let settings = FileAuditSettings::new(dir.to_owned(), "node-1".to_owned(), key(), known);
    FileAudit::start(settings, NOW).unwrap()
}

/// One boot that writes `count` records and stops cleanly.
async fn boot(dir: &Path, count: u64) -> Checkpoint {
    let audit = start(dir, None);
    for number in 0..count {
        audit.append(event(number)).await.unwrap().durable().await.unwrap();
    }
    audit.stop().await
}

fn file(dir: &Path, boot: u64) -> PathBuf {
    dir.join(format!("audit-node-1-{boot:08}.jsonl"))
}

/// Rewrites the file of a boot, line by line.
fn edit(dir: &Path, boot: u64, change: impl FnOnce(&mut Vec<String>)) {
    let path = file(dir, boot);
    let mut lines: Vec<_> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

fn check(dir: &Path, checkpoints: &[Checkpoint]) -> Report {
    verify(dir, &[key()], checkpoints).unwrap()
}

fn faults(dir: &Path, checkpoints: &[Checkpoint]) -> Vec<Fault> {
    check(dir, checkpoints).findings.into_iter().map(|finding| finding.fault).collect()
}

#[tokio::test]
async fn an_untouched_log_of_several_boots_is_intact() {
    let dir = TempDir::new().unwrap();
    let points = [boot(dir.path(), 5).await, boot(dir.path(), 0).await, boot(dir.path(), 3).await];
    let report = check(dir.path(), &points);
    assert!(report.intact(), "{:?}", report.findings);
    assert_eq!((report.files.len(), report.records()), (3, 11));
    assert_eq!(points[2].boot, 3);
    assert_eq!(points[2].sequence, 3);
    let mode = fs::metadata(file(dir.path(), 1)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn an_altered_record_is_named_wherever_it_was_altered() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 4).await;
    let whole = fs::read(file(dir.path(), 1)).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(file(dir.path(), 1), bytes).unwrap();
        assert!(!check(dir.path(), std::slice::from_ref(&point)).intact(), "byte {place}");
    }
    fs::write(file(dir.path(), 1), whole).unwrap();
    edit(dir.path(), 1, |lines| lines[2] = lines[2].replace("request-1", "request-9"));
    assert_eq!(faults(dir.path(), &[point]), [Fault::Changed(2)]);
}

#[tokio::test]
async fn removed_records_are_named() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 9).await;
    edit(dir.path(), 1, |lines| {
        lines.drain(3..5);
        lines.remove(5);
    });
    let expected =
        [Fault::Removed(3, 4), Fault::Unchecked(5), Fault::Removed(7, 7), Fault::Unchecked(8)];
    assert_eq!(faults(dir.path(), &[point]), expected);
}

#[tokio::test]
async fn a_removed_first_record_is_named() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 3).await;
    edit(dir.path(), 1, |lines| drop(lines.remove(0)));
    assert!(faults(dir.path(), &[point]).contains(&Fault::Removed(0, 0)));
}

#[tokio::test]
async fn reordered_and_repeated_records_are_named() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 6).await;
    edit(dir.path(), 1, |lines| lines.swap(2, 3));
    assert_eq!(faults(dir.path(), std::slice::from_ref(&point)), [Fault::Reordered(2)]);
    edit(dir.path(), 1, |lines| {
        lines.swap(2, 3);
        let again = lines[4].clone();
        lines.insert(5, again);
    });
    assert_eq!(faults(dir.path(), &[point]), [Fault::Reordered(4)]);
}

#[tokio::test]
async fn records_spliced_in_from_another_boot_are_named() {
    let dir = TempDir::new().unwrap();
    let points = [boot(dir.path(), 4).await, boot(dir.path(), 4).await];
    let other = fs::read_to_string(file(dir.path(), 2)).unwrap();
    let stolen = other.lines().nth(3).unwrap().to_owned();
    edit(dir.path(), 1, |lines| lines[3] = stolen);
    let found = faults(dir.path(), &points);
    let foreign = Fault::Foreign { node: "node-1".to_owned(), boot: 2, sequence: 3 };
    assert_eq!(found, [foreign, Fault::Removed(3, 3), Fault::Unchecked(4)]);
}

#[tokio::test]
async fn a_file_under_another_boots_name_is_named() {
    let dir = TempDir::new().unwrap();
    let points = [boot(dir.path(), 4).await, boot(dir.path(), 4).await];
    fs::copy(file(dir.path(), 1), file(dir.path(), 2)).unwrap();
    let found = faults(dir.path(), &points);
    assert!(found.contains(&Fault::TailCut(4)), "{found:?}");
}

#[tokio::test]
async fn a_tail_cut_before_a_checkpoint_is_named() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 5).await;
    edit(dir.path(), 1, |lines| lines.truncate(4));
    assert_eq!(faults(dir.path(), &[point]), [Fault::TailCut(5)]);
    assert_eq!(faults(dir.path(), &[]), [], "nothing but a checkpoint can tell");
}

#[tokio::test]
async fn a_tail_cut_before_the_next_boot_is_named_without_a_checkpoint() {
    let dir = TempDir::new().unwrap();
    boot(dir.path(), 5).await;
    boot(dir.path(), 1).await;
    edit(dir.path(), 1, |lines| lines.truncate(4));
    assert_eq!(faults(dir.path(), &[]), [Fault::TailCut(5)]);
}

#[tokio::test]
async fn a_removed_file_is_named_by_its_checkpoint_and_by_the_next_boot() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 1).await;
    fs::remove_file(file(dir.path(), 1)).unwrap();
    assert_eq!(faults(dir.path(), std::slice::from_ref(&point)), [Fault::FileRemoved]);
    let audit = start(dir.path(), Some(point));
    assert_eq!(audit.stop().await.boot, 2, "the removed file's number is not taken again");
}

#[tokio::test]
async fn a_log_made_with_another_key_is_not_believed() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 2).await;
    let other = AuditKey { version: 1, material: SecretBytes::copy_from(&[8; 32]) };
    let report = verify(dir.path(), &[other], &[point]).unwrap();
    assert_eq!(report.findings.len(), 3);
    let newer = AuditKey { version: 2, ..key() };
    let report = verify(dir.path(), &[newer], &[]).unwrap();
    assert_eq!(report.findings[0].fault, Fault::NoKey(1));
}

#[tokio::test]
async fn a_torn_last_line_is_told_and_no_fault_unless_a_checkpoint_is_torn_with_it() {
    let dir = TempDir::new().unwrap();
    let point = boot(dir.path(), 3).await;
    let whole = fs::read(file(dir.path(), 1)).unwrap();
    fs::write(file(dir.path(), 1), &whole[..whole.len() - 10]).unwrap();
    let before = Checkpoint { sequence: 2, mac: mac_of(&whole, 2), ..point.clone() };
    let report = check(dir.path(), &[before]);
    assert!(report.intact(), "{:?}", report.findings);
    assert_eq!(report.files[0].tail, Tail::Torn);
    assert_eq!(faults(dir.path(), &[point]), [Fault::TailCut(3)]);
    // The next boot is chained to the last whole record and leaves the rest.
    boot(dir.path(), 1).await;
    assert!(check(dir.path(), &[]).intact());
}

fn mac_of(file: &[u8], line: usize) -> String {
    let text = String::from_utf8(file.to_vec()).unwrap();
    let line = text.lines().nth(line).unwrap();
    line[line.len() - 66..line.len() - 2].to_owned()
}

#[tokio::test]
async fn a_rewritten_history_is_refuted_by_a_checkpoint() {
    let (dir, forged) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let point = boot(dir.path(), 3).await;
    let audit = start(forged.path(), None);
    for number in [0, 7, 2] {
        audit.append(event(number)).await.unwrap().durable().await.unwrap();
    }
    audit.stop().await;
    fs::copy(file(forged.path(), 1), file(dir.path(), 1)).unwrap();
    assert_eq!(faults(dir.path(), &[point]), [Fault::Changed(3)]);
}

#[tokio::test]
async fn two_processes_never_write_one_nodes_log() {
    let dir = TempDir::new().unwrap();
    let audit = start(dir.path(), None);
    let settings = FileAuditSettings::new(dir.path().to_owned(), "node-1".to_owned(), key(), None);
    assert!(matches!(FileAudit::start(settings, NOW), Err(AuditError::Read(_))));
    audit.stop().await;
    start(dir.path(), None).stop().await;
}

#[tokio::test]
async fn names_that_could_leave_the_directory_are_refused() {
    let dir = TempDir::new().unwrap();
    for node in ["", "../x", "a/b", "a b", "ä"] {
        let settings = FileAuditSettings::new(dir.path().to_owned(), node.to_owned(), key(), None);
        assert!(FileAudit::start(settings, NOW).is_err(), "{node}");
    }
}

#[tokio::test]
async fn a_stopped_log_takes_nothing_more() {
    let dir = TempDir::new().unwrap();
    let audit = start(dir.path(), None);
    audit.stop().await;
    assert_eq!(audit.append(event(1)).await.unwrap_err(), AuditError::Closed);
    audit.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_syncs_and_verification_works_beside_them() {
    let dir = TempDir::new().unwrap();
    let audit = Arc::new(start(dir.path(), None));
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let audit = Arc::clone(&audit);
            tokio::spawn(async move {
                for number in 0..50 {
                    let ticket = audit.append(event(writer * 1000 + number)).await.unwrap();
                    ticket.durable().await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..5 {
        let point = audit.checkpoints().borrow().clone();
        let report = check(dir.path(), &[point]);
        assert!(report.intact(), "{:?}", report.findings);
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let last = audit.stop().await;
    assert_eq!(last.sequence, 64 * 50);
    assert_eq!(check(dir.path(), &[last]).records(), 64 * 50 + 1);
}

/// Not a test of correctness: prints how many durable records a second one
/// process writes. `cargo test --release --test audit -- --ignored --nocapture`
#[ignore = "a measurement"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measure_durable_records_a_second() {
    let dir = TempDir::new_in(".").unwrap();
    let audit = Arc::new(start(dir.path(), None));
    let began = std::time::Instant::now();
    let writers: Vec<_> = (0..512)
        .map(|writer| {
            let audit = Arc::clone(&audit);
            tokio::spawn(async move {
                for number in 0..400 {
                    let ticket = audit.append(event(writer * 1000 + number)).await.unwrap();
                    ticket.durable().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rate = 512.0 * 400.0 / began.elapsed().as_secs_f64();
    println!("{rate:.0} durable records a second");
    let began = std::time::Instant::now();
    let last = audit.stop().await;
    assert!(check(dir.path(), &[last]).intact());
    println!("verified {:.0} a second", 512.0 * 400.0 / began.elapsed().as_secs_f64());
}
