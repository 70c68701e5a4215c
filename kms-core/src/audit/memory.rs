//! Sinks for tests and benchmarks. Neither keeps anything over a restart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{AuditError, AuditEvent, AuditSink, Ticket};

/// Forgets everything, at once.
#[derive(Debug, Default)]
pub struct NullAudit;

/// Keeps events in memory; can be told to fail.
#[derive(Debug, Default)]
pub struct MemoryAudit {
    events: Mutex<Vec<AuditEvent>>,
    failing: AtomicBool,
}

impl MemoryAudit {
    /// All events so far, in order.
    pub fn events(&self) -> Vec<AuditEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on refuses (or, with `false`, takes) events, as a full disk does.
    pub fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }
}

#[async_trait]
impl AuditSink for NullAudit {
    async fn append(&self, _event: AuditEvent) -> Result<Ticket, AuditError> {
        Ok(Ticket::done())
    }
}

#[async_trait]
impl AuditSink for MemoryAudit {
    async fn append(&self, event: AuditEvent) -> Result<Ticket, AuditError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(AuditError::Write("told to fail".to_owned()));
        }
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        Ok(Ticket::done())
    }
}
