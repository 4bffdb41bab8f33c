//! Performs an [`Ending`]. This is the only place where the outcome of a record is written.
//!
//! The order is always the same: send (a dead letter), note (in the ledger), acknowledge (the message). A crash
//! in between may therefore leave two dead letters of one event, never none, and an event that is delivered but
//! not yet noted is delivered again with the same `webhook-id`.

use jiff::Timestamp;
use shared::telemetry::Metric;

use super::ending::{Completion, Ending};
use super::{Job, Worker};
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::ports::Ports;
use crate::record::Disposition;

impl<P: Ports> Worker<P> {
    /// Performs an ending, writes its log line, and says what becomes of the message. If a write fails, the message is
    /// left to its visibility timeout, and is processed again.
    pub(super) async fn settle(&self, job: &Job<'_>, ending: Ending) -> Disposition {
        let report = &job.report;
        match ending {
            Ending::Duplicate => {
                report.end("duplicate");
                Disposition::Acknowledge
            }
            Ending::NotDue { until } => {
                let disposition = self.defer_until(job, until).await;
                report.end_not_due();
                disposition
            }
            Ending::SplitAgain => {
                report.end("split again");
                Disposition::Acknowledge
            }
            Ending::NotSplitAgain { error } => {
                report.add(|line| {
                    line.warn();
                    line.field("error", error);
                });
                report.end("list items not queued again");
                Disposition::Keep
            }
            Ending::Complete { entry, completion } => {
                if !self.note(job, &entry, completion.state(), None).await {
                    return Disposition::Keep;
                }
                report_completion(job, completion);
                Disposition::Acknowledge
            }
            Ending::Retry { entry, reason, due, attempted } => {
                report.add(|line| {
                    line.field("attempt", entry.attempts);
                    line.field("reason", reason.as_str());
                    line.field("again_in_s", due.duration_since(Timestamp::now()).as_secs_f64());
                });
                let disposition =
                    match self.note(job, &entry, State::Waiting(due), Some(reason)).await {
                        true => self.defer_until(job, due).await,
                        false => Disposition::Keep,
                    };
                report.end(if attempted { "retry" } else { "deferred" });
                disposition
            }
            Ending::DeadLetter { entry, reason } => {
                if !self.send_dead_letter(job, &entry, &reason).await {
                    return Disposition::Keep;
                }
                report.end("dead letter");
                match self.note(job, &entry, State::Dead, Some(reason)).await {
                    true => Disposition::Acknowledge,
                    false => Disposition::Keep,
                }
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

/// Ends the report of a completed event.
fn report_completion(job: &Job<'_>, completion: Completion) {
    if matches!(completion, Completion::Unrouted | Completion::Discarded) {
        job.report.event_type(job.reference());
    }
    if completion == Completion::Unrouted {
        job.report.add(|line| line.count(Metric::Unrouted));
    }
    job.report.end(completion.message());
}

#[cfg(test)]
mod tests;
