//! Performs an [`Ending`]. This is the only place where the outcome of a record is written.
//!
//! The order is always the same: send (a dead letter), note (in the ledger), acknowledge (the message). A crash
//! in between may therefore leave two dead letters of one event, never none, and an event that is delivered but
//! not yet noted is delivered again with the same `webhook-id`.

use jiff::Timestamp;
use shared::event::reference::Reference;
use shared::telemetry::Metric;

use super::ending::{Completion, Ending};
use super::{Job, Worker};
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::ports::Ports;
use crate::record::Disposition;

impl<P: Ports> Worker<P> {
    /// Performs an ending, and says what becomes of the message. If a write fails, the message is left to its
    /// visibility timeout, and is processed again.
    pub(super) async fn settle(&self, job: &Job<'_>, ending: Ending) -> Disposition {
        let reference = job.reference();
        let (source, event_id) = (&reference.source, reference.event_id);
        match ending {
            Ending::Duplicate => {
                tracing::info!(source, %event_id, "duplicate");
                self.count(Metric::Duplicate, reference);
                Disposition::Acknowledge
            }
            Ending::NotDue { until } => self.defer_until(job, until).await,
            Ending::SplitAgain => Disposition::Acknowledge,
            Ending::NotSplitAgain { error } => {
                tracing::warn!(source, %event_id, error, "list items not queued again");
                Disposition::Keep
            }
            Ending::Complete { entry, completion } => {
                log_completion(job, completion);
                if !self.note(job, &entry, completion.state(), None).await {
                    return Disposition::Keep;
                }
                self.count(completion.metric(), reference);
                Disposition::Acknowledge
            }
            Ending::Retry { entry, reason, due, attempted } => {
                let again_in_s = due.duration_since(Timestamp::now()).as_secs_f64();
                let attempt = entry.attempts;
                tracing::info!(source, %event_id, attempt, reason, again_in_s, "retry");
                if attempted {
                    self.count(Metric::Retried, reference);
                }
                if !self.note(job, &entry, State::Waiting(due), Some(reason)).await {
                    return Disposition::Keep;
                }
                self.defer_until(job, due).await
            }
            Ending::DeadLetter { entry, reason } => {
                if !self.send_dead_letter(job, &entry, &reason).await
                    || !self.note(job, &entry, State::Dead, Some(reason)).await
                {
                    return Disposition::Keep;
                }
                Disposition::Acknowledge
            }
        }
    }

    /// Writes the state of a claimed entry to the ledger. False if that failed, which is logged: with a conflict,
    /// the lease ended before this invocation did, and another worker decides.
    async fn note(
        &self,
        job: &Job<'_>,
        entry: &Entry,
        state: State,
        reason: Option<String>,
    ) -> bool {
        let (name, settled) = (state.name(), (state, reason));
        match settle(self.ports.ledger(), &job.claim, entry, settled, Timestamp::now()).await {
            Ok(()) => true,
            Err(error) => {
                let event_id = job.reference().event_id;
                tracing::error!(%event_id, %error, state = name, "ledger entry not updated");
                false
            }
        }
    }
}

/// Logs what was not delivered on purpose. A delivery and a split have log lines of their own.
fn log_completion(job: &Job<'_>, completion: Completion) {
    let Reference { source, event_id, event_type, item, .. } = job.reference();
    match completion {
        Completion::Unrouted => {
            tracing::info!(source, %event_id, event_type, item, "unrouted");
        }
        Completion::Discarded => {
            tracing::info!(source, %event_id, event_type, item, "discarded");
        }
        Completion::Delivered | Completion::Split => {}
    }
}

#[cfg(test)]
mod tests;
