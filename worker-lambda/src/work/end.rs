//! How an attempt ends: complete, to be tried again, or given up.

use std::time::Duration;

use jiff::Timestamp;
use shared::queue::MessageQueue;
use shared::store::EventStore;
use shared::telemetry::Metric;

use super::attempt::Undone;
use super::{Job, Worker};
use crate::backoff::wait;
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::outcome::Outcome;
use crate::record::Verdict;

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Complete if nothing is left undone; again as long as that can help; else given up.
    pub(super) async fn end(&self, job: &Job<'_>, entry: Entry, undone: Undone) -> Verdict {
        if undone.retry.is_empty() && entry.rejected.is_empty() {
            return self.complete(Metric::Delivered, job, entry).await;
        }
        if undone.retry.is_empty() {
            let reason = told(entry.rejected.iter());
            return self.bury(job, entry, reason).await;
        }
        if entry.attempts < job.queue.max_attempts {
            let reasons = undone.retry.iter().map(|(name, outcome)| (name, reason(outcome)));
            let after = undone.retry.iter().filter_map(|(_, outcome)| after(outcome)).max();
            return self.retry(job, entry, told(reasons), after).await;
        }
        let mut entry = entry;
        entry.rejected.extend(undone.retry.into_iter().map(|(n, o)| (n, reason(&o).to_owned())));
        let reason = told(entry.rejected.iter());
        self.bury(job, entry, reason).await
    }

    /// Marks the entry complete; only then is the message acknowledged.
    pub(super) async fn complete(&self, metric: Metric, job: &Job<'_>, entry: Entry) -> Verdict {
        match settle(&self.ledger, &job.wish, &entry, (State::Complete, None), Timestamp::now())
            .await
        {
            Ok(()) => {
                self.count(metric, job.wish.reference);
                Verdict::Acknowledge
            }
            Err(error) => {
                tracing::error!(event_id = %job.wish.reference.event_id, %error, "not completed");
                Verdict::Keep
            }
        }
    }

    /// Complete without a destination, which is logged and counted.
    pub(super) async fn without_delivery(
        &self,
        metric: Metric,
        job: &Job<'_>,
        entry: Entry,
    ) -> Verdict {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        tracing::info!(source, %event_id, "{}", format!("{metric:?}").to_lowercase());
        self.complete(metric, job, entry).await
    }

    /// Has the entry wait for its backoff, and hides the message until then.
    pub(super) async fn retry(
        &self,
        job: &Job<'_>,
        entry: Entry,
        reason: String,
        after: Option<Duration>,
    ) -> Verdict {
        let now = Timestamp::now();
        let wait = wait(&job.queue.backoff, entry.attempts, fastrand::f64(), after);
        let due = now.saturating_add(wait).unwrap_or(now);
        let (source, event_id, attempt) =
            (&job.wish.reference.source, job.wish.reference.event_id, entry.attempts);
        tracing::info!(source, %event_id, attempt, reason, again_in_s = wait.as_secs_f64(), "retry");
        let waiting = (State::Waiting(due), Some(reason));
        if let Err(error) = settle(&self.ledger, &job.wish, &entry, waiting, now).await {
            tracing::error!(%event_id, %error, "its attempt could not be noted");
            return Verdict::Keep;
        }
        self.count(Metric::Retried, job.wish.reference);
        self.hide(job.queue, job.record, due.duration_since(now)).await
    }
}

fn told<'n>(reasons: impl Iterator<Item = (&'n String, impl AsRef<str>)>) -> String {
    let told: Vec<_> = reasons.map(|(name, why)| format!("{name}: {}", why.as_ref())).collect();
    told.join("; ")
}

fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Retry { reason, .. } | Outcome::Reject { reason } => reason,
        Outcome::Delivered => "",
    }
}

fn after(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Retry { after, .. } => *after,
        Outcome::Delivered | Outcome::Reject { .. } => None,
    }
}
