//! SSE-KMS PUT and GET of 64 MiB, one stream and eight.

use crate::table::{Line, Unit, heading};
use crate::wire::{Peer, Shot};
use crate::{Bench, floor, load, median};

/// Length of a body.
const LEN: u64 = 64 << 20;

/// Measures and prints.
pub async fn run(bench: &Bench) {
    for scheme in ["https", "http"] {
        heading(&format!("64 MiB, SSE-KMS, {scheme}"));
        for streams in [1, 8] {
            put(bench, scheme, streams).await;
        }
        for streams in [1, 8] {
            get(bench, scheme, streams).await;
        }
    }
}

fn path(stream: usize) -> String {
    format!("/bench/large/{stream}")
}

async fn put(bench: &Bench, scheme: &str, streams: usize) {
    let (ours, bare) = bench.peers(scheme);
    let client = bench.client(scheme);
    let shots: Vec<_> = (0..streams)
        .map(|stream| Shot::filled(client.put(&path(stream)).sse_kms(Some(&bench.key)), LEN))
        .collect();
    let bare_shots = vec![Shot::plain("/0", Some(LEN)); streams];
    let (mut rates, mut md5, mut received, mut disk) = (vec![], vec![], vec![], vec![]);
    let mut cpu = 0.0;
    for _ in 0..bench.rounds {
        md5.push(floor::md5(streams.min(2), bench.moment));
        received.push(transfer(&bare, &bare_shots).await);
        disk.push(floor::disk(bench.scratch(), streams, LEN));
        let before = bench.cpu_seconds();
        rates.push(transfer(&ours, &shots).await);
        cpu += bench.cpu_seconds() - before;
    }
    let sent = (bench.rounds * streams) as u64 * TIMES * LEN;
    let (md5, received, disk) = (median(md5), median(received), median(disk));
    // Two cores do the three one after the other for each byte.
    let sum = 1.0 / (1.0 / md5 + 1.0 / received + 1.0 / disk);
    let what = format!("PUT, {streams} streams");
    let line = Line {
        what: &what,
        unit: Unit::Bytes,
        ours: median(rates),
        cpu: cpu * 1e9 / sent as f64,
        against: "MD5 alone",
        floor: md5,
        wanted: (streams == 1).then_some(0.7),
    };
    line.print();
    Line { what: "", cpu: 0.0, against: "hyper receiving", floor: received, wanted: None, ..line }
        .print();
    if streams > 1 {
        let against = "MD5, hyper, disk in turn";
        Line { what: "", cpu: 0.0, against, floor: sum, wanted: Some(0.65), ..line }.print();
    }
}

async fn get(bench: &Bench, scheme: &str, streams: usize) {
    let (ours, bare) = bench.peers(scheme);
    let client = bench.client(scheme);
    let shots: Vec<_> =
        (0..streams).map(|stream| Shot::signed(client.get(&path(stream)))).collect();
    let bare_shots = vec![Shot::plain(&format!("/{LEN}"), None); streams];
    let (mut rates, mut served) = (vec![], vec![]);
    let mut cpu = 0.0;
    for _ in 0..bench.rounds {
        served.push(transfer(&bare, &bare_shots).await);
        let before = bench.cpu_seconds();
        rates.push(transfer(&ours, &shots).await);
        cpu += bench.cpu_seconds() - before;
    }
    let sent = (bench.rounds * streams) as u64 * TIMES * LEN;
    Line {
        what: &format!("GET, {streams} streams"),
        unit: Unit::Bytes,
        ours: median(rates),
        cpu: cpu * 1e9 / sent as f64,
        against: "hyper serving",
        floor: median(served),
        wanted: Some(if streams == 1 { 0.55 } else { 0.65 }),
    }
    .print();
}

/// Each stream repeats its body.
const TIMES: u64 = 2;

/// Bytes a second of all streams together.
async fn transfer(peer: &Peer, shots: &[Shot]) -> f64 {
    let seconds = load::streams(peer, shots, TIMES as usize).await;
    (shots.len() as u64 * TIMES * LEN) as f64 / seconds
}
