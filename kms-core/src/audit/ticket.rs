//! The promise that a record is durable.
//!
//! A caller may do other work before it waits, but must wait before it answers.
//! A ticket that is dropped takes nothing back: the record is written all the same.

use tokio::sync::oneshot;

use super::AuditError;

/// Resolves when the record it was given for is on stable storage.
///
/// Dropping it does not drop the record, only the knowledge of it.
#[derive(Debug)]
#[must_use = "an answer must not leave before its audit record is durable"]
pub struct Ticket(Durability);

#[derive(Debug)]
enum Durability {
    Done,
    Coming(oneshot::Receiver<Result<(), AuditError>>),
}

impl Ticket {
    /// For a record that is durable already, or that needs none.
    pub fn done() -> Self {
        Self(Durability::Done)
    }

    /// For a record whose writer answers through `receiver`.
    pub fn coming(receiver: oneshot::Receiver<Result<(), AuditError>>) -> Self {
        Self(Durability::Coming(receiver))
    }

    /// Waits for the disk. Errors: [`AuditError::Write`] when this record could
    /// not be written, [`AuditError::Closed`] when the writer is gone.
    pub async fn durable(self) -> Result<(), AuditError> {
        match self.0 {
            Durability::Done => Ok(()),
            Durability::Coming(receiver) => receiver.await.unwrap_or(Err(AuditError::Closed)),
        }
    }
}

/// A value that may be worked with, but not answered, before its audit record
/// is durable.
#[derive(Debug)]
#[must_use = "an answer must not leave before its audit record is durable"]
pub struct Audited<T> {
    value: T,
    ticket: Ticket,
}

impl<T> Audited<T> {
    /// Binds a value to the ticket of its record.
    pub fn new(value: T, ticket: Ticket) -> Self {
        Self { value, ticket }
    }

    /// The value, and the ticket to await before the first byte of the answer.
    pub fn into_parts(self) -> (T, Ticket) {
        (self.value, self.ticket)
    }

    /// Waits until the record is durable, then gives the value. On an error
    /// the value is dropped: what is not recorded did not happen.
    pub async fn settle(self) -> Result<T, AuditError> {
        self.ticket.durable().await?;
        Ok(self.value)
    }
}
