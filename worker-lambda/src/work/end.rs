//! How an attempt ends: complete, to be tried again, or given up.

use std::time::Duration;

use jiff::Timestamp;
use shared::queue::MessageQueue;
use shared::store::EventStore;
use shared::telemetry::Metric;

use super::attempt::Unreached;
use super::{Job, Worker};
use crate::backoff::wait;
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::record::Verdict;

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Complete if all have it; again as long as that can help some; else given up.
    pub(super) async fn end(
        &self,
        job: &Job<'_>,
        mut entry: Entry,
        unreached: Vec<Unreached>,
    ) -> Verdict {
        if unreached.is_empty() && entry.rejected.is_empty() {
            return self.complete(Metric::Delivered, job, entry).await;
        }
        if !unreached.is_empty() && entry.attempts < job.queue.max_attempts {
            let reason = told(unreached.iter().map(|u| (&u.destination, &u.reason)));
            let after = unreached.iter().filter_map(|unreached| unreached.after).max();
            return self.retry(job, entry, reason, after).await;
        }
        entry.rejected.extend(unreached.into_iter().map(|u| (u.destination, u.reason)));
        let reason = told(entry.rejected.iter());
        self.bury(job, entry, reason).await
    }

    /// Again, unless this was the last attempt.
    pub(super) async fn again(&self, job: &Job<'_>, entry: Entry, reason: String) -> Verdict {
        if entry.attempts < job.queue.max_attempts {
            self.retry(job, entry, reason, None).await
        } else {
            self.bury(job, entry, reason).await
        }
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
    async fn retry(
        &self,
        job: &Job<'_>,
        entry: Entry,
        reason: String,
        after: Option<Duration>,
    ) -> Verdict {
        let now = Timestamp::now();
        let wait = wait(job.queue, entry.attempts, fastrand::f64(), after);
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

fn told<'n>(reasons: impl Iterator<Item = (&'n String, &'n String)>) -> String {
    let told: Vec<_> = reasons.map(|(name, reason)| format!("{name}: {reason}")).collect();
    told.join("; ")
}
