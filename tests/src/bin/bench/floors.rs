//! What cannot be beaten: each step of the work alone.

use std::convert::Infallible;
use std::fs::File;
use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use kms_core::base::{Aead, Algorithm};
use md5::{Digest, Md5};
use rusqlite::Connection;
use sealgate_tests::{Client, Identity};
use tokio::net::TcpListener;

use crate::load::{MIB, Rate};

const SEGMENT: usize = 65_536;

/// MD5 on so many threads.
pub fn md5(threads: usize, window: Duration) -> Rate {
    let piece = vec![0x5a; MIB];
    on_threads(threads, MIB, window, || {
        let (mut digest, piece) = (Md5::new(), piece.clone());
        move || digest.update(&piece)
    })
}

/// AES-256-GCM of segments on so many threads.
pub fn aead(threads: usize, window: Duration) -> Rate {
    on_threads(threads, MIB, window, || {
        let aead = Aead::new(Algorithm::Aes256Gcm, &[7; 32]).expect("a key");
        let mut segment = vec![0x5a; SEGMENT];
        move || {
            for _ in 0..MIB / SEGMENT {
                aead.seal_in_place(&[0; 12], &[], &mut segment).expect("sealed");
            }
        }
    })
}

fn on_threads<W>(threads: usize, len: usize, window: Duration, make: impl Fn() -> W) -> Rate
where
    W: FnMut() + Send + 'static,
{
    let start = Instant::now();
    let workers = (0..threads).map(|_| {
        let mut work = make();
        thread::spawn(move || {
            let mut done = 0;
            while start.elapsed() < window {
                work();
                done += 1;
            }
            done
        })
    });
    let workers: Vec<_> = workers.collect();
    let operations: u64 = workers.into_iter().map(|worker| worker.join().expect("no panic")).sum();
    Rate { operations, bytes: operations * len as u64, time: start.elapsed() }
}

/// Files written and synced by so many threads, their rows committed in groups
/// by one more: the least that makes an object durable.
pub fn durable_writes(threads: usize, len: usize, window: Duration) -> Rate {
    let dir = tempfile::tempdir().expect("a directory");
    let (rows, written) = mpsc::channel::<mpsc::Sender<()>>();
    let database = Connection::open(dir.path().join("rows.sqlite")).expect("a database");
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (x BLOB)",
        )
        .expect("a table");
    let committer = thread::spawn(move || {
        while let Ok(first) = written.recv() {
            let group: Vec<_> = std::iter::once(first).chain(written.try_iter()).collect();
            database.execute_batch("BEGIN").expect("begun");
            for _ in &group {
                database.execute("INSERT INTO row VALUES (zeroblob(400))", []).expect("a row");
            }
            database.execute_batch("COMMIT").expect("committed");
            for waiting in group {
                let _ = waiting.send(());
            }
        }
    });
    let number = std::sync::atomic::AtomicU64::new(0);
    let path = dir.path().to_owned();
    let number = std::sync::Arc::new(number);
    let rate = on_threads(threads, len, window, || {
        let (rows, path, number) = (rows.clone(), path.clone(), number.clone());
        let body = vec![0x5a; len];
        move || {
            let name = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut file = File::create(path.join(name.to_string())).expect("a file");
            file.write_all(&body).and_then(|()| file.sync_all()).expect("written");
            File::open(&path).and_then(|dir| dir.sync_all()).expect("synced");
            let (done, committed) = mpsc::channel();
            rows.send(done).expect("the committer");
            committed.recv().expect("committed");
        }
    });
    drop(rows);
    committer.join().expect("no panic");
    rate
}

/// A bare hyper server that answers each GET with `len` bytes in pieces as the
/// gateway sends them, and drains each PUT.
pub async fn hyper(identity: Identity, len: usize) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let body = Bytes::from(vec![0x5a; len]);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let _ = socket.set_nodelay(true);
            let body = body.clone();
            let service = service_fn(move |request| answer(request, body.clone()));
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    Client::new(base, None, "us-east-1".to_owned(), identity)
}

async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        return Ok(Response::new(Full::new(body)));
    }
    let mut incoming = request.into_body();
    while let Some(Ok(_)) = incoming.frame().await {}
    Ok(Response::new(Full::new(Bytes::new())))
}
