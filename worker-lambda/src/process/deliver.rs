//! The deliveries of one attempt: a fan-out to every destination that is due, each admitted by its rate limit and
//! its circuit breaker.

use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use shared::telemetry::{Metric, millis};

use super::redelivery::earliest_redelivery;
use super::{CALL_TIMEOUTS, Job, Worker};
use crate::admission::circuit_breaker::Permit;
use crate::admission::rate_limit::Window;
use crate::admission::{Deferred, Limits};
use crate::deliver::{Deliver, Delivery};
use crate::ledger::entry::Entry;
use crate::outcome::Attempt;
use crate::ports::Ports;

/// By destination: what came of the attempt, or why it was deferred.
pub(super) type Results = Vec<(String, Result<Attempt, Deferred>)>;

impl<P: Ports> Worker<P> {
    /// Delivers to all destinations that are due at once, so that none waits for another.
    pub(super) async fn deliver(
        &self,
        job: &Job<'_>,
        entry: &Entry,
        delivery: &Delivery,
    ) -> Results {
        let due = entry.destinations.iter().filter(|(_, status)| status.is_due(job.claim.now));
        let deliveries = due.map(|(name, status)| async move {
            let admitted = self.admission.admit(self.ports.ledger(), name, self.limits(job)).await;
            let result = match admitted {
                Ok(permit) => {
                    Ok(self.attempt_delivery(name, status.attempts, delivery, permit).await)
                }
                Err(deferred) => Err(self.defer_delivery(job, name, deferred)),
            };
            (name.clone(), result)
        });
        join_all(deliveries).await
    }

    async fn attempt_delivery(
        &self,
        destination: &str,
        attempt: u32,
        delivery: &Delivery,
        permit: Permit,
    ) -> Attempt {
        let start = Instant::now();
        let result = self.ports.destinations().deliver(destination, delivery).await;
        let took_ms = millis(start.elapsed());
        let (outcome, reason) = (result.outcome.name(), result.outcome.reason());
        tracing::info!(
            source = delivery.source, event_id = %delivery.event_id, item = delivery.item,
            destination, attempt, outcome, reason, took_ms, "delivery"
        );
        if result.is_gone() {
            let (source, event_id) = (&delivery.source, delivery.event_id);
            tracing::warn!(source, %event_id, destination, "destination is gone");
            self.metrics.count(Metric::Gone, Some(source));
        }
        let opened =
            self.admission.record(self.ports.ledger(), destination, permit, &result.outcome);
        if opened.await {
            tracing::warn!(destination, outcome, reason, "circuit breaker opened");
            self.metrics.count(Metric::CircuitOpened, None);
        }
        result
    }

    fn defer_delivery(&self, job: &Job<'_>, destination: &str, deferred: Deferred) -> Deferred {
        let (source, event_id) = (&job.reference().source, job.reference().event_id);
        let Deferred { until, reason } = deferred;
        let until = until.max(earliest_redelivery(job.queue, job.record, Timestamp::now()));
        tracing::info!(source, %event_id, destination, %until, reason, "deferred");
        self.count(Metric::Deferred, job.reference());
        Deferred { until, reason }
    }

    /// A delivery that waits for a slot must leave time for itself and for what follows it.
    fn limits(&self, job: &Job<'_>) -> Limits {
        let needed = self.longest_timeout + CALL_TIMEOUTS.operation;
        let latest = job.deadline.checked_sub(needed).unwrap_or(job.deadline);
        let window = Window { latest, end: job.deadline };
        Limits { window, lease_until: job.claim.lease_until }
    }
}
