//! What the gateway's process takes, as the kernel counts it.

use std::fs;

use sealgate_tests::Gateway;

/// The kernel's unit of CPU time: `sysconf(_SC_CLK_TCK)` is 100 on Linux.
const TICKS: f64 = 100.0;

/// CPU seconds so far, user and system.
pub fn cpu_seconds(gateway: &Gateway) -> f64 {
    let pid = gateway.pid().as_raw_nonzero();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process");
    // The name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|field| field.parse::<f64>().expect("a number")).sum::<f64>() / TICKS
}

/// Resident memory now, in bytes.
pub fn resident_bytes(gateway: &Gateway) -> u64 {
    let pid = gateway.pid().as_raw_nonzero();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}
