//! Lists taken apart: each item goes back into the queue as an event of its own.

use shared::queue::MessageQueue;
use shared::reference::Reference;
use shared::store::EventStore;
use shared::telemetry::Metric;

use super::{Job, Worker};
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::record::Verdict;

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Enqueues the items of a list; only then is the list complete. A crash in between enqueues some
    /// of them twice, which is recognised by their own ledger keys.
    pub(super) async fn enqueue(
        &self,
        job: &Job<'_>,
        entry: Entry,
        items: Vec<Reference>,
    ) -> Verdict {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        tracing::info!(source, %event_id, items = items.len(), "split");
        let messages = items.iter().map(Reference::to_json).collect();
        match self.queue.send_all(&job.queue.url, messages).await {
            Ok(()) => self.complete(Metric::Split, job, entry).await,
            Err(error) => {
                self.again(job, entry, format!("its items cannot be queued: {error}")).await
            }
        }
    }
}
