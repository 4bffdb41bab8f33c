//! Lists taken apart: each item goes back into the queue as an event of its own.

use std::collections::BTreeMap;

use shared::event::EventId;
use shared::event::message_group::MessageGroup;
use shared::event::reference::Reference;
use shared::ports::queue::{Attributes, Message, MessageQueue, QueueError};
use shared::ports::store::EventStore;
use shared::telemetry::Metric;

use super::attempt::NotHad;
use super::plan::{Enqueue, Plan};
use super::{Job, Worker};
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::entry::Entry;
use crate::record::Verdict;

/// What a list is complete with is that its items are queued, and what became of them it does not know.
/// So when the provider sends it again, they are queued again, each to be recognised by its own key: one
/// that is dead is revived by it.
impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Whether a reference may be to a list whose entry another event has settled.
    pub(super) fn is_another_list(&self, reference: &Reference, settled_by: EventId) -> bool {
        reference.item.is_none()
            && reference.event_id != settled_by
            && self.planner.splits(&reference.source)
    }

    /// Queues the items of a list that was sent again; what is no list is a duplicate like any other.
    pub(super) async fn enqueue_again(&self, job: &Job<'_>) -> Verdict {
        let Reference { source, event_id, .. } = job.wish.reference;
        let items = match self.plan(job).await {
            Ok(Plan::Split(items)) => items,
            Ok(Plan::Route(..)) | Err(NotHad::Final(_)) => {
                return self.duplicate(job.wish.reference);
            }
            Err(NotHad::Passing(error)) => {
                tracing::warn!(source, %event_id, error, "its items could not be queued again");
                return Verdict::Keep;
            }
        };
        tracing::info!(source, %event_id, items = items.len(), "split again");
        match self.send_items(items).await {
            Ok(()) => Verdict::Acknowledge,
            Err(error) => {
                tracing::warn!(source, %event_id, %error, "its items could not be queued again");
                Verdict::Keep
            }
        }
    }

    /// Items of different types may go to different queues; those of one queue go in their order.
    async fn send_items(&self, items: Vec<Enqueue>) -> Result<(), QueueError> {
        let mut by_queue: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for Enqueue { url, reference, group } in items {
            self.tell_unordered(&reference, &group);
            let message = Message {
                body: reference.to_json(),
                attributes: Attributes::new(),
                fifo: group.fifo_attributes(&reference),
            };
            by_queue.entry(url).or_default().push(message);
        }
        for (url, messages) in by_queue {
            self.queue.send_all(&url, messages).await?;
        }
        Ok(())
    }

    fn tell_unordered(&self, reference: &Reference, group: &MessageGroup) {
        let Reference { source, event_id, item, .. } = reference;
        if let MessageGroup::Unordered(_) = group {
            tracing::warn!(source, %event_id, item, "without its queue's ordering key: a group of its own");
            self.count(Metric::Unordered, reference);
        }
    }
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Enqueues the items of a list; only then is the list complete. A crash in between enqueues some
    /// of them twice, which is recognised by their own ledger keys.
    pub(super) async fn enqueue(
        &self,
        job: &Job<'_>,
        entry: Entry,
        items: Vec<Enqueue>,
    ) -> Verdict {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        tracing::info!(source, %event_id, items = items.len(), "split");
        match self.send_items(items).await {
            Ok(()) => self.complete(Metric::Split, job, entry).await,
            Err(error) => {
                self.again(job, entry, format!("its items cannot be queued: {error}")).await
            }
        }
    }
}
