//! One boot's file: created, appended to, cut back after a failed write.
//!
//! It knows the disk and the chain's end, not who waits ([`super::file`]).
//! Invariant: what it counts as written has been synced; a failed write is cut off
//! before anything else is appended.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::chain::{AuditKey, Body, FORMAT, GENESIS, Line, Link, Previous, Start};
use super::chain::{file_name, parse_file_name};
use super::{AuditError, AuditEvent, Checkpoint};

/// How much of the end of a file is searched for its last record. Far more
/// than the longest line, so that a torn one does not hide it.
const TAIL: u64 = 16 << 20;

/// What a log is written to: a file, or in tests something that fails.
pub(super) trait Medium: Send {
    /// Appends all of `bytes`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was appended durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts back to `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// A chain under construction.
pub(super) struct Log {
    medium: Box<dyn Medium>,
    node: String,
    boot: u64,
    key: AuditKey,
    next: u64,
    link: Link,
    /// Bytes that are durable; whatever lies beyond is a failed write.
    durable_len: u64,
    failed: bool,
    /// Held as long as this process may write.
    _lock: Option<File>,
}

impl Log {
    /// Makes the next boot's file in `dir`, chained to the last record of this
    /// node. Mode 0600.
    pub(super) fn create(
        dir: &Path,
        node: &str,
        key: AuditKey,
        known: Option<&Checkpoint>,
        now_ms: u64,
    ) -> Result<Self, AuditError> {
        check_node(node)?;
        fs::create_dir_all(dir).map_err(unreadable)?;
        let lock = lock(dir, node)?;
        let (last_boot, previous) = last_record(dir, node).map_err(unreadable)?;
        let known_boot = known.filter(|known| known.node == node).map_or(0, |known| known.boot);
        let boot = last_boot.max(known_boot).saturating_add(1);
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(dir.join(file_name(node, boot)))
            .map_err(unwritable)?;
        let start = Start { time_ms: now_ms, key_version: key.version, previous };
        let mut log = Self::start(Box::new(file), node, boot, key, &start)?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(unwritable)?;
        log._lock = Some(lock);
        Ok(log)
    }

    /// Begins the chain on `medium` with its first record.
    pub(super) fn start(
        medium: Box<dyn Medium>,
        node: &str,
        boot: u64,
        key: AuditKey,
        start: &Start,
    ) -> Result<Self, AuditError> {
        let before = start.previous.as_ref().and_then(|end| Link::from_hex(end.mac.as_bytes()));
        let mut log = Self {
            medium,
            node: node.to_owned(),
            boot,
            key,
            next: 0,
            link: before.unwrap_or(GENESIS),
            durable_len: 0,
            failed: false,
            _lock: None,
        };
        log.write(&[(Some(start), None)])?;
        Ok(log)
    }

    /// Chains, writes and syncs `events` as one batch: all or none.
    pub(super) fn append(&mut self, events: &[AuditEvent]) -> Result<(), AuditError> {
        let lines: Vec<_> = events.iter().map(|event| (None, Some(event))).collect();
        if lines.is_empty() { Ok(()) } else { self.write(&lines) }
    }

    /// The last durable record.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            node: self.node.clone(),
            boot: self.boot,
            sequence: self.next.saturating_sub(1),
            mac: self.link.to_hex(),
        }
    }

    /// The chain moves on only after the sync. After a failure nobody knows how
    /// much arrived, so all beyond the durable length goes before the next try.
    fn write(&mut self, lines: &[(Option<&Start>, Option<&AuditEvent>)]) -> Result<(), AuditError> {
        let (mut text, mut link, mut next) = (Vec::new(), self.link, self.next);
        for (start, event) in lines {
            let body = Body {
                v: FORMAT,
                node: &self.node,
                boot: self.boot,
                sequence: next,
                start: *start,
                event: *event,
            };
            let written = body.write(&self.key, link, &mut text);
            link = written.map_err(|error| AuditError::Write(error.to_string()))?;
            next = next.saturating_add(1);
        }
        if self.failed {
            self.medium.cut(self.durable_len).map_err(unwritable)?;
        }
        self.failed = true;
        self.medium.append(&text).map_err(unwritable)?;
        self.medium.sync().map_err(unwritable)?;
        self.failed = false;
        self.durable_len = self.durable_len.saturating_add(text.len() as u64);
        (self.link, self.next) = (link, next);
        Ok(())
    }
}

impl Medium for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

