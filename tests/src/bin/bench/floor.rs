//! What the machine can do without a gateway: one hash, one cipher, one hyper
//! that sends and receives, one durable file with its row.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use md5::{Digest, Md5};
use rusqlite::Connection;

/// Bytes of one segment.
const SEGMENT: usize = 64 * 1024;

/// MD5 on `threads` threads at once, bytes a second together.
pub fn md5(threads: usize, time: Duration) -> f64 {
    on_threads(threads, time, || {
        let (segment, mut md5) = (vec![7; SEGMENT], Md5::new());
        move || md5.update(&segment)
    })
}

/// AES-256-GCM of 64 KiB segments on one thread, bytes a second.
pub fn aead(time: Duration) -> f64 {
    on_threads(1, time, || {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key"));
        let mut segment = vec![7; SEGMENT];
        move || {
            let nonce = Nonce::assume_unique_for_key([0; 12]);
            let sealed = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut segment);
            let _ = std::hint::black_box(sealed.expect("sealed"));
        }
    })
}

/// Bytes a second of `make()`'s steps, each over one segment.
fn on_threads<F: FnMut()>(threads: usize, time: Duration, make: impl Fn() -> F + Sync) -> f64 {
    let began = Instant::now();
    let steps: u64 = thread::scope(|scope| {
        let running = (0..threads).map(|_| {
            scope.spawn(|| {
                let (mut step, mut steps) = (make(), 0);
                while began.elapsed() < time {
                    (0..16).for_each(|_| step());
                    steps += 16;
                }
                steps
            })
        });
        let running: Vec<_> = running.collect();
        running.into_iter().map(|thread| thread.join().expect("a thread")).sum()
    });
    (steps * SEGMENT as u64) as f64 / began.elapsed().as_secs_f64()
}

/// `streams` files of `len` bytes written and synced at once, bytes a second.
pub fn disk(dir: &Path, streams: usize, len: u64) -> f64 {
    let piece = vec![7; 1 << 20];
    let began = Instant::now();
    thread::scope(|scope| {
        for stream in 0..streams {
            let (path, piece) = (dir.join(format!("floor-{stream}")), &piece);
            scope.spawn(move || {
                let mut file = File::create(path).expect("a file");
                for _ in 0..len / piece.len() as u64 {
                    file.write_all(piece).expect("written");
                }
                file.sync_all().expect("synced");
            });
        }
    });
    let rate = (streams as u64 * len) as f64 / began.elapsed().as_secs_f64();
    for stream in 0..streams {
        let _ = fs::remove_file(dir.join(format!("floor-{stream}")));
    }
    rate
}

/// The chain behind a small durable write: a new file of 4 KiB, its sync, its
/// directory's sync, then a row in SQLite, whose one writer groups commits.
/// Chains a second by `clients` threads.
pub fn durable_chain(dir: &Path, clients: usize, time: Duration) -> f64 {
    let dir = dir.join(format!("chain-{clients}"));
    fs::create_dir_all(&dir).expect("a directory");
    let (rows, queue) = channel();
    let database = open_database(&dir.join("rows.db"));
    let writer = thread::spawn(move || write_rows(&database, &queue));
    let began = Instant::now();
    let chains: u64 = thread::scope(|scope| {
        let running = (0..clients).map(|client| {
            let (dir, rows) = (dir.join(format!("{client:03}")), rows.clone());
            scope.spawn(move || {
                fs::create_dir_all(&dir).expect("a directory");
                let mut chains = 0;
                while began.elapsed() < time {
                    chain(&dir, chains, &rows);
                    chains += 1;
                }
                chains
            })
        });
        let running: Vec<_> = running.collect();
        running.into_iter().map(|thread| thread.join().expect("a thread")).sum()
    });
    let rate = chains as f64 / began.elapsed().as_secs_f64();
    drop(rows);
    writer.join().expect("the writer");
    let _ = fs::remove_dir_all(&dir);
    rate
}

/// A row to be written: its key, and whom to tell.
type RowJob = (String, std::sync::mpsc::SyncSender<()>);

fn chain(dir: &Path, number: u64, rows: &Sender<RowJob>) {
    let path = dir.join(number.to_string());
    let mut file = File::create(&path).expect("a file");
    file.write_all(&[7; 4096]).expect("written");
    file.sync_all().expect("synced");
    File::open(dir).and_then(|dir| dir.sync_all()).expect("synced");
    let (done, wait) = sync_channel(1);
    rows.send((path.display().to_string(), done)).expect("a writer");
    wait.recv().expect("a row");
}

fn open_database(path: &Path) -> Connection {
    let database = Connection::open(path).expect("a database");
    let setup = "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
        CREATE TABLE row (key TEXT PRIMARY KEY, detail BLOB) WITHOUT ROWID;";
    database.execute_batch(setup).expect("a table");
    database
}

fn write_rows(database: &Connection, queue: &Receiver<RowJob>) {
    let mut told = Vec::new();
    while let Ok(first) = queue.recv() {
        database.execute_batch("BEGIN IMMEDIATE").expect("begun");
        let mut next = Some(first);
        while let Some((key, done)) = next {
            let mut insert =
                database.prepare_cached("INSERT INTO row VALUES (?1, ?2)").expect("SQL");
            insert.execute((key, [7; 600])).expect("a row");
            told.push(done);
            next = queue.try_recv().ok();
        }
        database.execute_batch("COMMIT").expect("committed");
        told.drain(..).for_each(|done| done.send(()).expect("a waiting client"));
    }
}
