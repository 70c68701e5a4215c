//! The SQLite engine: connections, the one writer, and the checkpoints.
//!
//! WAL with `synchronous=FULL`: a COMMIT is durable when it returns. One thread
//! writes and groups what is queued into one COMMIT; another copies the WAL
//! into the database file, so that no COMMIT waits for that; the writer only
//! restarts the WAL at its front when it grows, and never truncates it, since
//! overwriting an existing file is the cheap kind of sync. Readers run on the
//! caller's thread. This is the only file that opens connections.
//!
//! Invariant: every read transaction ends within one call of [`Sqlite::read`],
//! so no reader holds the WAL for long.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::mpsc;

use super::driver::{BatchEnd, Job, Ran, Tx};
use super::error::CatalogError;

/// Mutations that may wait for the writer; more callers wait for room.
const QUEUE: usize = 1024;
/// Most mutations in one COMMIT.
const BATCH: usize = 512;
/// A batch takes no further mutation after this time.
const BATCH_TIME: Duration = Duration::from_millis(4);
/// How long a statement waits for a lock that another process holds.
const BUSY: Duration = Duration::from_secs(2);
/// Idle read connections that are kept.
const IDLE_READERS: usize = 16;
const PAGE_BYTES: i64 = 8192;
/// Uncopied pages in the WAL that wake the checkpoint thread (4 MiB).
const CHECKPOINT_PAGES: i64 = (4 << 20) / PAGE_BYTES;
/// Length of the WAL from which on the writer tries to restart it (64 MiB).
const RESTART_PAGES: i64 = (64 << 20) / PAGE_BYTES;
/// A restart that a reader prevented is tried again after this growth (8 MiB).
const RETRY_PAGES: i64 = (8 << 20) / PAGE_BYTES;
/// Length of the WAL from which on commits wait for its restart (160 MiB).
const HARD_PAGES: i64 = (160 << 20) / PAGE_BYTES;

/// An open database.
pub(super) struct Sqlite {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    queue: mpsc::Sender<Job>,
}

impl Sqlite {
    /// Opens or creates the file, lets `prepare` bring it up to date, and starts
    /// the two threads. They end when the value is dropped and the queue is empty.
    pub(super) fn open(
        path: &Path,
        prepare: impl FnOnce(&mut Connection) -> Result<(), CatalogError>,
    ) -> Result<Self, CatalogError> {
        let unavailable = |error: std::io::Error| {
            CatalogError::Unavailable(format!("{}: {error}", path.display()))
        };
        // SQLite would make it readable by all; its WAL takes over this mode.
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        options.open(path).map_err(unavailable)?;

        let mut connection = connect(path, WRITER_PRAGMAS)?;
        // Where shared memory is missing, SQLite would stay in another mode.
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode != "wal" {
            let why = format!("{}: the filesystem allows no WAL", path.display());
            return Err(CatalogError::Unavailable(why));
        }
        prepare(&mut connection)?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (wake, woken) = sync_channel(1);
        let copying = Arc::new(Mutex::new(()));
        let writer = Writer {
            connection,
            jobs,
            wake,
            copying: copying.clone(),
            next_restart: RESTART_PAGES,
        };
        let copier = connect(path, READER_PRAGMAS)?;
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(unavailable)
        };
        spawn("catalog-write", Box::new(move || writer.run()))?;
        spawn("catalog-copy", Box::new(move || checkpoint(&copier, &woken, &copying)))?;
        Ok(Self { path: path.to_owned(), idle: Mutex::default(), queue })
    }

    /// Queues a mutation; waits while the queue is full.
    pub(super) async fn submit(&self, job: Job) -> Result<(), CatalogError> {
        let stopped = |_| CatalogError::Unavailable("the writer has stopped".to_owned());
        self.queue.send(job).await.map_err(stopped)
    }

    /// Runs `work` in one read transaction on the caller's thread.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path, READER_PRAGMAS)?,
        };
        let tx = Tx::new(&connection);
        tx.execute("BEGIN", [])?;
        let result = work(&tx);
        // A connection that cannot end its transaction is dropped, not kept.
        tx.execute("COMMIT", [])?;
        let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < IDLE_READERS {
            kept.push(connection);
        }
        result
    }
}

const WRITER_PRAGMAS: &str = "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; \
    PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-16384; \
    PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;";

const READER_PRAGMAS: &str = "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; \
    PRAGMA cache_size=-2048; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; \
    PRAGMA trusted_schema=OFF;";

fn connect(path: &Path, pragmas: &str) -> Result<Connection, CatalogError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(pragmas)?;
    // Or each new parameter compiles a statement anew that a partial index may
    // serve: nine tenths of the cost of a read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The only one who writes.
