//! The reading of one file: every line, in order, against the line before.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::{Fault, FileReport, Finding, MAX_FINDINGS, Tail};
use crate::audit::Checkpoint;
use crate::audit::chain::{AuditKey, GENESIS, Line, Link, Start, file_name};

/// Longest line that is read, in bytes; no record comes near it.
const MAX_LINE: u64 = 256 * 1024;

/// The last record that belongs where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) sequence: u64,
    pub(super) link: Link,
}

/// The reading of one file.
pub(super) struct Reading<'a> {
    node: &'a str,
    boot: u64,
    keys: &'a [AuditKey],
    /// MACs that checkpoints of this file name, by sequence.
    known: BTreeMap<u64, &'a str>,
    /// The links of a file that does not fit, by sequence.
    pub(super) present: HashMap<u64, Link>,
    pub(super) start: Option<Start>,
    pub(super) end: Option<End>,
    /// The MAC the next record is chained to; none behind a gap.
    before: Option<Link>,
    next: u64,
    records: u64,
    tail: Tail,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        node: &'a str,
        boot: u64,
        keys: &'a [AuditKey],
        checkpoints: &'a [Checkpoint],
    ) -> Self {
        let of_file = checkpoints.iter().filter(|point| point.node == node && point.boot == boot);
        Self {
            node,
            boot,
            keys,
            known: of_file.map(|point| (point.sequence, point.mac.as_str())).collect(),
            present: HashMap::new(),
            start: None,
            end: None,
            before: None,
            next: 0,
            records: 0,
            tail: Tail::Whole,
            findings: Vec::new(),
        }
    }

    pub(super) fn report(&self) -> FileReport {
        FileReport {
            name: file_name(self.node, self.boot),
            records: self.records,
            last: self.end.map(|end| end.sequence),
            tail: self.tail,
        }
    }

    pub(super) fn read(&mut self, path: &Path) -> io::Result<()> {
        each_line(path, |number, line| match line.strip_suffix(b"\n") {
            Some(line) => self.check(number, line),
            None => self.tail = Tail::Torn,
        })
    }

    /// The claimed MACs of all records of this file, wherever they stand.
    pub(super) fn present(&self, path: &Path) -> io::Result<HashMap<u64, Link>> {
        let mut present = HashMap::new();
        each_line(path, |_, line| {
            let line = line.strip_suffix(b"\n").and_then(Line::parse);
            let own =
                |line: &Line<'_>| line.place.node == self.node && line.place.boot == self.boot;
            present.extend(line.filter(own).map(|line| (line.place.sequence, line.link)));
        })?;
        Ok(present)
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
        if place.start.is_some() != (sequence == 0) {
            self.before = None;
            return self.find(number, Fault::Unreadable);
        }
        if place.node != self.node || place.boot != self.boot {
            let (node, boot) = (place.node.clone(), place.boot);
            return self.find(number, Fault::Foreign { node, boot, sequence });
        }
        if sequence < self.next {
            return self.find(number, Fault::Reordered(sequence));
        }
        if sequence > self.next {
            self.find_removed(number, sequence);
            self.before = sequence.checked_sub(1).and_then(|one| self.present.get(&one).copied());
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

    fn check_link(&mut self, number: u64, line: &Line<'_>) {
        let sequence = line.place.sequence;
        let version = self.start.as_ref().map(|start| start.key_version);
        let key = match version {
            Some(version) => self.keys.iter().find(|key| key.version == version),
            // The first line is missing, which is told already.
            None => self.keys.last(),
        };
        let Some(key) = key else {
            if line.place.start.is_some() {
                self.find(number, Fault::NoKey(version.unwrap_or_default()));
            }
            return;
        };
        // A record behind a gap has nothing to be checked against.
        let Some(before) = self.before else {
            return self.find(number, Fault::Unchecked(sequence));
        };
        let known = self.known.get(&sequence).map(|mac| Link::from_hex(mac.as_bytes()));
        if before.next(key, line.body) != line.link
            || known.is_some_and(|known| known != Some(line.link))
        {
            self.find(number, Fault::Changed(sequence));
        }
    }

    /// Names the missing runs between the expected record and `found`; records
    /// that stand elsewhere in the file are named where they stand.
    fn find_removed(&mut self, number: u64, found: u64) {
        let mut first = None;
        // A forged sequence may be astronomically far away.
        for sequence in self.next..found.min(self.next.saturating_add(1 << 20)) {
            if !self.present.contains_key(&sequence) {
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

/// Gives a file line by line, newlines included. A line beyond [`MAX_LINE`]
/// comes in pieces, none of which is a record.
fn each_line(path: &Path, mut each: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number = number.saturating_add(1);
        each(number, &line);
        // The end, though a running writer may have appended meanwhile.
        if !line.ends_with(b"\n") && (line.len() as u64) < MAX_LINE {
            return Ok(());
        }
    }
}
