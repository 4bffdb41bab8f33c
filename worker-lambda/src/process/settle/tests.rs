//! A table of endings: which calls each makes, in which order, and what becomes of the message if one fails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::config::Retention;
use shared::event::dedupe::LedgerKey;
use shared::ports::queue::{Message, MessageQueue, QueueError};
use shared::ports::store::{EventStore, GetError, PutError};
use shared::telemetry::{LineSink, Log};
use tokio::time::Instant;

use super::*;
use crate::admission::circuit_breaker::state::BreakerState;
use crate::admission::circuit_breaker::{CircuitBreakerError, CircuitBreakerStore};
use crate::deliver::{Deliver, Delivery};
use crate::ledger::{Ledger, LedgerError};
use crate::outcome::Attempt;
use crate::ports::PortSet;
use crate::process::report::Report;
use crate::process::tests::{claim_request, claimed, queue, record, reference};

/// Records every call and every log line, and fails the call whose number is set. Its clones share both.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    calls: Vec<String>,
    fail: Option<usize>,
}

impl Recorder {
    fn call(&self, call: String) -> Result<(), String> {
        let mut recorded = self.0.lock().unwrap();
        recorded.calls.push(call);
        match recorded.fail == Some(recorded.calls.len()) {
            true => Err("fails".to_owned()),
            false => Ok(()),
        }
    }
}

impl LineSink for Recorder {
    fn write(&self, line: &Value) {
        let message = line["fields"]["message"].as_str().unwrap();
        let counted = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"];
        let counted = counted.as_str().map(|name| format!(", count {name}")).unwrap_or_default();
        self.0.lock().unwrap().calls.push(format!("log {message}{counted}"));
    }
}

impl EventStore for Recorder {
    async fn put(&self, _: &str, _: Vec<u8>, _: Option<Retention>) -> Result<(), PutError> {
        panic!("settling stores nothing")
    }

    async fn get(&self, _: &str) -> Result<Vec<u8>, GetError> {
        panic!("settling reads nothing")
    }
}

impl MessageQueue for Recorder {
    async fn send(&self, url: &str, message: Message) -> Result<(), QueueError> {
        let reason = message.attributes.get("reason").map_or("", String::as_str);
        self.call(format!("send to {url} {reason}").trim_end().to_owned()).map_err(QueueError)
    }

    async fn send_all(&self, _: &str, _: Vec<Message>) -> Result<(), QueueError> {
        panic!("settling sends one message at most")
    }

    async fn change_visibility(&self, _: &str, _: &str, _: Duration) -> Result<(), QueueError> {
        self.call("hide".to_owned()).map_err(QueueError)
    }
}

impl Ledger for Recorder {
    async fn get(&self, _: &LedgerKey) -> Result<Option<Entry>, LedgerError> {
        panic!("settling reads nothing")
    }

    async fn put(&self, _: &LedgerKey, entry: &Entry, _: Option<u64>) -> Result<(), LedgerError> {
        let state = match entry.state {
            State::Leased(_) => "leased",
            State::Waiting(_) => "waiting",
            State::Complete => "complete",
            State::NoDestination => "no destination",
            State::Dead => "dead",
        };
        self.call(format!("note {state}")).map_err(LedgerError::Unavailable)
    }
}

impl CircuitBreakerStore for Recorder {
    async fn circuit_breaker(&self, _: &str) -> Result<Option<BreakerState>, CircuitBreakerError> {
        panic!("settling asks no circuit breaker")
    }

    async fn put_circuit_breaker(
        &self,
        _: &str,
        _: &BreakerState,
        _: Option<u64>,
    ) -> Result<(), CircuitBreakerError> {
        panic!("settling asks no circuit breaker")
    }
}

impl Deliver for Recorder {
    async fn deliver(&self, _: &str, _: &Delivery) -> Attempt {
        panic!("settling delivers nothing")
    }
}

