//! One attempt at a claimed event: get it, plan, and deliver it to each destination that is due.

use std::collections::BTreeSet;

use shared::event::route::Routed;
use shared::ports::queue::MessageQueue;
use shared::ports::store::{EventStore, GetError};
use shared::telemetry::Metric;

use super::opened::Opened;
use super::plan::{Judged, Plan};
use super::{Job, Worker};
use crate::deliver::{Deliver, Delivery};
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::outcome::Outcome;
use crate::record::Verdict;

/// Why an event could not be had.
pub(super) enum NotHad {
    /// Another time it may.
    Passing(String),
    /// It never will.
    Final(String),
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Makes one attempt, which the ledger has counted, and brings it to its end.
    pub(super) async fn attempt(&self, job: &Job<'_>, mut entry: Entry) -> Verdict {
        let most = job.queue.max_attempts;
        if entry.is_untried() && entry.attempts > most {
            entry.attempts = most;
            let reason = format!("{most} attempts; the last one never ended");
            return self.bury(job, entry, reason).await;
        }
        entry.destinations.values_mut().for_each(|standing| standing.give_up_beyond(most));
        match self.plan(job).await {
            Ok(Plan::Split(items)) => self.enqueue(job, entry, items).await,
            Ok(Plan::Route(delivery, judged)) => {
                self.tell(job, &judged);
                self.follow(job, entry, &delivery, judged.routed).await
            }
            Err(NotHad::Passing(reason)) => self.postpone(job, entry, reason).await,
            Err(NotHad::Final(reason)) => self.bury(job, entry, reason).await,
        }
    }

    /// Gets an event, and plans what is to be done with it.
    pub(super) async fn plan(&self, job: &Job<'_>) -> Result<Plan<'_>, NotHad> {
        let reference = job.wish.reference;
        let stored = self.store.get(&reference.s3_key).await.map_err(|error| match error {
            GetError::Missing => NotHad::Final("its stored event is gone".to_owned()),
            GetError::Unavailable(error) => {
                NotHad::Passing(format!("its event cannot be read: {error}"))
            }
        })?;
        let opened = Opened::read(&stored).map_err(|error| NotHad::Final(error.to_string()))?;
        drop(stored);
        let plan = self.planner.plan(reference, &job.wish.key, opened);
        plan.map_err(|error| NotHad::Final(error.to_string()))
    }

    /// What went wrong in routing is told where somebody looks.
    fn tell(&self, job: &Job<'_>, judged: &Judged<'_>) {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        for (route, reason) in &judged.failed {
            tracing::warn!(source, %event_id, route, reason, "its filter failed: no match");
            self.count(Metric::FilterFailed, job.wish.reference);
        }
        if let Some(said) = judged.mislabelled {
            tracing::warn!(source, %event_id, said, "not readable as its content type says: routed without its body");
            self.count(Metric::Mislabelled, job.wish.reference);
        }
    }

    async fn follow(
        &self,
        job: &Job<'_>,
        mut entry: Entry,
        delivery: &Delivery,
        routed: Routed<'_>,
    ) -> Verdict {
        let (names, none) = match routed {
            Routed::To(names) => (names, None),
            Routed::Discarded => (BTreeSet::new(), Some(Metric::Discarded)),
            Routed::Unrouted => (BTreeSet::new(), Some(Metric::Unrouted)),
        };
        entry.owe(&names, job.wish.now);
        if let Some(metric) = none {
            return self.without_delivery(metric, job, entry).await;
        }
        let tried = self.deliver(job, &entry, delivery).await;
        self.note(job, &mut entry, tried);
        self.end(job, entry).await
    }

    /// Where not even the event could be had: for all that were due, an attempt that failed.
    async fn postpone(&self, job: &Job<'_>, mut entry: Entry, reason: String) -> Verdict {
        if entry.is_untried() {
            return self.again(job, entry, reason).await;
        }
        let failed = |name| (name, Ok(Outcome::retry(reason.clone()).into()));
        let failed = entry.due(job.wish.now).into_iter().map(failed).collect();
        self.note(job, &mut entry, failed);
        self.end(job, entry).await
    }
}
