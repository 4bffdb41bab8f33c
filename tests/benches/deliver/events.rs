//! Docusign's events as ingest stores them, and the worker over ports in memory.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use catchment_tests::fakes::{MemoryLedger, MemoryQueue, MemoryStore};
use catchment_tests::harness::{self, QUEUE, QUEUE_ARN, RecordedLines, TestIngest};
use catchment_tests::samples;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::deliver::{Deliver, Delivery};
use worker_lambda::outcome::{Attempt, Outcome};
use worker_lambda::ports::PortSet;

/// Destinations that answer after a time, and keep nothing.
#[derive(Default)]
struct Slow {
    latency: Duration,
    at_once: AtomicU64,
    most_at_once: Arc<AtomicU64>,
}

impl Deliver for Slow {
    async fn deliver(&self, _: &str, _: &Delivery) -> Attempt {
        let at_once = self.at_once.fetch_add(1, Relaxed) + 1;
        self.most_at_once.fetch_max(at_once, Relaxed);
        tokio::time::sleep(self.latency).await;
        self.at_once.fetch_sub(1, Relaxed);
        Outcome::Delivered.into()
    }
}

/// A worker, and one stored event that any number of references point at.
pub(crate) struct BenchWorker {
    runtime: Runtime,
    worker: Worker<PortSet<MemoryStore, MemoryQueue, MemoryLedger, Slow>>,
    reference: Reference,
    begun: u32,
    most_at_once: Arc<AtomicU64>,
}

impl BenchWorker {
    /// With an event of this body, routed by these filters to a destination of this latency.
    pub(crate) fn new(body: &[u8], filters: &[&str], latency: Duration) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let config = config(filters);
        let ingest = TestIngest::with(config.clone());
        let secret = harness::secret("docusign");
        let sample = samples::sign("docusign", &secret, "", body, ingest.now).unwrap();
        let event = harness::http_api_event("docusign", &sample);
        assert_eq!(runtime.block_on(ingest.receive(&event)).status, 200);
        let message = ingest.queue.receive(QUEUE).remove(0).body;
        let destinations = Slow { latency, ..Slow::default() };
        let most_at_once = destinations.most_at_once.clone();
        let (store, queue, ledger) = (ingest.store, ingest.queue, MemoryLedger::default());
        let ports = PortSet { store, queue, ledger, destinations };
        let config = serde_json::from_value(config).unwrap();
        let worker =
            Worker::new(&config, Duration::from_secs(1), ports, RecordedLines::default().log())
                .unwrap();
        let reference = Reference::parse(&message).unwrap();
        Self { runtime, worker, reference, begun: 0, most_at_once }
    }

    /// How large the stored event is.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.reference.size
    }

    /// How many bytes of stored events were being delivered at once, at most.
    pub(crate) fn most_bytes_at_once(&self) -> u64 {
        self.most_at_once.load(Relaxed) * self.reference.size
    }

    /// A batch of ten references to the one stored event, each an event of its own to the ledger.
    pub(crate) fn batch(&mut self) -> SqsEvent {
        let mut event = SqsEvent::default();
        event.records = (0..10).map(|_| self.message()).collect();
        event
    }

    fn message(&mut self) -> SqsMessage {
        self.begun += 1;
        let id = self.begun.to_string();
        let reference = Reference {
            event_id: EventId::new(Timestamp::now()),
            ledger_key: LedgerKey::of("docusign", &id),
            ..self.reference.clone()
        };
        let mut message = SqsMessage::default();
        message.message_id = Some(id);
        message.receipt_handle = Some("receipt".to_owned());
        message.event_source_arn = Some(QUEUE_ARN.to_owned());
        message.body = Some(reference.to_json());
        message
    }

    /// Works on a batch, all of which must be delivered.
    pub(crate) fn process_batch(&self, batch: SqsEvent) {
        let deadline = Instant::now() + Duration::from_secs(600);
        let response = self.runtime.block_on(process_batch(&self.worker, batch, deadline)).unwrap();
        assert!(response.batch_item_failures.is_empty(), "all are delivered");
    }
}

/// A configuration with a route of Docusign's for each filter; one without, where there is none.
pub(crate) fn config(filters: &[&str]) -> Value {
    let mut config = harness::config();
    let route = |filter| json!({ "source": "docusign", "filter": filter, "destinations": ["crm"] });
    let mut routes: Vec<_> = filters.iter().map(|filter| route(json!(filter))).collect();
    if routes.is_empty() {
        routes.push(route(Value::Null));
    }
    config["routes"] = json!(routes);
    config
}

/// A Docusign event of about so many bytes, all of it in small fields: the form's data of its tabs.
pub(crate) fn body(bytes: usize) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(samples::DOCUSIGN_SENT).unwrap();
    let tab = json!({
        "tabLabel": "Netto-Betrag", "value": "1.234,56 €", "required": "false", "locked": "false",
        "documentId": "1", "recipientId": "1", "pageNumber": "1", "xPosition": "121",
        "tabId": "7f0a4d52-9d5b-4c7f-8a3b-1c7f2a3b4c5d", "tabType": "text",
    });
    let missing = bytes.saturating_sub(samples::DOCUSIGN_SENT.len());
    let tabs = vec![tab.clone(); missing.div_ceil(tab.to_string().len() + 1)];
    event["data"]["envelopeSummary"]["recipients"]["signers"][0]["tabs"] =
        json!({ "textTabs": tabs });
    serde_json::to_vec(&event).unwrap()
}
