//! The memory of a running gateway, through `/proc`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use crate::Gateway;

/// Regions are read in pieces of this size, with an overlap.
const PIECE: u64 = 4 << 20;

impl Gateway {
    /// Whether the process holds these bytes anywhere in writable memory.
    pub fn memory_holds(&self, needle: &[u8]) -> bool {
        !self.memory_places(needle).is_empty()
    }

    /// The writable regions that hold these bytes, as `/proc` names them.
    pub fn memory_places(&self, needle: &[u8]) -> Vec<String> {
        let pid = self.pid().as_raw_nonzero();
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the maps (as root)");
        let memory = File::open(format!("/proc/{pid}/mem")).expect("the memory (as root)");
        let mut piece = vec![0; PIECE as usize + needle.len()];
        let mut holds = |start, end| region_holds(&memory, start, end, needle, &mut piece);
        let found = writable(&maps).filter_map(|(line, start, end)| {
            holds(start, end).map(|at| format!("{at:x} in {line}"))
        });
        found.collect()
    }

    /// Resident memory in bytes at its highest so far.
    pub fn peak_memory_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero()));
        let status = status.expect("the status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * 1024
    }
}

fn writable(maps: &str) -> impl Iterator<Item = (&str, u64, u64)> {
    maps.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let parsed = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        rest.starts_with("rw").then_some((line, parsed.0, parsed.1))
    })
}

/// Where in a region the bytes stand.
fn region_holds(
    memory: &File,
    start: u64,
    end: u64,
    needle: &[u8],
    piece: &mut [u8],
) -> Option<u64> {
    let mut at = start;
    while at < end {
        let wanted = (end - at).min(piece.len() as u64) as usize;
        // Regions may go while they are read.
        let read = memory.read_at(&mut piece[..wanted], at).unwrap_or(0);
        if let Some(place) = memchr::memmem::find(&piece[..read], needle) {
            return Some(at + place as u64);
        }
        at += PIECE;
    }
    None
}
