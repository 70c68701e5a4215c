//! Does a log still say what was written?
//!
//! Reads all files of a directory, oldest boot first, recomputes every link and
//! names what does not fit. It needs the audit keys and, to see that a tail was
//! cut off, the checkpoints that the catalog kept. Reading them **before** the
//! files makes it right beside a running writer, which only appends. It changes
//! nothing.
//!
//! Not promised: a tail newer than the last checkpoint and younger than the next
//! boot can be cut unseen; whoever holds the audit key can write any log.

mod reading;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use self::reading::{End, Reading};
use super::chain::{AuditKey, Previous, Start, file_name, parse_file_name};
use super::{AuditError, Checkpoint};

/// Findings that are told; beyond, a log is not worth describing further.
const MAX_FINDINGS: usize = 1000;

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each file, by node and boot.
    pub files: Vec<FileReport>,
    /// Everything that does not fit; empty for an intact log. At most 1,000.
    pub findings: Vec<Finding>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Records, the first line included.
    pub records: u64,
    /// The last record's sequence, none in an empty file.
    pub last: Option<u64>,
    /// How it ends.
    pub tail: Tail,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// With a whole record.
    Whole,
    /// With a piece of a record: a crash cut the last write short, or it is just
    /// being written. Nobody was answered on the strength of it.
    Torn,
}

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a record or a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The record's text or MAC was altered.
    #[error("record {0} was changed")]
    Changed(u64),
    /// Records are missing, from the first to the last of these.
    #[error("records {0} to {1} were removed")]
    Removed(u64, u64),
    /// The record stands behind a gap: its link needs the record before.
    #[error("record {0} cannot be checked: the record before it is missing")]
    Unchecked(u64),
    /// The record stands, perhaps once more, where it does not belong.
    #[error("record {0} is out of order")]
    Reordered(u64),
    /// The record belongs to another file.
    #[error("record {sequence} belongs to node {node}, boot {boot}")]
    Foreign {
        /// The node it names.
        node: String,
        /// The boot it names.
        boot: u64,
        /// Its sequence.
        sequence: u64,
    },
    /// The line is no record of a known format.
    #[error("not a record")]
    Unreadable,
    /// The log once reached this record; it ends before.
    #[error("the tail was cut off: the log once reached record {0}")]
    TailCut(u64),
    /// The file is gone; a checkpoint or the next boot names it.
    #[error("the file was removed")]
    FileRemoved,
    /// The next boot found another end than this file has.
    #[error("the next boot was chained to another end than this")]
    Unlinked,
    /// No key of this version was given, so nothing in the file could be checked.
    #[error("no audit key of version {0}")]
    NoKey(u32),
}

impl Report {
    /// True if nothing was found.
    pub fn intact(&self) -> bool {
        self.findings.is_empty()
    }

    /// Records in all files.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }
}

/// Verifies all logs in `dir`. `checkpoints` are those the catalog kept, read
/// before this is called. Errors: [`AuditError::Read`].
pub fn verify(
    dir: &Path,
    keys: &[AuditKey],
    checkpoints: &[Checkpoint],
) -> Result<Report, AuditError> {
    let unreadable = |error: io::Error| AuditError::Read(error.to_string());
    let mut report = Report::default();
    let mut ends = BTreeMap::new();
    for (node, boot) in list(dir).map_err(unreadable)? {
        let path = dir.join(file_name(&node, boot));
        let mut reading = Reading::new(&node, boot, keys, checkpoints);
        reading.read(&path).map_err(unreadable)?;
        if !reading.findings.is_empty() {
            // Only a log that does not fit is worth holding in memory, to tell
            // records that were moved from those that are gone.
            let present = reading.present(&path).map_err(unreadable)?;
            reading = Reading::new(&node, boot, keys, checkpoints);
            reading.present = present;
            reading.read(&path).map_err(unreadable)?;
        }
        report.findings.append(&mut reading.findings);
        report.files.push(reading.report());
        let end = (reading.start.take(), reading.end);
        ends.insert((node, boot), end);
    }
    check_links(&ends, &mut report.findings);
    check_checkpoints(&ends, checkpoints, &mut report.findings);
    report.findings.truncate(MAX_FINDINGS);
    Ok(report)
}

/// What a file began with and where it ended.
type Ends = BTreeMap<(String, u64), (Option<Start>, Option<End>)>;

fn list(dir: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        if let Some((node, boot)) = name.to_str().and_then(parse_file_name) {
            files.push((node.to_owned(), boot));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Each boot names the end of the one before, as it found it.
fn check_links(ends: &Ends, findings: &mut Vec<Finding>) {
    for ((node, _), (start, _)) in ends {
        let Some(Previous { boot, sequence, mac }) =
            start.as_ref().and_then(|start| start.previous.clone())
        else {
            continue;
        };
        let fault = match ends.get(&(node.clone(), boot)) {
            None => Fault::FileRemoved,
            Some((_, Some(end))) if end.sequence == sequence => {
                if end.link.to_hex() == mac {
                    continue;
                }
                Fault::Unlinked
            }
            Some((_, Some(end))) if end.sequence > sequence => Fault::Unlinked,
            Some(_) => Fault::TailCut(sequence),
        };
        findings.push(Finding { file: file_name(node, boot), line: 0, fault });
    }
}

fn check_checkpoints(ends: &Ends, checkpoints: &[Checkpoint], findings: &mut Vec<Finding>) {
    for Checkpoint { node, boot, sequence, .. } in checkpoints {
        let fault = match ends.get(&(node.clone(), *boot)) {
            None => Fault::FileRemoved,
            Some((_, Some(end))) if end.sequence >= *sequence => continue,
            Some(_) => Fault::TailCut(*sequence),
        };
        let finding = Finding { file: file_name(node, *boot), line: 0, fault };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}
