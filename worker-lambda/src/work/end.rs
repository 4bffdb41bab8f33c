//! How an attempt ends: complete, to be tried again, or given up.

use jiff::Timestamp;
use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;
use shared::telemetry::Metric;

use super::give_back::too_late;
use super::{Job, Worker};
use crate::backoff::wait;
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::record::Verdict;

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Again as long as a destination is to be tried; else complete if all have it, or given up.
    pub(super) async fn end(&self, job: &Job<'_>, entry: Entry) -> Verdict {
        let reason = told(entry.undelivered());
        match entry.next_due() {
            Some(due) => self.retry(job, entry, reason, due).await,
            None if reason.is_empty() => self.complete(Metric::Delivered, job, entry).await,
            None => self.bury(job, entry, reason).await,
        }
    }

    /// Where no destination was come to: again, unless this was the last attempt.
    pub(super) async fn again(&self, job: &Job<'_>, entry: Entry, reason: String) -> Verdict {
        if entry.attempts >= job.queue.max_attempts {
            return self.bury(job, entry, reason).await;
        }
        self.count(Metric::Retried, job.wish.reference);
        let now = Timestamp::now();
        let wait = wait(job.queue, entry.attempts, fastrand::f64(), None);
        let due = now.saturating_add(wait).unwrap_or(now);
        self.retry(job, entry, reason, due).await
    }

    /// Marks the entry complete; only then is the message acknowledged.
    pub(super) async fn complete(&self, metric: Metric, job: &Job<'_>, entry: Entry) -> Verdict {
        let complete = (State::Complete, None);
        match settle(&self.ledger, &job.wish, &entry, complete, Timestamp::now()).await {
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

    /// Has the entry wait until the next of its destinations is due, and the message as long.
    async fn retry(&self, job: &Job<'_>, entry: Entry, reason: String, due: Timestamp) -> Verdict {
        if let Some(end) = too_late(job.queue, job.record, due) {
            return self.bury(job, entry, format!("{reason}; {end}")).await;
        }
        let now = Timestamp::now();
        let (source, event_id, attempt) =
            (&job.wish.reference.source, job.wish.reference.event_id, entry.attempts);
        let wait = due.duration_since(now);
        tracing::info!(source, %event_id, attempt, reason, again_in_s = wait.as_secs_f64(), "retry");
        let waiting = (State::Waiting(due), Some(reason));
        if let Err(error) = settle(&self.ledger, &job.wish, &entry, waiting, now).await {
            tracing::error!(%event_id, %error, "its attempt could not be noted");
            return Verdict::Keep;
        }
        self.give_back_until(job, due).await
    }
}

fn told<'n>(reasons: impl Iterator<Item = (&'n str, &'n str)>) -> String {
    let told: Vec<_> = reasons.map(|(name, reason)| format!("{name}: {reason}")).collect();
    told.join("; ")
}
