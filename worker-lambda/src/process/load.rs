//! Loads the stored event of a record, and plans what to do with it.

use serde_json::json;
use shared::ports::store::{EventStore, GetError};
use shared::telemetry::Metric;

use super::ending::{AttemptContext, Ending};
use super::plan::{Plan, Routing};
use super::report::Report;
use super::stored_event::StoredEvent;
use super::{Job, Worker};
use crate::ledger::entry::Entry;
use crate::outcome::Outcome;
use crate::ports::Ports;

/// Why an event could not be loaded or planned, named by whether to try again.
pub(super) enum LoadError {
    /// Try again later.
    Transient(String),
    /// Trying again cannot help: dead-letter the event.
    Permanent(String),
}

impl<P: Ports> Worker<P> {
    /// Loads the stored event, and plans whether it is routed or split. An event whose source is not configured is not
    /// loaded: as a dead letter it waits until somebody adds the source again.
    pub(super) async fn load_and_plan(&self, job: &Job<'_>) -> Result<Plan<'_>, LoadError> {
        let reference = job.reference();
        let source = self.planner.source(&reference.source);
        let source = source.map_err(|error| LoadError::Permanent(error.to_string()))?;
        let stored = self.ports.store().get(&reference.s3_key).await;
        let stored = stored.map_err(|error| match error {
            GetError::Missing => LoadError::Permanent("its stored event is gone".to_owned()),
            GetError::Unavailable(error) => {
                LoadError::Transient(format!("its event cannot be read: {error}"))
            }
        })?;
        let event = StoredEvent::read(&stored);
        let event = event.map_err(|error| LoadError::Permanent(error.to_string()))?;
        drop(stored);
        let plan = self.planner.plan(source, reference, &job.claim.key, event);
        plan.map_err(|error| LoadError::Permanent(error.to_string()))
    }

    /// The ending if the event could not be loaded: a failed attempt for every destination that was due.
    pub(super) fn fail_due_destinations(
        &self,
        job: &Job<'_>,
        entry: Entry,
        reason: String,
    ) -> Ending {
        if entry.is_untried() {
            return job.attempt_context().before_deliveries(entry, reason);
        }
        let failed = |name| (name, Ok(Outcome::retry(reason.clone()).into()));
        let results = entry.due(job.claim.now).into_iter().map(failed).collect();
        job.attempt_context().after_deliveries(entry, results)
    }
}

impl<'j> Job<'j> {
    /// What the rules for an ending need, as of now.
    pub(super) fn attempt_context(&self) -> AttemptContext<'j> {
        let (queue, record) = (self.queue, self.record);
        AttemptContext { queue, record, now: jiff::Timestamp::now(), jitter: fastrand::f64() }
    }
}

/// Reports what went wrong while an event was routed.
pub(super) fn report_routing_problems(report: &Report<'_>, routing: &Routing<'_>) {
    for (route, reason) in &routing.failed {
        report.add(|line| {
            line.warn();
            line.count(Metric::FilterFailed);
            line.push("filter_failures", json!({ "route": route, "reason": reason }));
        });
    }
    if let Some(content_type) = routing.mislabelled {
        report.add(|line| {
            line.warn();
            line.field("mislabelled", content_type);
        });
    }
}
