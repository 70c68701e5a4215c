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

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::chain::{AuditKey, GENESIS, Line, Link, Previous, Start};
use super::chain::{file_name, parse_file_name};
use super::{AuditError, Checkpoint};

/// Longest line that is read, in bytes; no record comes near it.
const MAX_LINE: u64 = 256 * 1024;
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
        let mut reading = Reading::new(&node, boot, keys, checkpoints);
        reading.read(dir).map_err(unreadable)?;
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

#[derive(Clone, Copy, Debug)]
struct End {
    sequence: u64,
    link: Link,
}

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

/// The reading of one file.
struct Reading<'a> {
    node: &'a str,
    boot: u64,
    keys: &'a [AuditKey],
    /// MACs that checkpoints of this file name, by sequence.
    known: BTreeMap<u64, &'a str>,
    /// Every sequence in the file, to tell removed records from moved ones.
    present: HashSet<u64>,
    start: Option<Start>,
    end: Option<End>,
    /// The MAC the next record is chained to; none behind a gap.
    before: Option<Link>,
    next: u64,
    records: u64,
    tail: Tail,
    findings: Vec<Finding>,
}

impl<'a> Reading<'a> {
    fn new(node: &'a str, boot: u64, keys: &'a [AuditKey], checkpoints: &'a [Checkpoint]) -> Self {
        let of_file = checkpoints.iter().filter(|point| point.node == node && point.boot == boot);
        Self {
            node,
            boot,
            keys,
            known: of_file.map(|point| (point.sequence, point.mac.as_str())).collect(),
            present: HashSet::new(),
            start: None,
            end: None,
            before: None,
            next: 0,
            records: 0,
            tail: Tail::Whole,
            findings: Vec::new(),
        }
    }

    fn report(&self) -> FileReport {
        FileReport {
            name: file_name(self.node, self.boot),
            records: self.records,
            last: self.end.map(|end| end.sequence),
            tail: self.tail,
        }
    }

    fn read(&mut self, dir: &Path) -> io::Result<()> {
        let path = dir.join(file_name(self.node, self.boot));
        // Two passes over the same bytes: what is appended in between is not read.
        let len = fs::metadata(&path)?.len();
        let mut present = HashSet::new();
        each_line(&path, len, |_, line| {
            present.extend(Line::parse(line).map(|line| line.place.sequence));
        })?;
        self.present = present;
        let mut tail = Tail::Whole;
        each_line(&path, len, |number, line| match line.strip_suffix(b"\n") {
            Some(line) => self.check(number, line),
            None => tail = Tail::Torn,
        })?;
        self.tail = tail;
        Ok(())
    }

    fn check(&mut self, number: u64, line: &[u8]) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let Some(line) = Line::parse(line) else {
            self.before = None;
            return self.find(number, Fault::Unreadable);
        };
        let (sequence, place) = (line.place.sequence, &line.place);
        if place.node != self.node || place.boot != self.boot {
            let (node, boot) = (place.node.clone(), place.boot);
            return self.find(number, Fault::Foreign { node, boot, sequence });
        }
        if sequence < self.next {
            return self.find(number, Fault::Reordered(sequence));
        }
        if sequence > self.next {
            self.find_removed(number, sequence);
            self.before = None;
        }
        if let Some(start) = &place.start {
            let named = start.previous.as_ref().map(|end| Link::from_hex(end.mac.as_bytes()));
            self.before = named.unwrap_or(Some(GENESIS));
            self.start = Some(start.clone());
        }
        self.check_link(number, &line);
        self.records = self.records.saturating_add(1);
        self.next = sequence.saturating_add(1);
        self.before = Some(line.link);
        self.end = Some(End { sequence, link: line.link });
    }

    /// The record behind a gap cannot be checked by itself; the one after it
    /// vouches for its MAC, so a change of it shows there.
    fn check_link(&mut self, number: u64, line: &Line<'_>) {
        let sequence = line.place.sequence;
        let version = self.start.as_ref().map_or(0, |start| start.key_version);
        let Some(key) = self.keys.iter().find(|key| key.version == version) else {
            if line.place.start.is_some() {
                self.find(number, Fault::NoKey(version));
            }
            return;
        };
        let computed = self.before.map(|before| before.next(key, line.body));
        let known = self.known.get(&sequence).map(|mac| Link::from_hex(mac.as_bytes()));
        let fits = computed.is_none_or(|link| link == line.link);
        if !fits || known.is_some_and(|known| known != Some(line.link)) {
            self.find(number, Fault::Changed(sequence));
        }
    }

    /// Names the missing runs between the expected record and `found`; records
    /// that stand elsewhere in the file are named where they stand.
    fn find_removed(&mut self, number: u64, found: u64) {
        let mut first = None;
        // A forged sequence may be astronomically far away.
        for sequence in self.next..found.min(self.next.saturating_add(1 << 20)) {
            if !self.present.contains(&sequence) {
                first.get_or_insert(sequence);
            } else if let Some(first) = first.take() {
                self.find(number, Fault::Removed(first, sequence.saturating_sub(1)));
            }
        }
        if let Some(first) = first {
            self.find(number, Fault::Removed(first, found.saturating_sub(1)));
        }
    }

    fn find(&mut self, line: u64, fault: Fault) {
        self.findings.push(Finding { file: file_name(self.node, self.boot), line, fault });
    }
}

/// Gives the first `len` bytes of a file line by line, newlines included. A
/// line beyond [`MAX_LINE`] comes in pieces, none of which is a record.
fn each_line(path: &Path, len: u64, mut each: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?.take(len));
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number = number.saturating_add(1);
        each(number, &line);
    }
}
