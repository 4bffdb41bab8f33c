//! The one log line of a record: what is known of its event is collected while it is processed, and written at the end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use shared::event::reference::Reference;
use shared::telemetry::{Line, Log, Metric, cut};

use crate::admission::Deferred;
use crate::outcome::Attempt;

/// The field that lists the deliveries, in the order in which they ended.
const DELIVERIES: &str = "deliveries";
/// The field that says how often a message was received before it was sent again.
const RESENT: &str = "resent_after_receives";

/// The log line of one record, until it is written.
///
/// If a record is abandoned after something was delivered, because it panics or its time is over, what is known is written
/// when the report is dropped.
pub(super) struct Report<'w> {
    log: &'w Log,
    /// `None` once the line is written.
    line: Mutex<Option<Line>>,
}

impl<'w> Report<'w> {
    /// An empty report about the event of a reference.
    pub(super) fn new(log: &'w Log, reference: &Reference) -> Self {
        let mut line = Line::of(&reference.source);
        line.field("event_id", reference.event_id.to_string());
        line.field("item", reference.item);
        Self { log, line: Mutex::new(Some(line)) }
    }

    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the line.
    pub(super) fn add(&self, to: impl FnOnce(&mut Line)) {
        if let Some(line) = self.line().as_mut() {
            to(line);
        }
    }

    /// Adds what is worth a warning, and counts it.
    pub(super) fn warn(&self, metric: Metric, field: &'static str, value: impl Into<Value>) {
        self.add(|line| {
            line.warn();
            line.count(metric);
            line.field(field, value);
        });
    }

    /// Adds a delivery that was attempted.
    pub(super) fn attempted(
        &self,
        destination: &str,
        attempt: u32,
        result: &Attempt,
        took_ms: u64,
    ) {
        let mut delivery = json!({
            "destination": destination, "attempt": attempt, "outcome": result.outcome.name(), "took_ms": took_ms,
        });
        if let Some(reason) = result.outcome.reason() {
            delivery["reason"] = json!(reason);
        }
        self.add(|line| {
            if result.is_gone() {
                delivery["gone"] = json!(true);
                line.warn();
                line.count(Metric::Gone);
            }
            line.push(DELIVERIES, delivery);
        });
    }

    /// Adds a delivery that was not admitted.
    pub(super) fn deferred(&self, destination: &str, deferred: &Deferred) {
        let Deferred { until, reason } = deferred;
        let delivery = json!({
            "destination": destination, "outcome": "deferred", "reason": reason, "until": until.to_string(),
        });
        self.add(|line| line.push(DELIVERIES, delivery));
    }

    /// Adds the type of an event that goes nowhere, so that the log says which types have no destination.
    pub(super) fn event_type(&self, reference: &Reference) {
        self.add(|line| line.field("event_type", reference.event_type.as_deref().map(cut)));
    }

    /// Adds that the message is sent again, as a new one.
    pub(super) fn resent(&self, receives: u32, resends: u64) {
        self.add(|line| {
            line.record(Metric::Resent, resends);
            line.field(RESENT, receives);
            line.field("resends", resends);
        });
    }

    /// Writes the line if a record that is not due has anything to tell. Else it has none: such a record may come back
    /// every few seconds.
    pub(super) fn end_not_due(&self) {
        if self.line().as_ref().is_some_and(|line| line.is_warning() || line.has(RESENT)) {
            self.end("not due");
        }
    }

    /// Writes the line. Its message says how the record ended.
    pub(super) fn end(&self, message: &str) {
        if let Some(line) = self.line().take() {
            self.log.write(message, line);
        }
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        let line = self.line().clone();
        if line.is_some_and(|line| line.is_warning() || line.has(DELIVERIES)) {
            self.add(Line::warn);
            self.end("not settled");
        }
    }
}
