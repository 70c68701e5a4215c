//! Small requests: 4 KiB SSE-KMS PUT and GET, data keys, listings.

use serde_json::json;

use crate::table::{Line, Unit, heading};
use crate::wire::Shot;
use crate::{Bench, floor, load, median};

/// Length of a small body.
const LEN: usize = 4096;
/// Requests that a client has signed in advance.
const SIGNED: usize = 400;

/// Objects that are read.
const READ: usize = 100;

/// Measures and prints.
pub async fn run(bench: &Bench) {
    store_what_is_read(bench).await;
    for scheme in ["https", "http"] {
        heading(&format!("4 KiB, SSE-KMS, signed, {scheme}"));
        for clients in [1, 64] {
            put(bench, scheme, clients).await;
        }
        for clients in [1, 64] {
            get(bench, scheme, clients).await;
        }
    }
    heading("other requests, 64 clients, https");
    data_keys(bench).await;
    list(bench).await;
}

async fn store_what_is_read(bench: &Bench) {
    let client = bench.client("https");
    let (peer, _) = bench.peers("https");
    let mut wire = peer.connect().await;
    for name in 0..READ {
        let request = client.put(&format!("/bench/read/{name}")).sse_kms(Some(&bench.key));
        wire.shoot(&Shot::filled(request, LEN as u64)).await;
    }
}

async fn put(bench: &Bench, scheme: &str, clients: usize) {
    let body = crate::wire::filling().slice(..LEN).to_vec();
    let (mut rates, mut chains) = (vec![], vec![]);
    let (mut cpu, mut sent) = (0.0, 0.0);
    for round in 0..bench.rounds {
        chains.push(floor::durable_chain(bench.scratch(), clients, bench.moment * 2));
        let client = bench.client(scheme);
        // A kept key is overwritten only once all have been written.
        let shot = |number: usize, name: usize| {
            let path = format!("/bench/{scheme}-{clients}-{round}/{number}/{name}");
            Shot::signed(client.put(&path).sse_kms(Some(&bench.key)).body(body.clone()))
        };
        let of_client = |number| (0..SIGNED * 8 / clients.min(8)).map(move |name| (number, name));
        let shots = (0..clients).map(|number| of_client(number).map(|(a, b)| shot(a, b)).collect());
        let measured = measure(bench, scheme, shots.collect()).await;
        rates.push(measured.rate);
        cpu += measured.cpu;
        sent += measured.requests;
    }
    Line {
        what: &format!("PUT, {clients} clients"),
        unit: Unit::Requests,
        ours: median(rates),
        cpu: cpu * 1e6 / sent,
        against: "file, 2 fsyncs, SQLite row",
        floor: median(chains),
        wanted: Some(if clients == 1 { 0.7 } else { 0.65 }),
    }
    .print();
}

async fn get(bench: &Bench, scheme: &str, clients: usize) {
    let client = bench.client(scheme);
    let path = |name: usize| format!("/bench/read/{}", name % READ);
    let shots = |number: usize| -> Vec<_> {
        (0..READ).map(|name| Shot::signed(client.get(&path(name + number)))).collect()
    };
    let shots: Vec<_> = (0..clients).map(shots).collect();
    compare(
        bench,
        scheme,
        Compared {
            what: &format!("GET, {clients} clients"),
            shots,
            bare: Shot::plain(&format!("/{LEN}"), None),
            wanted: (clients == 64).then_some(25_000.0 / 149_000.0),
        },
    )
    .await;
}

async fn data_keys(bench: &Bench) {
    let client = bench.client("https");
    let parameters = json!({ "KeyId": bench.key, "KeySpec": "AES_256" });
    let request = client.kms_request("GenerateDataKey", parameters);
    let shot = Shot::signed(request);
    compare(
        bench,
        "https",
        Compared {
            what: "KMS GenerateDataKey",
            shots: vec![vec![shot]; 64],
            bare: Shot::plain("/512", Some(128)),
            wanted: Some(20_000.0 / 150_000.0),
        },
    )
    .await;
}

async fn list(bench: &Bench) {
    let client = bench.client("https");
    let shot = Shot::signed(client.get("/bench?list-type=2&max-keys=1000"));
    let (peer, _) = bench.peers("https");
    let bytes = peer.connect().await.shoot(&shot).await;
    compare(
        bench,
        "https",
        Compared {
            what: "LIST of 1,000, 1 client",
            shots: vec![vec![shot]],
            bare: Shot::plain(&format!("/{bytes}"), None),
            wanted: None,
        },
    )
    .await;
}

/// A request and what bare hyper is asked for beside it.
struct Compared<'a> {
    what: &'a str,
    shots: Vec<Vec<Shot>>,
    bare: Shot,
    wanted: Option<f64>,
}

async fn compare(bench: &Bench, scheme: &str, compared: Compared<'_>) {
    let (_, bare) = bench.peers(scheme);
    let (mut rates, mut floors) = (vec![], vec![]);
    let (mut cpu, mut sent) = (0.0, 0.0);
    for _ in 0..bench.rounds {
        let shots = vec![vec![compared.bare.clone()]; compared.shots.len()];
        floors.push(load::rate(&bare, shots, bench.moment).await);
        let measured = measure(bench, scheme, compared.shots.clone()).await;
        rates.push(measured.rate);
        cpu += measured.cpu;
        sent += measured.requests;
    }
    Line {
        what: compared.what,
        unit: Unit::Requests,
        ours: median(rates),
        cpu: cpu * 1e6 / sent,
        against: "hyper, as many bytes",
        floor: median(floors),
        wanted: compared.wanted,
    }
    .print();
}

struct Measured {
    rate: f64,
    requests: f64,
    cpu: f64,
}

async fn measure(bench: &Bench, scheme: &str, shots: Vec<Vec<Shot>>) -> Measured {
    let (ours, _) = bench.peers(scheme);
    let before = bench.cpu_seconds();
    let time = bench.moment * 2;
    let rate = load::rate(&ours, shots, time).await;
    let cpu = bench.cpu_seconds() - before;
    Measured { rate, cpu, requests: rate * time.as_secs_f64() }
}
