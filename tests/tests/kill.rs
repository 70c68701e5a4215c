//! Power cuts: SIGKILL at random moments of a write load, restarts on the same
//! directory, and nothing acknowledged is lost.
//!
//! `SEALGATE_KILLS` sets how many (200; `make soak` takes 10,000).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sealgate_tests::{Chance, Client, Gateway};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

const WORKERS: u64 = 6;
const KEYS: u64 = 8;
const PART: usize = 5 << 20;

/// What an object may be: `None` for absent.
type Contents = Option<(u64, usize)>;

/// One name, written by one worker at a time.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    acknowledged: Contents,
    /// Asked for, and not answered when the gateway died.
    open: Option<Contents>,
}

type Names = Arc<Mutex<HashMap<String, Known>>>;
/// Whether a key was acknowledged as enabled; `None` when a change was open.
type KmsKeys = Arc<Mutex<HashMap<String, Option<bool>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_an_acknowledged_object_deletion_or_key() {
    let kills = std::env::var("SEALGATE_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u32 = kills.unwrap_or(200);
    let mut chance = Chance::new();
    let mut gateway = Gateway::with(&[("SEALGATE_LOG_LEVEL", "warn")]);
    gateway.client().put("/box").send().await.expect(200);
    let (names, keys) = (Names::default(), KmsKeys::default());
    let (mut starting, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..kills {
        let client = gateway.client();
        let mut load = JoinSet::new();
        for worker in 0..WORKERS {
            load.spawn(write(client.clone(), worker, chance.number(), names.clone()));
        }
        load.spawn(administer(client, keys.clone()));
        tokio::time::sleep(Duration::from_millis(chance.below(150))).await;
        gateway.kill();
        // Every request fails now; whatever is still open stays so.
        while load.join_next().await.is_some() {}

        let began = Instant::now();
        gateway.launch().expect("a restart");
        starting += began.elapsed();
        slowest = slowest.max(began.elapsed());
        settle(&gateway.client(), &names, false).await;
    }
    println!("start: {:?} on average, {slowest:?} at most", starting / kills.max(1));
    settle(&gateway.client(), &names, true).await;
    check_keys(&gateway.client(), &keys).await;
    let written = names.lock().await.len();
    assert!(kills < 100 || written > 20, "the load wrote {written} names only");
    let verified = gateway.run(&["audit", "verify"]);
    println!("{}", String::from_utf8_lossy(&verified.stdout).lines().last().unwrap_or_default());
    gateway.restart();
    gateway.run(&["audit", "verify"]);
}

/// Writes, overwrites and deletes this worker's names until the gateway is gone.
async fn write(client: Client, worker: u64, seed: u64, names: Names) {
    let mut seed = seed;
    loop {
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let draw = seed >> 33;
        let name = format!("w{worker}-{}", draw % KEYS);
        let wanted = match draw / KEYS % 50 {
            0..10 => None,
            10 => Some((seed, PART + 1000)),
            11..15 => Some((seed, 300_000)),
            _ => Some((seed, (draw % 20_000) as usize)),
        };
        names.lock().await.entry(name.clone()).or_default().open = Some(wanted);
        let is_acknowledged = match wanted {
            None => delete(&client, &name).await,
            Some((seed, len)) if draw.is_multiple_of(3) || len > PART => {
                complete(&client, &name, contents(seed, len)).await
            }
            Some((seed, len)) => put(&client, &name, draw % 3, contents(seed, len)).await,
        };
        if !is_acknowledged {
            return;
        }
        let known = Known { acknowledged: wanted, open: None };
        names.lock().await.insert(name, known);
    }
}

async fn put(client: &Client, name: &str, mode: u64, body: Vec<u8>) -> bool {
    let request = client.put(&format!("/box/{name}")).body(body);
    let request = match mode {
        1 => request.sse_kms(None),
        _ => request,
    };
    answered(request, 200).await.is_some()
}

async fn delete(client: &Client, name: &str) -> bool {
    answered(client.delete(&format!("/box/{name}")), 204).await.is_some()
}

/// A multipart upload, of one part or two.
async fn complete(client: &Client, name: &str, body: Vec<u8>) -> bool {
    let started = answered(client.post(&format!("/box/{name}?uploads")).sse_kms(None), 200).await;
    let Some(text) = started else { return false };
    let id = text.split("<UploadId>").nth(1).and_then(|rest| rest.split('<').next());
    let id = id.expect("an upload id").to_owned();
    let mut list = String::new();
    for (number, piece) in (1..).zip(body.chunks(PART)) {
        let path = format!("/box/{name}?partNumber={number}&uploadId={id}");
        let etag = sealgate_tests::store::md5(piece);
        let request = client.put(&path).body(piece);
        let Some(echoed) = etag_of(request).await else { return false };
        // The parts of a `kms` upload have the MD5 of their ciphertext.
        assert_ne!(echoed, etag);
        list.push_str(&format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>\"{echoed}\"</ETag></Part>"
        ));
    }
    let document = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let request = client.post(&format!("/box/{name}?uploadId={id}")).body(document);
    answered(request, 200).await.is_some_and(|text| text.contains("<ETag>"))
}

/// The text of the answer, which must have this status; `None` when none came.
async fn answered(request: sealgate_tests::client::Request, status: u16) -> Option<String> {
    let response = request.try_send().await.ok()?;
    let got = response.status().as_u16();
    let text = response.text().await.ok()?;
    assert_eq!(got, status, "{text}");
    Some(text)
}

async fn etag_of(request: sealgate_tests::client::Request) -> Option<String> {
    let response = request.try_send().await.ok()?;
    assert_eq!(response.status().as_u16(), 200);
    let etag = response.headers().get("etag")?.to_str().ok()?.trim_matches('"').to_owned();
    Some(etag)
}

/// Makes keys, and disables and enables them.
async fn administer(client: Client, keys: KmsKeys) {
    for round in 0_u32.. {
        let made = call(&client, "CreateKey", json!({})).await;
        let Some(id) = made.and_then(|made| {
            made.pointer("/KeyMetadata/KeyId").and_then(|id| id.as_str()).map(str::to_owned)
        }) else {
            return;
        };
        keys.lock().await.insert(id.clone(), Some(true));
        if round % 2 == 0 {
            keys.lock().await.insert(id.clone(), None);
            if call(&client, "DisableKey", json!({ "KeyId": id })).await.is_none() {
                return;
            }
            keys.lock().await.insert(id, Some(false));
        }
    }
}

async fn call(
    client: &Client,
    operation: &str,
    parameters: serde_json::Value,
) -> Option<serde_json::Value> {
    let request = client.kms_request(operation, parameters);
    let text = answered(request, 200).await?;
    Some(serde_json::from_str(&text).unwrap_or_default())
}

async fn check_keys(client: &Client, keys: &KmsKeys) {
    for (id, is_enabled) in keys.lock().await.iter() {
        let described = client.kms("DescribeKey", json!({ "KeyId": id })).await.expect(200);
        let state = described.field("KeyMetadata/KeyState");
        match is_enabled {
            Some(true) => assert_eq!(state, "Enabled", "{id}"),
            Some(false) => assert_eq!(state, "Disabled", "{id}"),
            None => {}
        }
    }
}

/// Reads every name whose last request was not answered (or every name) and
/// learns what became of it.
async fn settle(client: &Client, names: &Names, all: bool) {
    for (name, known) in names.lock().await.iter_mut() {
        if known.open.is_none() && !all {
            continue;
        }
        let read = client.get(&format!("/box/{name}")).download();
        let read = timeout(Duration::from_secs(30), read).await.expect("an answer");
        let is = |contents: &Contents| match contents {
            None => read.status == 404,
            Some((seed, len)) => {
                read.status == 200 && read.is_whole && read.bytes == self::contents(*seed, *len)
            }
        };
        let found = match &known.open {
            Some(open) if is(open) => *open,
            _ if is(&known.acknowledged) => known.acknowledged,
            _ => panic!(
                "{name} is {} with {} bytes and should be {known:?}",
                read.status,
                read.bytes.len()
            ),
        };
        *known = Known { acknowledged: found, open: None };
    }
}

fn contents(seed: u64, len: usize) -> Vec<u8> {
    format!("{seed:020} ").bytes().cycle().take(len).collect()
}
