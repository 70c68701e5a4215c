//! A power cut at any moment loses nothing that was acknowledged.
//!
//! `SEALGATE_KILLS` sets how often the gateway dies; `make soak` asks for 10,000.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealgate_tests::{Chance, Client, Gateway};

const WRITERS: u64 = 4;

/// What the gateway said about each key: every body that may be there now.
type Acknowledged = Arc<Mutex<BTreeMap<String, Vec<Option<Vec<u8>>>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_object_is_lost_when_the_gateway_is_killed() {
    let kills = std::env::var("SEALGATE_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u64 = kills.unwrap_or(200);
    let mut chance = Chance::new();
    let mut gateway = Gateway::start();
    gateway.client().put("/bucket").send().await.expect(200);
    let known = Acknowledged::default();
    for round in 0..kills {
        let client = gateway.client();
        let writers = (0..WRITERS).map(|writer| {
            let seed = chance.clone();
            chance.number();
            tokio::spawn(write_until_it_dies(client.clone(), seed, round, writer, known.clone()))
        });
        let writers: Vec<_> = writers.collect();
        tokio::time::sleep(Duration::from_micros(chance.below(60_000))).await;
        gateway.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        gateway.launch().unwrap();
        if round % 10 == 9 || round + 1 == kills {
            assert_all_is_there(&gateway.client(), &known).await;
        }
    }
    println!("{} objects after {kills} kills", known.lock().unwrap().len());
}

/// Writes, replaces and deletes until the connection breaks. A request without an
/// answer may have happened or not: both outcomes are then allowed.
async fn write_until_it_dies(
    client: Client,
    mut chance: Chance,
    round: u64,
    writer: u64,
    known: Acknowledged,
) {
    loop {
        // A key belongs to one writer, so that the order of its writes is known.
        let key = format!("/bucket/{writer}-{}", (round % 7) * 20 + chance.below(20));
        let deletes = chance.below(8) == 0;
        let len = if chance.below(10) == 0 { 300_000 } else { 1_000 };
        let body = chance.bytes(len);
        let outcome = (!deletes).then(|| body.clone());
        known
            .lock()
            .unwrap()
            .entry(key.clone())
            .or_insert_with(|| vec![None])
            .push(outcome.clone());
        let request = match (deletes, chance.below(2)) {
            (true, _) => client.delete(&key),
            (false, 0) => client.put(&key).sse_kms(None).body(body),
            (false, _) => client.put(&key).body(body),
        };
        match request.try_send().await {
            Ok(answer) if answer.status().is_success() => {
                known.lock().unwrap().insert(key, vec![outcome]);
            }
            Ok(answer) => assert!(answer.status().is_server_error(), "{key}: {answer:?}"),
            Err(_) => return,
        }
    }
}

async fn assert_all_is_there(client: &Client, known: &Acknowledged) {
    let keys: Vec<_> = known.lock().unwrap().clone().into_iter().collect();
    for (key, allowed) in keys {
        let reply = client.get(&key).send().await;
        let found = match reply.status {
            404 => None,
            _ => Some(reply.expect(200).body().to_vec()),
        };
        let lens: Vec<_> = allowed.iter().map(|body| body.as_ref().map(Vec::len)).collect();
        assert!(
            allowed.contains(&found),
            "{key}: {:?}, allowed {lens:?}",
            found.map(|body| body.len())
        );
        known.lock().unwrap().insert(key, vec![found]);
    }
}
