//! The deliveries of one attempt: a fan-out to every destination that is due, each admitted by its rate limit and
//! its circuit breaker.

use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use shared::telemetry::{Line, Metric, millis};

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
                    Ok(self.attempt_delivery(job, name, status.attempts, delivery, permit).await)
                }
                Err(deferred) => Err(defer_delivery(job, name, deferred)),
            };
            (name.clone(), result)
        });
        join_all(deliveries).await
    }

    async fn attempt_delivery(
        &self,
        job: &Job<'_>,
        destination: &str,
        attempt: u32,
        delivery: &Delivery,
        permit: Permit,
    ) -> Attempt {
        let start = Instant::now();
        let result = self.ports.destinations().deliver(destination, delivery).await;
        job.report.attempted(destination, attempt, &result, millis(start.elapsed()));
        let opened =
            self.admission.record(self.ports.ledger(), destination, permit, &result.outcome);
        if opened.await {
            let mut line = Line::default();
            line.warn();
            line.count(Metric::CircuitOpened);
            line.field("destination", destination);
            line.field("outcome", result.outcome.name());
            line.field("reason", result.outcome.reason());
            self.log.write("circuit breaker opened", line);
        }
        result
    }

    /// A delivery that waits for a slot must leave time for itself and for what follows it.
    fn limits(&self, job: &Job<'_>) -> Limits {
        let needed = self.longest_timeout + CALL_TIMEOUTS.operation;
        let latest = job.deadline.checked_sub(needed).unwrap_or(job.deadline);
        let window = Window { latest, end: job.deadline };
        Limits { window, lease_until: job.claim.lease_until }
    }
}

fn defer_delivery(job: &Job<'_>, destination: &str, deferred: Deferred) -> Deferred {
    let earliest = earliest_redelivery(job.queue, job.record, Timestamp::now());
    let deferred = Deferred { until: deferred.until.max(earliest), ..deferred };
    job.report.deferred(destination, &deferred);
    deferred
}