/// One process of a node writes at a time.
fn lock(dir: &Path, node: &str) -> Result<File, AuditError> {
    let path = dir.join(format!("audit-{node}.lock"));
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    let file = file.map_err(unreadable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(AuditError::Read("another process writes the audit log here".to_owned()))
        }
        Err(TryLockError::Error(error)) => Err(unreadable(error)),
    }
}

/// The highest boot of this node's files, and the last record of the newest
/// file that has one: a crash may leave a file without.
fn last_record(dir: &Path, node: &str) -> io::Result<(u64, Option<Previous>)> {
    let mut boots = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        if let Some((of, boot)) = name.to_str().and_then(parse_file_name)
            && of == node
        {
            boots.push(boot);
        }
    }
    boots.sort_unstable();
    let last = boots.last().copied().unwrap_or(0);
    for boot in boots.into_iter().rev() {
        if let Some(previous) = last_line(&dir.join(file_name(node, boot)))? {
            return Ok((last, Some(previous)));
        }
    }
    Ok((last, None))
}

/// The last whole record of a file. What follows it, torn or foreign, is left
/// for verification to report.
fn last_line(path: &Path) -> io::Result<Option<Previous>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let whole = tail.split_inclusive(|byte| *byte == b'\n').rev();
    let mut lines = whole.filter_map(|line| line.strip_suffix(b"\n")).filter_map(Line::parse);
    Ok(lines.next().map(|line| Previous {
        boot: line.place.boot,
        sequence: line.place.sequence,
        mac: line.link.to_hex(),
    }))
}

fn check_node(node: &str) -> Result<(), AuditError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if node.is_empty() || node.len() > 64 || !node.bytes().all(allowed) {
        return Err(AuditError::Read("a node's name is 1 to 64 of a-z A-Z 0-9 _ . -".to_owned()));
    }
    Ok(())
}

fn unreadable(error: io::Error) -> AuditError {
    AuditError::Read(error.to_string())
}

fn unwritable(error: io::Error) -> AuditError {
    AuditError::Write(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::base::SecretBytes;

    /// A disk that fails on demand, having taken half of what it was given.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<State>>);

    #[derive(Default)]
    struct State {
        bytes: Vec<u8>,
        full: bool,
        unsynced: bool,
    }

    impl Medium for Disk {
        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            let mut state = self.0.lock().unwrap();
            if state.full {
                state.bytes.extend_from_slice(&bytes[..bytes.len() / 2]);
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.bytes.extend_from_slice(bytes);
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            match self.0.lock().unwrap().unsynced {
                true => Err(io::Error::other("no sync")),
                false => Ok(()),
            }
        }

        fn cut(&mut self, len: u64) -> io::Result<()> {
            self.0.lock().unwrap().bytes.truncate(len as usize);
            Ok(())
        }
    }

    fn log_on(disk: &Disk) -> Log {
        let key = AuditKey { version: 1, material: SecretBytes::zeroed(32) };
        let start = Start { time_ms: 0, key_version: 1, previous: None };
        Log::start(Box::new(disk.clone()), "n", 1, key, &start).unwrap()
    }

    fn sequences(disk: &Disk) -> Vec<u64> {
        let state = disk.0.lock().unwrap();
        let lines = state.bytes.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| Line::parse(line.strip_suffix(b"\n").unwrap()).unwrap().place.sequence)
            .collect()
    }

    #[test]
    fn a_failed_write_refuses_its_events_and_leaves_no_trace_when_writing_works_again() {
        let disk = Disk::default();
        let mut log = log_on(&disk);
        let event = AuditEvent::default();
        log.append(&[event.clone(), event.clone()]).unwrap();
        let before = log.checkpoint();
        disk.0.lock().unwrap().full = true;
        for _ in 0..3 {
            let refused = log.append(std::slice::from_ref(&event));
            assert!(matches!(refused, Err(AuditError::Write(_))));
        }
        assert_eq!(log.checkpoint(), before);
        disk.0.lock().unwrap().full = false;
        log.append(std::slice::from_ref(&event)).unwrap();
        assert_eq!(sequences(&disk), [0, 1, 2, 3]);
    }

    #[test]
    fn records_that_were_not_synced_are_written_again_not_believed() {
        let disk = Disk::default();
        let mut log = log_on(&disk);
        disk.0.lock().unwrap().unsynced = true;
        assert!(log.append(&[AuditEvent::default()]).is_err());
        disk.0.lock().unwrap().unsynced = false;
        log.append(&[AuditEvent::default()]).unwrap();
        assert_eq!(sequences(&disk), [0, 1]);
    }
}
