//! One reference's way: claim it, get its event, route it, deliver it, and say how it then stands.

mod attempt;
mod bury;
mod deliveries;
mod end;
mod give_back;
mod items;
mod opened;
mod plan;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::config::{Config, Queue, StartError};
use shared::event::reference::Reference;
use shared::ports::aws::CallTimeouts;
use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;
use shared::telemetry::{Metric, Metrics};
use tokio::time::Instant;

use self::plan::Planner;
use crate::deliver::Deliver;
use crate::gate::Gates;
use crate::ledger::claim::{Claimed, claim, key_of};
use crate::ledger::entry::Wish;
use crate::ledger::{Ledger, LedgerError};
use crate::record::{Record, Verdict};

/// What a record needs besides the slowest destination's timeout: claim, S3, completion. Terraform
/// holds the timeouts of destinations against it.
const AROUND_A_DELIVERY: Duration = Duration::from_secs(8);

/// How long calls to AWS may take while a record is worked on.
pub const CALL_TIMEOUTS: CallTimeouts = CallTimeouts {
    operation: Duration::from_secs(4),
    attempt: Duration::from_secs(2),
    attempts: 3,
};

/// The worker, on its ports.
pub struct Worker<S, Q, L, D> {
    metrics: Metrics,
    planner: Planner,
    /// The queues by their ARNs.
    queues: BTreeMap<String, Queue>,
    gates: Gates,
    longest_timeout: Duration,
    store: S,
    queue: Q,
    ledger: L,
    destinations: D,
}

/// The ports that a worker works on.
pub struct Ports<S, Q, L, D> {
    /// Where events are.
    pub store: S,
    /// Where messages are hidden, and dead letters sent.
    pub queue: Q,
    /// Who works on what.
    pub ledger: L,
    /// Where events go.
    pub destinations: D,
    /// Where metrics are counted.
    pub metrics: Metrics,
}

/// A record with its reference, on the way through its steps.
struct Job<'j> {
    queue: &'j Queue,
    record: &'j Record,
    wish: Wish<'j>,
    /// When this invocation ends at the latest.
    deadline: Instant,
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// The worker as configured, whose slowest destination may take `longest_timeout`.
    pub fn new(
        config: &Config,
        longest_timeout: Duration,
        ports: Ports<S, Q, L, D>,
    ) -> Result<Self, StartError> {
        let Ports { store, queue, ledger, destinations, metrics } = ports;
        Ok(Self {
            metrics,
            planner: Planner::new(config)?,
            queues: config
                .queues
                .values()
                .map(|queue| (queue.arn.clone(), queue.clone()))
                .collect(),
            gates: Gates::new(config),
            longest_timeout,
            store,
            queue,
            ledger,
            destinations,
        })
    }

    /// How much time must be left for a record to be started.
    pub fn time_for_one(&self) -> Duration {
        self.longest_timeout + AROUND_A_DELIVERY
    }

    /// Waits, when all records are done with of an invocation that has begun then, until another one may
    /// keep the pace of destinations.
    pub async fn rest(&self, begun: Instant, deadline: Instant) {
        self.gates.rest(begun, deadline).await;
    }

    /// Takes one record through its steps. `deadline` is when this invocation ends at the latest.
    pub async fn work(&self, record: &Record, deadline: Instant) -> Verdict {
        let Some(queue) = self.queues.get(&record.queue_arn) else {
            tracing::error!(queue_arn = record.queue_arn, "a record of a queue not configured");
            return Verdict::Keep;
        };
        let reference = match Reference::parse(&record.body) {
            Ok(reference) => reference,
            Err(error) => return self.bury_message(queue, record, &error.to_string()).await,
        };
        let now = Timestamp::now();
        let key = match key_of(&self.ledger, &reference).await {
            Ok(key) => key,
            Err(error) => return self.not_claimed(&reference, &error),
        };
        let lease_until = lease_until(now, deadline);
        let wish = Wish { reference: &reference, key, now, lease_until };
        let job = Job { queue, record, wish, deadline };
        match claim(&self.ledger, &wish).await {
            Ok(Claimed::Taken(entry)) => self.attempt(&job, *entry).await,
            Ok(Claimed::NotBefore(until)) => self.give_back_until(&job, until).await,
            Ok(Claimed::Settled(by)) if self.is_another_list(&reference, by) => {
                self.enqueue_again(&job).await
            }
            Ok(Claimed::Settled(_)) => self.duplicate(&reference),
            Err(error) => self.not_claimed(&reference, &error),
        }
    }

    pub(super) fn duplicate(&self, reference: &Reference) -> Verdict {
        let Reference { source, event_id, .. } = reference;
        tracing::info!(source, %event_id, "duplicate");
        self.count(Metric::Duplicate, reference);
        Verdict::Acknowledge
    }

    fn not_claimed(&self, reference: &Reference, error: &LedgerError) -> Verdict {
        let Reference { source, event_id, .. } = reference;
        tracing::error!(source, %event_id, %error, "not claimed");
        Verdict::Keep
    }

    fn count(&self, metric: Metric, reference: &Reference) {
        self.metrics.count(metric, Some(&reference.source));
    }
}

/// When this invocation will have ended for certain: nobody else need wait longer if it crashes.
fn lease_until(now: Timestamp, deadline: Instant) -> Timestamp {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_secs(1);
    now.saturating_add(left).unwrap_or(now)
}
