//! The audit trail: what was done with which key, by whom, with what result.
//!
//! An [`AuditEvent`] says what happened; a sink gives it its place in the chain
//! of this process (node, boot, sequence) and answers with a [`Ticket`] that
//! resolves when the record is durable. The rule of the house: **no answer's
//! first byte leaves before its ticket has resolved**, so a sink that cannot
//! write stops uses instead of losing records. [`Audited`] carries value and
//! ticket together, that the wait may overlap with reading the store.
//!
//! Not here: request logs, and who may read the trail. No record holds a
//! plaintext, a key, a token or an encryption context's values. The bytes on
//! disk are specified in `docs/formats/audit.md`.

mod chain;
mod event;
mod file;
mod log;
mod memory;
mod refusals;
mod ticket;
mod usage;
mod verify;

use async_trait::async_trait;

pub use chain::{AuditKey, Checkpoint};
pub use event::{AuditEvent, ObjectName, Outcome};
pub use file::{FileAudit, FileAuditSettings};
pub use memory::{MemoryAudit, NullAudit};
pub use refusals::{Admission, RefusalMeter};
pub use ticket::{Audited, Ticket};
pub use usage::{Calls, Usage, usage};
pub use verify::{Fault, FileReport, Finding, Report, Tail, verify};

/// Why an event was not recorded. The operation it belongs to must be refused
/// with a 503; the caller may retry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The queue stayed full for its bounded wait: the disk is too slow for the load.
    #[error("the audit queue is full")]
    Full,
    /// The file cannot be written; an operator should look at disk and
    /// permissions. Writing is tried again with each use.
    #[error("the audit log cannot be written: {0}")]
    Write(String),
    /// The sink has been stopped.
    #[error("the audit log is closed")]
    Closed,
    /// The log cannot be opened or read (start, verification).
    #[error("the audit log cannot be read: {0}")]
    Read(String),
}

/// Where events go. [`FileAudit`] in production; [`MemoryAudit`] and
/// [`NullAudit`] in tests and benchmarks.
#[async_trait]
pub trait AuditSink: Send + Sync + 'static {
    /// Takes `event` into the chain. Waits a bounded time for a place in the
    /// queue, not for the disk. Errors: [`AuditError::Full`], [`AuditError::Closed`].
    async fn append(&self, event: AuditEvent) -> Result<Ticket, AuditError>;
}
