//! Load on an S3 server: so many streams for so long.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use sealgate_tests::{Client, Identity, Payload};

pub const MIB: usize = 1024 * 1024;

/// What was done in a time.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub operations: u64,
    pub bytes: u64,
    pub time: Duration,
}

impl Rate {
    pub fn ratio_to(&self, floor: Rate) -> f64 {
        match self.is_large() {
            true => self.bytes_per_second() / floor.bytes_per_second(),
            false => self.per_second() / floor.per_second(),
        }
    }

    fn is_large(&self) -> bool {
        self.bytes / self.operations.max(1) >= MIB as u64
    }

    fn bytes_per_second(&self) -> f64 {
        self.bytes as f64 / self.time.as_secs_f64()
    }

    fn per_second(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_large() {
            true => write!(f, "{:.2} GB/s", self.bytes_per_second() / 1e9),
            false => write!(f, "{:.0} /s", self.per_second()),
        }
    }
}

/// A server and how to sign for it.
#[derive(Clone)]
pub struct Target {
    client: Client,
    plain: reqwest::Client,
}

impl Target {
    pub fn new(client: Client) -> Self {
        Self { client, plain: reqwest::Client::builder().no_proxy().build().expect("a client") }
    }

    pub fn identity(&self) -> Identity {
        self.client.identity().expect("an identity").clone()
    }
}

/// Writes objects of `len` bytes over `streams` connections.
pub async fn put(
    target: &Target,
    name: &'static str,
    len: usize,
    streams: usize,
    window: Duration,
) -> Rate {
    let body = Bytes::from(vec![0x5a; len]);
    run(target, streams, len, window, move |client, stream| {
        let (body, path) = (body.clone(), format!("/bucket/{name}-{stream}"));
        async move {
            let put = client.put(&path).payload(Payload::Unsigned).shared_body(body);
            put.send().await.expect(200);
        }
    })
    .await
}

/// Reads what `put` wrote.
pub async fn get(
    target: &Target,
    name: &'static str,
    len: usize,
    streams: usize,
    window: Duration,
) -> Rate {
    run(target, streams, len, window, move |client, stream| {
        let path = format!("/bucket/{name}-{stream}");
        async move {
            let mut response = client.get(&path).try_send().await.expect("an answer");
            let mut read = 0;
            while let Some(chunk) = response.chunk().await.expect("a whole body") {
                read += chunk.len();
            }
            assert_eq!(read, len);
        }
    })
    .await
}

async fn run<W, F>(target: &Target, streams: usize, len: usize, window: Duration, work: W) -> Rate
where
    W: Fn(Client, usize) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let done = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let tasks = (0..streams).map(|stream| {
        let (client, work, done) = (target.client.clone(), work.clone(), done.clone());
        tokio::spawn(async move {
            while start.elapsed() < window {
                work(client.clone(), stream).await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let operations = done.load(Ordering::Relaxed);
    Rate { operations, bytes: operations * len as u64, time: start.elapsed() }
}

/// Writes one object of `len` bytes on each stream, never holding it.
pub async fn put_once(target: &Target, len: u64, streams: usize) {
    let chunk = Bytes::from(vec![0x5a; MIB]);
    let tasks = (0..streams).map(|stream| {
        let url = target.client.presigned_url("PUT", &format!("/bucket/huge-{stream}"), 3600);
        let chunks = (0..len / MIB as u64).map({
            let chunk = chunk.clone();
            move |_| Ok::<_, std::io::Error>(chunk.clone())
        });
        let body = reqwest::Body::wrap_stream(stream::iter(chunks));
        let put = target.plain.put(url).header("content-length", len).body(body).send();
        tokio::spawn(async move { assert_eq!(put.await.expect("an answer").status(), 200) })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
}

/// Reads what `put_once` wrote.
pub async fn get_once(target: &Target, streams: usize) {
    let tasks = (0..streams).map(|stream| {
        let url = target.client.presigned_url("GET", &format!("/bucket/huge-{stream}"), 3600);
        let get = target.plain.get(url).send();
        tokio::spawn(async move {
            let mut response = get.await.expect("an answer");
            while response.chunk().await.expect("a whole body").is_some() {}
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
}
