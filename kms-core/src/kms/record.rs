//! How an operation is recorded: every one, done or refused.
//!
//! Uses are recorded before they are answered and refused when they cannot be.
//! Changes stand in the outbox with the change itself, so keys can be
//! administered while the log cannot be written, and are chained afterwards.

use policy::Action;
use uuid::Uuid;

use super::{Caller, Kms, KmsError};
use crate::audit::{Admission, AuditEvent, Audited, Outcome, Ticket};
use crate::key::{Key, KeyRef};

/// Events that are taken from the outbox at a time.
const OUTBOX_BATCH: usize = 256;
/// Age in milliseconds before which a change is still being recorded by the
/// request that made it.
const IN_FLIGHT_MS: u64 = 10_000;

impl Kms {
    /// Records key changes whose process died between the change and its record,
    /// or that were made while the audit was out. Before the first request and
    /// every few seconds. A change of the last ten seconds is left to whoever is
    /// just recording it, lest it stand in the log twice. Returns how many there
    /// were. Errors: `Unavailable`, `Audit`.
    pub async fn chain_outbox(&self) -> Result<usize, KmsError> {
        let mut chained = 0;
        loop {
            let events = self.store.outbox_list(OUTBOX_BATCH).await;
            let events = events.map_err(|error| KmsError::Unavailable(error.to_string()))?;
            let now = self.now();
            let left = |event: &AuditEvent| now.abs_diff(event.time_ms) >= IN_FLIGHT_MS;
            let before = chained;
            for event in events.into_iter().filter(left) {
                self.chain_change(event).await?;
                chained += 1;
            }
            if chained == before {
                return Ok(chained);
            }
        }
    }

    /// Records refusals that were counted and not listed. At a clean stop.
    pub async fn chain_refusals(&self) -> Result<(), KmsError> {
        for summary in self.refusals.drain(self.now()) {
            self.audit.append(summary).await?.durable().await?;
        }
        Ok(())
    }

    /// The event of `action` by `caller`, about nothing yet.
    pub(super) fn event(&self, caller: &Caller, action: Action) -> AuditEvent {
        AuditEvent {
            time_ms: self.now(),
            action: action.name().to_owned(),
            principal: caller.name(),
            account: caller.account().map(|account| account.id.clone()).unwrap_or_default(),
            source_ip: caller.source_ip.map(|ip| ip.to_string()),
            request_id: caller.request_id.clone(),
            via: caller.via.map(str::to_owned),
            ..AuditEvent::default()
        }
    }

    /// The event of a change that no caller asked for: by an operator or a job.
    pub(super) fn service_event(&self, principal: &str, action: &str) -> AuditEvent {
        AuditEvent {
            time_ms: self.now(),
            action: action.to_owned(),
            principal: principal.to_owned(),
            change: Some(Uuid::new_v4().to_string()),
            ..AuditEvent::default()
        }
    }

    /// As [`Kms::event`], for a change that goes through the outbox.
    pub(super) fn change_event(&self, caller: &Caller, action: Action) -> AuditEvent {
        AuditEvent { change: Some(Uuid::new_v4().to_string()), ..self.event(caller, action) }
    }

    /// Ends a use: puts its record on the way and binds the value to it. A
    /// refusal is returned only once its record is durable.
    pub(super) async fn conclude<T>(
        &self,
        event: AuditEvent,
        result: Result<T, KmsError>,
    ) -> Result<Audited<T>, KmsError> {
        match result {
            Ok(value) => Ok(Audited::new(value, self.audit.append(event).await?)),
            Err(error) => Err(self.refuse(event, error).await),
        }
    }

    /// Ends a use and waits for its record.
    pub(super) async fn settle<T>(
        &self,
        event: AuditEvent,
        result: Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        Ok(self.conclude(event, result).await?.settle().await?)
    }

    /// Ends a change whose event the store has put into its outbox. The outbox
    /// is durable, so keys can be administered while the chain cannot be written;
    /// [`Kms::chain_outbox`] records the change later.
    pub(super) async fn settle_change<T>(
        &self,
        event: AuditEvent,
        result: Result<T, KmsError>,
    ) -> Result<T, KmsError> {
        match result {
            Ok(value) => {
                if let Err(error) = self.chain_change(event).await {
                    tracing::warn!(%error, "a key change stays in the audit outbox for now");
                }
                Ok(value)
            }
            Err(error) => Err(self.refuse(AuditEvent { change: None, ..event }, error).await),
        }
    }

    async fn chain_change(&self, event: AuditEvent) -> Result<(), KmsError> {
        let change = event.change.clone();
        self.audit.append(event).await?.durable().await?;
        let Some(change) = change else {
            return Ok(());
        };
        self.store
            .outbox_clear(&change)
            .await
            .map_err(|error| KmsError::Unavailable(error.to_string()))
    }

    /// Records a refusal, or counts it when its principal has too many. The
    /// refusal stands even if it cannot be recorded: nothing was given away.
    async fn refuse(&self, event: AuditEvent, error: KmsError) -> KmsError {
        let event = AuditEvent { result: Outcome::refused(error.kind()), ..event };
        let Admission { listed, summaries } = self.refusals.admit(event);
        let mut last = Ticket::done();
        for event in summaries.into_iter().chain(listed) {
            match self.audit.append(event).await {
                Ok(ticket) => last = ticket,
                Err(failed) => return failed.into(),
            }
        }
        match last.durable().await {
            Ok(()) => error,
            Err(failed) => failed.into(),
        }
    }
}

/// Says in `event` which key was asked for, before it is known.
pub(super) fn about_ref(mut event: AuditEvent, key_ref: &KeyRef) -> AuditEvent {
    event.key = Some(key_ref.to_string());
    event
}

/// Says in `event` which key it is about.
pub(super) fn about_key(event: &mut AuditEvent, key: &Key, version: Option<u32>) {
    event.key = Some(key.id.to_string());
    event.key_version = version;
}