/// Settles an ending while call number `fail` fails: what was called and counted, and what becomes of the message.
async fn settled(ending: Ending, receives: u32, fail: Option<usize>) -> (Vec<String>, Disposition) {
    let recorder = Recorder::default();
    recorder.0.lock().unwrap().fail = fail;
    let queue = queue(None);
    let config = json!({
        "name": "c", "reply_within": 1, "body_limit": 1, "fingerprint_key": "f", "ledger_table": "t", "sources": {},
        "queues": { "default": {
            "url": "url", "arn": "arn", "dead_letter_url": "dead", "max_attempts": 3,
            "backoff": { "base": 2, "factor": 2, "cap": 900 }, "max_receives": 100,
            "retention": 604_800, "maximum_concurrency": 10, "ordering_key": null,
        } },
        "destinations": {}, "routes": [],
    });
    let ports = PortSet {
        store: recorder.clone(),
        queue: recorder.clone(),
        ledger: recorder.clone(),
        destinations: recorder.clone(),
    };
    let log = Log::with_sink("c", Arc::new(recorder.clone()));
    let config = serde_json::from_value(config).unwrap();
    let worker = Worker::new(&config, Duration::from_secs(1), ports, log.clone()).unwrap();
    let (record, reference) = (record(Timestamp::now(), receives), reference());
    let claim = claim_request(&reference);
    let report = Report::new(&log, &reference);
    let job = Job { queue: &queue, record: &record, claim, report, deadline: Instant::now() };
    let disposition = worker.settle(&job, ending).await;
    drop(job);
    (std::mem::take(&mut recorder.0.lock().unwrap().calls), disposition)
}

fn complete(completion: Completion) -> Ending {
    Ending::Complete { entry: claimed(1, &[]), completion }
}

fn retry(attempted: bool) -> Ending {
    let due = Timestamp::now() + SignedDuration::from_secs(30);
    Ending::Retry { entry: claimed(1, &["crm"]), reason: "timed out".into(), due, attempted }
}

fn dead_letter() -> Ending {
    Ending::DeadLetter { entry: claimed(3, &["crm"]), reason: "HTTP status 400".into() }
}

fn is_hidden(disposition: Disposition) -> bool {
    matches!(disposition, Disposition::Hide(_))
}

#[tokio::test]
async fn every_ending_sends_then_notes_then_acknowledges() {
    let soon = Timestamp::now() + SignedDuration::from_secs(30);
    let table: [(Ending, u32, &[&str], bool); 12] = [
        (Ending::Duplicate, 1, &["log duplicate"], true),
        (Ending::SplitAgain, 1, &["log split again"], true),
        (
            Ending::NotSplitAgain { error: "fails".into() },
            1,
            &["log list items not queued again"],
            false,
        ),
        (Ending::NotDue { until: soon }, 1, &["hide"], false),
        (Ending::NotDue { until: soon }, 50, &["send to url", "log not due, count Resent"], true),
        (complete(Completion::Delivered), 1, &["note complete", "log delivered"], true),
        (complete(Completion::Discarded), 1, &["note no destination", "log discarded"], true),
        (
            complete(Completion::Unrouted),
            1,
            &["note no destination", "log unrouted, count Unrouted"],
            true,
        ),
        (complete(Completion::Split), 1, &["note complete", "log split"], true),
        (retry(true), 1, &["note waiting", "hide", "log retry"], false),
        (retry(false), 50, &["note waiting", "send to url", "log deferred, count Resent"], true),
        (
            dead_letter(),
            1,
            &["send to dead HTTP status 400", "log dead letter, count DeadLettered", "note dead"],
            true,
        ),
    ];
    for (number, (ending, receives, expected, acknowledged)) in table.into_iter().enumerate() {
        let (calls, disposition) = settled(ending, receives, None).await;
        assert_eq!(calls, expected, "row {number}");
        assert_eq!(disposition == Disposition::Acknowledge, acknowledged, "row {number}");
        assert_eq!(is_hidden(disposition), expected.contains(&"hide"), "row {number}");
    }
}

/// What is not written is not acknowledged, and nothing after it happens.
#[tokio::test]
async fn a_failed_call_leaves_the_message_to_its_visibility_timeout() {
    let dead = "send to dead HTTP status 400";
    let table: [(Ending, u32, usize, &[&str]); 7] = [
        (complete(Completion::Delivered), 1, 1, &["note complete"]),
        (retry(true), 1, 1, &["note waiting", "log retry"]),
        (retry(true), 1, 2, &["note waiting", "hide", "log retry"]),
        (retry(false), 50, 2, &["note waiting", "send to url", "log deferred"]),
        (dead_letter(), 1, 1, &[dead]),
        (dead_letter(), 1, 3, &[dead, "log dead letter, count DeadLettered", "note dead"]),
        (Ending::NotDue { until: Timestamp::now() }, 1, 1, &["hide"]),
    ];
    for (number, (ending, receives, fail, expected)) in table.into_iter().enumerate() {
        let (calls, disposition) = settled(ending, receives, Some(fail)).await;
        assert_eq!(calls, expected, "row {number}");
        assert_eq!(disposition, Disposition::Keep, "row {number}");
    }
}
