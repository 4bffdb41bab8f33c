//! One attempt at a claimed event: get it, route it, deliver it to each destination still owed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use shared::dedupe::LedgerKey;
use shared::event::Event;
use shared::queue::MessageQueue;
use shared::store::{EventStore, GetError};
use shared::telemetry::{Metric, millis};

use super::{Job, Worker};
use crate::deliver::{Deliver, Delivery};
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::outcome::Outcome;
use crate::record::Verdict;
use crate::route::{Routed, route};

/// A destination to be tried again.
pub(super) struct Unreached {
    pub(super) destination: String,
    /// No sooner than this, where it said so.
    pub(super) after: Option<Duration>,
    pub(super) reason: String,
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Makes one attempt, which the ledger has counted, and brings it to its end.
    pub(super) async fn attempt(&self, job: &Job<'_>, mut entry: Entry) -> Verdict {
        if entry.attempts > job.queue.max_attempts {
            entry.attempts = job.queue.max_attempts;
            let reason = format!("{} attempts; the last one never ended", job.queue.max_attempts);
            return self.bury(job, entry, reason).await;
        }
        let stored = match self.store.get(&job.wish.reference.s3_key).await {
            Ok(stored) => stored,
            Err(GetError::Missing) => {
                let reason = "its stored event is gone".to_owned();
                return self.bury(job, entry, reason).await;
            }
            Err(GetError::Unavailable(error)) => {
                let reason = format!("its event cannot be read: {error}");
                return self.again(job, entry, reason).await;
            }
        };
        let delivery = match delivery(&stored, &job.wish.key) {
            Ok(delivery) => delivery,
            Err(reason) => return self.bury(job, entry, reason).await,
        };
        drop(stored);
        let owed = match route(&self.routes, &job.wish.reference.source) {
            Routed::To(destinations) => owed(&destinations, &entry),
            Routed::Discarded => {
                return self.without_delivery(Metric::Discarded, job, entry).await;
            }
            Routed::Unrouted => return self.without_delivery(Metric::Unrouted, job, entry).await,
        };
        let unreached = self.deliver(&owed, &delivery, &mut entry).await;
        self.end(job, entry, unreached).await
    }

    /// Delivers to all at once, so that none waits for another, and notes who has it and who will not
    /// take it. Returns who is to be tried again.
    async fn deliver(
        &self,
        owed: &[&str],
        delivery: &Delivery,
        entry: &mut Entry,
    ) -> Vec<Unreached> {
        let deliveries = owed.iter().map(|name| async {
            let start = Instant::now();
            let outcome = self.destinations.deliver(name, delivery).await;
            let took_ms = millis(start.elapsed());
            tracing::info!(
                source = delivery.source, event_id = %delivery.event_id, destination = *name,
                attempt = entry.attempts, outcome = ?outcome, took_ms, "delivery"
            );
            ((*name).to_owned(), outcome)
        });
        let outcomes = join_all(deliveries).await;
        let mut unreached = Vec::new();
        for (name, outcome) in outcomes {
            match outcome {
                Outcome::Delivered => _ = entry.done.insert(name),
                Outcome::Reject { reason } => _ = entry.rejected.insert(name, reason),
                Outcome::Retry { after, reason } => {
                    unreached.push(Unreached { destination: name, after, reason });
                }
            }
        }
        unreached
    }
}

/// The destinations that neither have the event nor will refuse it again.
fn owed<'c>(destinations: &BTreeSet<&'c str>, entry: &Entry) -> Vec<&'c str> {
    let settled = |name: &str| entry.done.contains(name) || entry.rejected.contains_key(name);
    destinations.iter().copied().filter(|name| !settled(name)).collect()
}

/// The delivery that a stored event makes; the error is the reason of a dead letter.
fn delivery(stored: &[u8], key: &LedgerKey) -> Result<Delivery, String> {
    let event = Event::from_json(stored).map_err(|error| error.to_string())?;
    let body = event.body().map_err(|error| error.to_string())?.into_owned();
    Ok(Delivery {
        webhook_id: key.webhook_id(),
        event_id: event.id,
        source: event.source.clone().into_owned(),
        event_type: event.event_type.as_deref().map(str::to_owned),
        received_at: event.received_at,
        content_type: event.headers.get("content-type").map(str::to_owned),
        body: Bytes::from(body),
    })
}
