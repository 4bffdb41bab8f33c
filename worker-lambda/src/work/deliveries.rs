//! The deliveries of one attempt: each through its destination's gate, and what became of them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;
use shared::telemetry::{Metric, millis};

use super::give_back::no_sooner_than;
use super::{CALL_TIMEOUTS, Job, Worker};
use crate::backoff::wait;
use crate::deliver::{Deliver, Delivery};
use crate::gate::circuit::Pass;
use crate::gate::pace::Window;
use crate::gate::{Held, Limits};
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::ledger::standing::Policy;
use crate::outcome::Tried;

/// To whom it was delivered, and what became of that; or what held it.
pub(super) type Deliveries = Vec<(String, Result<Tried, Held>)>;

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Delivers to all at once, so that none waits for another.
    pub(super) async fn deliver(
        &self,
        job: &Job<'_>,
        entry: &Entry,
        delivery: &Delivery,
    ) -> Deliveries {
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
            self.metrics.count(Metric::CircuitOpened, None);
        }
        tried
    }

    fn held(&self, job: &Job<'_>, name: &str, held: Held) -> Held {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        let Held { until, reason } = held;
        let until = until.max(no_sooner_than(job.queue, job.record, Timestamp::now()));
        tracing::info!(source, %event_id, destination = name, %until, reason, "held");
        self.count(Metric::Deferred, job.wish.reference);
        Held { until, reason }
    }

    /// A delivery that is to wait for its turn must leave itself time, and what comes after it.
    fn limits(&self, job: &Job<'_>) -> Limits {
        let time = self.longest_timeout + CALL_TIMEOUTS.operation;
        let latest = job.deadline.checked_sub(time).unwrap_or(job.deadline);
        let window = Window { latest, end: job.deadline };
        Limits { window, lease_until: job.wish.lease_until }
    }

    /// Notes what became of deliveries. Those that failed together are tried again together.
    pub(super) fn note(&self, job: &Job<'_>, entry: &mut Entry, deliveries: Deliveries) {
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
