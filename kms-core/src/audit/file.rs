//! The audit log on disk: one thread, one file a boot, one fdatasync a batch.
//!
//! Callers put events into a bounded queue; the thread drains it, chains and
//! writes all it found, syncs once and resolves all their tickets. Under load
//! batches grow by themselves, so throughput does not hang on the disk's
//! latency. The file is only ever appended to; a failed write is cut off again
//! before the next, and its events are refused, not kept for later.
//!
//! Not here: verification, and where checkpoints are stored; whoever stores
//! them watches [`FileAudit::checkpoints`].

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use super::chain::AuditKey;
use super::log::Log;
use super::{AuditError, AuditEvent, AuditSink, Checkpoint, Ticket};

/// Most events in one write.
const BATCH: usize = 4096;

/// Where and how the log is written.
#[derive(Debug)]
pub struct FileAuditSettings {
    /// The directory, one process of a node at a time.
    pub dir: PathBuf,
    /// The node's name: 1 to 64 of `a-z A-Z 0-9 _ . -`.
    pub node: String,
    /// The audit service key.
    pub key: AuditKey,
    /// The last checkpoint of this node that is known, so that a boot never
    /// takes the number of a file that was removed.
    pub known: Option<Checkpoint>,
    /// Places in the queue.
    pub queue: usize,
    /// How long an event waits for a place.
    pub patience: Duration,
}

/// The audit log of this process.
pub struct FileAudit {
    queue: mpsc::Sender<Message>,
    patience: Duration,
    checkpoints: watch::Receiver<Checkpoint>,
}

enum Message {
    Event(Box<AuditEvent>, Reply),
    Stop(oneshot::Sender<()>),
}

type Reply = oneshot::Sender<Result<(), AuditError>>;

impl FileAuditSettings {
    /// With a queue of 65,536 events and one second of patience.
    pub fn new(dir: PathBuf, node: String, key: AuditKey, known: Option<Checkpoint>) -> Self {
        Self { dir, node, key, known, queue: 65_536, patience: Duration::from_secs(1) }
    }
}

impl FileAudit {
    /// Opens a new file, whose first record is durable when this returns, and
    /// starts the thread. Blocks on the disk. Errors: [`AuditError::Read`]
    /// (another process holds the directory, or it is unreadable),
    /// [`AuditError::Write`].
    pub fn start(settings: FileAuditSettings, now_ms: u64) -> Result<Self, AuditError> {
        let FileAuditSettings { dir, node, key, known, queue, patience } = settings;
        let log = Log::create(&dir, &node, key, known.as_ref(), now_ms)?;
        Self::run(log, queue, patience)
    }

    fn run(log: Log, queue: usize, patience: Duration) -> Result<Self, AuditError> {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let (published, checkpoints) = watch::channel(log.checkpoint());
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_all(log, receiver, &published))
            .map_err(|error| AuditError::Write(error.to_string()))?;
        Ok(Self { queue: sender, patience, checkpoints })
    }

    /// The last durable record, always. A job keeps it in the catalog every few
    /// seconds and after [`FileAudit::stop`].
    pub fn checkpoints(&self) -> watch::Receiver<Checkpoint> {
        self.checkpoints.clone()
    }

    /// Writes what is queued, closes the log and returns its last checkpoint.
    /// Later events are [`AuditError::Closed`].
    pub async fn stop(&self) -> Checkpoint {
        let (sender, stopped) = oneshot::channel();
        if self.queue.send(Message::Stop(sender)).await.is_ok() {
            // An error means that it has stopped already.
            stopped.await.ok();
        }
        self.checkpoints.borrow().clone()
    }
}

#[async_trait]
impl AuditSink for FileAudit {
    async fn append(&self, event: AuditEvent) -> Result<Ticket, AuditError> {
        let place = match self.queue.try_reserve() {
            Ok(place) => place,
            Err(mpsc::error::TrySendError::Closed(())) => return Err(AuditError::Closed),
            Err(mpsc::error::TrySendError::Full(())) => {
                match tokio::time::timeout(self.patience, self.queue.reserve()).await {
                    Ok(Ok(place)) => place,
                    Ok(Err(_)) => return Err(AuditError::Closed),
                    Err(_) => return Err(AuditError::Full),
                }
            }
        };
        let (reply, durable) = oneshot::channel();
        place.send(Message::Event(Box::new(event), reply));
        Ok(Ticket::coming(durable))
    }
}

/// The thread: until told to stop, or nobody is left to send.
fn write_all(
    mut log: Log,
    mut queue: mpsc::Receiver<Message>,
    published: &watch::Sender<Checkpoint>,
) {
    let (mut events, mut replies) = (Vec::new(), Vec::new());
    let mut stopping = None;
    while let Some(first) = queue.blocking_recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Event(event, reply) => {
                    events.push(*event);
                    replies.push(reply);
                }
                Message::Stop(stopped) => {
                    // Closing keeps what is queued; the loops drain it.
                    queue.close();
                    stopping = Some(stopped);
                }
            }
            next = if events.len() < BATCH { queue.try_recv().ok() } else { None };
        }
        let written = log.append(&events);
        if written.is_ok() {
            published.send_replace(log.checkpoint());
        }
        events.clear();
        for reply in replies.drain(..) {
            // Whoever dropped its ticket does not want to know.
            reply.send(written.clone()).ok();
        }
    }
    if let Some(stopped) = stopping {
        drop(log);
        stopped.send(()).ok();
    }
}