struct Writer {
    connection: Connection,
    jobs: mpsc::Receiver<Job>,
    wake: SyncSender<()>,
    /// Held by whoever copies the WAL.
    copying: Arc<Mutex<()>>,
    next_restart: i64,
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.jobs.blocking_recv() {
            let (ran, end) = self.batch(first);
            if let BatchEnd::Lost(why) = &end {
                tracing::error!(cause = why, "the catalog could not write");
            }
            for job in ran {
                (job.settle)(&end);
            }
            if let Err(error) = self.tend_wal() {
                tracing::warn!(cause = %error, "the catalog's WAL could not be restarted");
            }
        }
    }

    /// Runs `first` and what else is queued, then commits.
    fn batch(&mut self, first: Job) -> (Vec<Ran>, BatchEnd) {
        let began = Instant::now();
        let tx = Tx::new(&self.connection);
        if let Err(error) = tx.execute("BEGIN IMMEDIATE", []) {
            return (vec![first(None)], BatchEnd::Lost(error.to_string()));
        }
        let mut ran = Vec::new();
        let mut next = Some(first);
        let mut lost = None;
        while let Some(job) = next {
            match run_job(&tx, job) {
                (job, Ok(())) => ran.push(job),
                (job, Err(error)) => {
                    ran.push(job);
                    lost.get_or_insert(error.to_string());
                }
            }
            let more = ran.len() < BATCH && began.elapsed() < BATCH_TIME && lost.is_none();
            next = if more { self.jobs.try_recv().ok() } else { None };
        }
        // Some failures (disk full, I/O) end the whole transaction inside SQLite.
        if lost.is_none() && self.connection.is_autocommit() {
            lost = Some("the transaction was ended by a storage failure".to_owned());
        }
        let end = match lost {
            Some(why) => BatchEnd::Lost(why),
            None => match tx.execute("COMMIT", []) {
                Ok(_) => BatchEnd::Committed,
                Err(error) => {
                    tracing::error!(cause = %error, "a commit of the catalog failed");
                    BatchEnd::Unknown
                }
            },
        };
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(cause = %error, "a failed batch could not be rolled back");
        }
        (ran, end)
    }

    /// Wakes the copier, and restarts the WAL at its front when it is long.
    fn tend_wal(&mut self) -> Result<(), CatalogError> {
        let (_, pages, copied) = wal(&self.connection, "PRAGMA wal_checkpoint(NOOP)")?;
        if pages - copied >= CHECKPOINT_PAGES {
            // A full channel means that it is awake already.
            let _ = self.wake.try_send(());
        }
        if pages < self.next_restart {
            return Ok(());
        }
        let hard = pages >= HARD_PAGES;
        let _copying = match (self.copying.try_lock(), hard) {
            (Ok(guard), _) => guard,
            (Err(_), true) => self.copying.lock().unwrap_or_else(PoisonError::into_inner),
            (Err(_), false) => return Ok(()),
        };
        let patience = if hard { Duration::from_secs(2) } else { Duration::from_millis(10) };
        self.connection.busy_timeout(patience)?;
        let restarted = wal(&self.connection, "PRAGMA wal_checkpoint(RESTART)");
        self.connection.busy_timeout(BUSY)?;
        let (busy, ..) = restarted?;
        self.next_restart = if busy { HARD_PAGES.min(pages + RETRY_PAGES) } else { RESTART_PAGES };
        Ok(())
    }
}

/// Runs a job under its savepoint. An error is about the transaction, not the job.
fn run_job(tx: &Tx<'_>, job: Job) -> (Ran, Result<(), CatalogError>) {
    let saved = tx.execute("SAVEPOINT job", []);
    let ran = job(saved.is_ok().then_some(tx));
    let rolled = match (&saved, ran.keep) {
        (Ok(_), false) => tx.execute("ROLLBACK TO job", []),
        _ => Ok(0),
    };
    let released = saved.and(rolled).and_then(|_| tx.execute("RELEASE job", []));
    (ran, released.map(drop))
}

/// Copies the WAL into the database whenever it is woken, until the writer ends.
fn checkpoint(connection: &Connection, woken: &Receiver<()>, copying: &Mutex<()>) {
    while woken.recv().is_ok() {
        let _copying = copying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = wal(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            tracing::warn!(cause = %error, "a checkpoint of the catalog failed");
        }
    }
}

/// Runs a checkpoint pragma: whether it was kept from finishing, pages in the
/// WAL, pages of them copied. <https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>
fn wal(connection: &Connection, pragma: &str) -> Result<(bool, i64, i64), CatalogError> {
    let mut statement = connection.prepare_cached(pragma)?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}
