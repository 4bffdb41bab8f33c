//! One attempt at a claimed event: get it, plan, and deliver it to each destination that is due.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use shared::queue::MessageQueue;
use shared::route::Routed;
use shared::store::{EventStore, GetError};
use shared::telemetry::{Metric, count, millis};

use super::give_back::no_sooner_than;
use super::opened::Opened;
use super::plan::{Judged, Plan};
use super::{Job, PATIENCE, Worker};
use crate::backoff::wait;
use crate::deliver::{Deliver, Delivery};
use crate::gate::circuit::Pass;
use crate::gate::pace::Window;
use crate::gate::{Held, Limits};
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::ledger::standing::Policy;
use crate::outcome::{Outcome, Tried};
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

    /// Delivers to all at once, so that none waits for another.
    async fn deliver(
        &self,
        job: &Job<'_>,
        entry: &Entry,
        delivery: &Delivery,
    ) -> Vec<(String, Result<Tried, Held>)> {
        let due = entry.destinations.iter().filter(|(_, standing)| standing.is_due(job.wish.now));
        let deliveries = due.map(|(name, standing)| async move {
            let passed = self.gates.pass(&self.ledger, name, self.limits(job)).await;
            let tried = match passed {
                Ok(pass) => Ok(self.deliver_to(name, standing.attempts, delivery, pass).await),
                Err(held) => Err(self.held(job, name, held)),
            };
            (name.clone(), tried)
        });
        join_all(deliveries).await
    }

    async fn deliver_to(&self, name: &str, attempt: u32, delivery: &Delivery, pass: Pass) -> Tried {
        let start = Instant::now();
        let tried = self.destinations.deliver(name, delivery).await;
        let took_ms = millis(start.elapsed());
        tracing::info!(
            source = delivery.source, event_id = %delivery.event_id, item = delivery.item,
            destination = name, attempt, outcome = ?tried.outcome, took_ms, "delivery"
        );
        if self.gates.note(&self.ledger, name, pass, &tried.outcome).await {
            tracing::warn!(destination = name, outcome = ?tried.outcome, "its circuit opened");
            count(Metric::CircuitOpened, &self.stack, None);
        }
        tried
    }

    fn held(&self, job: &Job<'_>, name: &str, held: Held) -> Held {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        let Held { until, reason } = held;
        let until = until.max(no_sooner_than(job.queue, job.record, Timestamp::now()));
        tracing::info!(source, %event_id, destination = name, %until, reason, "held");
        self.count(Metric::Held, job.wish.reference);
        Held { until, reason }
    }

    /// A delivery that is to wait for its turn must leave itself time, and what comes after it.
    fn limits(&self, job: &Job<'_>) -> Limits {
        let time = self.longest_timeout + PATIENCE.operation;
        let latest = job.deadline.checked_sub(time).unwrap_or(job.deadline);
        let window = Window { latest, end: job.deadline };
        Limits { window, lease_until: job.wish.lease_until }
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

    /// Notes what became of deliveries. Those that failed together are tried again together.
    fn note(
        &self,
        job: &Job<'_>,
        entry: &mut Entry,
        deliveries: Vec<(String, Result<Tried, Held>)>,
    ) {
        let (now, random) = (Timestamp::now(), fastrand::f64());
        let due = |attempts, after: Option<Duration>| {
            let wait = wait(job.queue, attempts, random, after);
            now.saturating_add(wait).unwrap_or(now)
        };
        let policy = Policy { max_attempts: job.queue.max_attempts, due };
        let is_tried = deliveries.iter().any(|(_, tried)| tried.is_ok());
        for (name, tried) in deliveries {
            let Some(standing) = entry.destinations.get_mut(&name) else { continue };
            match tried {
                Ok(tried) => standing.note(tried, &policy),
                Err(held) => standing.hold(held),
            }
        }
        match is_tried {
            true if entry.next_due().is_some() => self.count(Metric::Retried, job.wish.reference),
            true => {}
            false => entry.attempts = entry.attempts.saturating_sub(1),
        }
    }
}
