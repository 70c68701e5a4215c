//! Memory of a fresh gateway: idle, and at its highest under eight long streams.

use std::time::Duration;

use sealgate_tests::Gateway;

use crate::wire::{Peer, Shot};
use crate::{load, process};

const MIB: u64 = 1 << 20;

/// Measures and prints; `len` bytes a stream.
pub async fn run(len: u64) {
    let gateway = Gateway::start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = process::resident_bytes(&gateway);
    let client = gateway.client();
    client.put("/bench").send().await.expect(200);
    let peer = Peer::new(&gateway.https(), &gateway.ca_file());
    let path = |stream: usize| format!("/bench/{stream}");
    let put = |stream| Shot::filled(client.put(&path(stream)).sse_kms(None), len);
    load::streams(&peer, &(0..8).map(put).collect::<Vec<_>>(), 1).await;
    let written = gateway.peak_memory_bytes();
    let get = |stream| Shot::signed(client.get(&path(stream)));
    load::streams(&peer, &(0..8).map(get).collect::<Vec<_>>(), 1).await;
    let read = gateway.peak_memory_bytes();
    println!("\nmemory of the gateway's process, https");
    print("idle after the start", idle, 64 * MIB);
    print(&format!("peak, 8 PUTs of {} MiB", len / MIB), written, 128 * MIB);
    print(&format!("peak, then 8 GETs of {} MiB", len / MIB), read, 128 * MIB);
}

fn print(what: &str, bytes: u64, wanted: u64) {
    let verdict = if bytes < wanted { "reached" } else { "missed" };
    let (mib, wanted) = (bytes as f64 / MIB as f64, wanted / MIB);
    println!("{what:<34} {mib:>8.1} MiB   wanted below {wanted} MiB: {verdict}");
}
