//! Processes one record: [`Worker::process_record`] shows the whole flow on one page.
//!
//! parse the reference → claim its ledger entry → load the stored event → plan (route, or split a list) → admit
//! and deliver → an `Ending` → `Worker::settle` performs it.
//!
//! The steps only read and deliver. How a record ends is a value, and `settle` alone writes it to the ledger and
//! to SQS.

mod dead_letter;
mod deliver;
mod ending;
mod load;
mod plan;
mod redelivery;
mod report;
mod settle;
mod split;
mod stored_event;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use shared::config::{Config, Queue, StartError};
use shared::event::reference::Reference;
use shared::event::route::Routed;
use shared::ports::aws::CallTimeouts;
use shared::telemetry::Log;
use tokio::time::Instant;

use self::ending::{Completion, Ending};
use self::load::{LoadError, report_routing_problems};
use self::plan::{Plan, Planner};
use self::report::Report;
use crate::admission::Admission;
use crate::ledger::claim::{Claimed, claim, key_of};
use crate::ledger::entry::{ClaimRequest, Entry};
use crate::ports::Ports;
use crate::record::{Disposition, Record};

/// The time that a record needs besides its slowest delivery: claim, S3, completion. `delivery_overhead` in
/// `infra/` holds the timeouts of destinations against it.
const DELIVERY_OVERHEAD: Duration = Duration::from_secs(8);

/// How long calls to AWS may take while a record is processed.
pub const CALL_TIMEOUTS: CallTimeouts = CallTimeouts {
    operation: Duration::from_secs(4),
    attempt: Duration::from_secs(2),
    attempts: 3,
};

/// The worker: its configuration, its ports, and what it knows of its destinations.
pub struct Worker<P> {
    planner: Planner,
    /// The configured queues by ARN.
    queues: BTreeMap<String, Queue>,
    admission: Admission,
    longest_timeout: Duration,
    ports: P,
    log: Log,
}

/// A record with its parsed reference and its queue.
struct Job<'j> {
    queue: &'j Queue,
    record: &'j Record,
    claim: ClaimRequest<'j>,
    report: Report<'j>,
    /// The latest time at which this invocation ends.
    deadline: Instant,
}

impl Job<'_> {
    fn reference(&self) -> &Reference {
        self.claim.reference
    }
}

impl<P: Ports> Worker<P> {
    /// A worker for a configuration. `longest_timeout` is that of the slowest destination.
    pub fn new(
        config: &Config,
        longest_timeout: Duration,
        ports: P,
        log: Log,
    ) -> Result<Self, StartError> {
        let queues = config.queues.values().map(|queue| (queue.arn.clone(), queue.clone()));
        Ok(Self {
            planner: Planner::new(config)?,
            queues: queues.collect(),
            admission: Admission::new(config),
            longest_timeout,
            ports,
            log,
        })
    }

    /// How much time must be left in an invocation for a record to be started.
    pub fn time_per_record(&self) -> Duration {
        self.longest_timeout + DELIVERY_OVERHEAD
    }

    /// Waits at the end of an invocation that started at `started` until every rate limit that it used has a free
    /// slot again, or until `deadline`. Another environment may get the next batch, and must not deliver too soon.
    pub async fn wait_for_next_slot(&self, started: Instant, deadline: Instant) {
        self.admission.wait_for_next_slot(started, deadline).await;
    }

    /// Processes one record and settles it. `deadline` is the latest time at which this invocation ends.
    pub async fn process_record(&self, record: &Record, deadline: Instant) -> Disposition {
        let Some(queue) = self.queues.get(&record.queue_arn) else {
            tracing::error!(
                queue_arn = record.queue_arn,
                "record of a queue that is not configured"
            );
            return Disposition::Keep;
        };
        let reference = match Reference::parse(&record.body) {
            Ok(reference) => reference,
            Err(error) => return self.dead_letter_malformed(queue, record, &error).await,
        };
        let now = Timestamp::now();
        let key = match key_of(self.ports.ledger(), &reference).await {
            Ok(key) => key,
            Err(error) => return keep(&reference, "ledger lookup failed", &error),
        };
        let lease_until = lease_until(now, deadline);
        let request = ClaimRequest { reference: &reference, key, now, lease_until };
        let report = Report::new(&self.log, &reference);
        let job = Job { queue, record, claim: request, report, deadline };
        let ending = match claim(self.ports.ledger(), &request).await {
            Ok(Claimed::Taken(entry)) => self.attempt(&job, *entry).await,
            Ok(Claimed::NotBefore(until)) => Ending::NotDue { until },
            Ok(Claimed::Settled(by)) if self.may_be_another_list(&reference, by) => {
                self.split_again(&job).await
            }
            Ok(Claimed::Settled(_)) => Ending::Duplicate,
            Err(error) => return keep(&reference, "ledger claim failed", &error),
        };
        self.settle(&job, ending).await
    }

    /// Makes one attempt at a claimed event. The ledger counted the attempt when it was claimed.
    async fn attempt(&self, job: &Job<'_>, mut entry: Entry) -> Ending {
        if let Some(reason) = entry.enforce_max_attempts(job.queue.max_attempts) {
            return Ending::DeadLetter { entry, reason };
        }
        let plan = match self.load_and_plan(job).await {
            Ok(plan) => plan,
            Err(LoadError::Transient(reason)) => {
                return self.fail_due_destinations(job, entry, reason);
            }
            Err(LoadError::Permanent(reason)) => return Ending::DeadLetter { entry, reason },
        };
        match plan {
            Plan::Split(items) => self.split(job, entry, items).await,
            Plan::Route(delivery, routing) => {
                report_routing_problems(&job.report, &routing);
                let (destinations, completion) = match routing.routed {
                    Routed::To(destinations) => (destinations, None),
                    Routed::Discarded => (BTreeSet::new(), Some(Completion::Discarded)),
                    Routed::Unrouted => (BTreeSet::new(), Some(Completion::Unrouted)),
                };
                entry.set_destinations(&destinations, job.claim.now);
                if let Some(completion) = completion {
                    return Ending::Complete { entry, completion };
                }
                let results = self.deliver(job, &entry, &delivery).await;
                job.attempt_context().after_deliveries(entry, results)
            }
        }
    }
}

/// Leaves a record to its visibility timeout, because the ledger did not answer.
fn keep(reference: &Reference, what: &'static str, error: &dyn std::fmt::Display) -> Disposition {
    let Reference { source, event_id, .. } = reference;
    tracing::error!(source, %event_id, %error, "{what}");
    Disposition::Keep
}

/// When this invocation has certainly ended, so that another worker may take over if it crashes.
fn lease_until(now: Timestamp, deadline: Instant) -> Timestamp {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_secs(1);
    now.saturating_add(left).unwrap_or(now)
}

#[cfg(test)]
mod tests;
