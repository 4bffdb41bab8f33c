//! Ingest, queue, archive and destinations in memory, and as many workers as wanted on one ledger.

use std::time::Duration;

use catchment_tests::fakes::{MemoryDestinations, MemoryQueue, MemoryStore};
use catchment_tests::harness::{DEAD_LETTERS, QUEUE, QUEUE_ARN, TestIngest, config};
use futures_util::future::join_all;
use shared::config::Config;
use shared::event::reference::Reference;
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::ports::PortSet;
use worker_lambda::record::{Disposition, Record};

pub(crate) struct World<L> {
    pub(crate) ingest: TestIngest,
    pub(crate) destinations: MemoryDestinations,
    ledger: L,
}

impl<L: Ledger + Clone> World<L> {
    pub(crate) fn new(ledger: L) -> Self {
        let destinations = MemoryDestinations::default();
        Self { ingest: TestIngest::new().unwrap(), destinations, ledger }
    }

    /// Has a provider send its sample this often, and receives what is then in the queue.
    pub(crate) async fn receive(&self, provider: &str, times: usize) -> Vec<Record> {
        for _ in 0..times {
            let sample = self.ingest.sample(provider).unwrap();
            assert_eq!(self.ingest.receive_later(&sample).await.unwrap().status, 200);
        }
        self.records(QUEUE)
    }

    /// What is in the dead-letter queue.
    pub(crate) fn dead_letters(&self) -> Vec<Record> {
        self.records(DEAD_LETTERS)
    }

    fn records(&self, url: &str) -> Vec<Record> {
        let received = self.ingest.queue.receive(url).into_iter();
        let record = |message: catchment_tests::fakes::Received| Record {
            message_id: message.id,
            receipt: message.receipt,
            queue_arn: QUEUE_ARN.to_owned(),
            body: message.body,
            receives: message.receives,
            since: message.sent_at,
            group: message.group,
        };
        received.map(record).collect()
    }

    /// A worker of its own, as another Lambda environment would be.
    pub(crate) fn worker(
        &self,
    ) -> Worker<PortSet<MemoryStore, MemoryQueue, L, MemoryDestinations>> {
        let config: Config = serde_json::from_value(config()).unwrap();
        let ports = PortSet {
            store: self.ingest.store.clone(),
            queue: self.ingest.queue.clone(),
            ledger: self.ledger.clone(),
            destinations: self.destinations.clone(),
        };
        Worker::new(
            &config,
            Duration::from_secs(1),
            ports,
            shared::telemetry::Metrics::new("catchment"),
        )
        .unwrap()
    }

    /// Works on a record, in an invocation that has this much time: its lease is a second longer.
    pub(crate) async fn work(&self, record: &Record, time: Duration) -> Disposition {
        self.worker().process_record(record, Instant::now() + time).await
    }

    /// Has a worker for each of these records work on it at once; says how many were acknowledged.
    pub(crate) async fn at_once(&self, records: &[Record]) -> usize {
        let minute = Duration::from_secs(60);
        let verdicts = join_all(records.iter().map(|record| self.work(record, minute))).await;
        verdicts.into_iter().filter(|verdict| *verdict == Disposition::Acknowledge).count()
    }

    pub(crate) async fn entry(&self, record: &Record) -> Entry {
        let key = Reference::parse(&record.body).unwrap().ledger_key;
        self.ledger.get(&key).await.unwrap().expect("an entry")
    }

    pub(crate) async fn state(&self, record: &Record) -> State {
        self.entry(record).await.state
    }
}
