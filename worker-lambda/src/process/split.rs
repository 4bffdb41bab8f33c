//! Splits a list: each of its items is queued as an event of its own.
//!
//! A list is complete once its items are queued. What becomes of them is not known to the list's entry. So when the
//! provider sends the list again, its items are queued again, and each is recognised by its own ledger key; an item
//! that was dead-lettered is then tried again.

use std::collections::BTreeMap;

use shared::event::EventId;
use shared::event::message_group::MessageGroup;
use shared::event::reference::Reference;
use shared::ports::queue::{Attributes, Message, MessageQueue, QueueError};

use super::ending::{Completion, Ending};
use super::load::LoadError;
use super::plan::{NewItem, Plan};
use super::report::Report;
use super::{Job, Worker};
use crate::ledger::entry::Entry;
use crate::ports::Ports;

impl<P: Ports> Worker<P> {
    /// Queues the items of a claimed list. A crash in between queues some of them twice, which their own ledger
    /// keys show.
    pub(super) async fn split(&self, job: &Job<'_>, entry: Entry, items: Vec<NewItem>) -> Ending {
        match self.queue_items(&job.report, items).await {
            Ok(()) => Ending::Complete { entry, completion: Completion::Split },
            Err(error) => {
                let reason = format!("its items cannot be queued: {error}");
                job.attempt_context().before_deliveries(entry, reason)
            }
        }
    }

    /// Whether a reference may point at a list whose ledger entry another event has settled.
    pub(super) fn may_be_another_list(&self, reference: &Reference, settled_by: EventId) -> bool {
        reference.item.is_none()
            && reference.event_id != settled_by
            && self.planner.splits(&reference.source)
    }

    /// Queues the items of a list that was sent again. What turns out to be no list is a plain duplicate.
    pub(super) async fn split_again(&self, job: &Job<'_>) -> Ending {
        let items = match self.load_and_plan(job).await {
            Ok(Plan::Split(items)) => items,
            Ok(Plan::Route(..)) | Err(LoadError::Permanent(_)) => return Ending::Duplicate,
            Err(LoadError::Transient(error)) => return Ending::NotSplitAgain { error },
        };
        match self.queue_items(&job.report, items).await {
            Ok(()) => Ending::SplitAgain,
            Err(error) => Ending::NotSplitAgain { error: error.to_string() },
        }
    }

    /// Items of different types may go to different queues. Those of one queue keep their order.
    async fn queue_items(
        &self,
        report: &Report<'_>,
        items: Vec<NewItem>,
    ) -> Result<(), QueueError> {
        let is_unordered = |item: &&NewItem| matches!(item.group, MessageGroup::Unordered(_));
        let unordered = items.iter().filter(is_unordered).count();
        report.add(|line| {
            line.field("items", items.len());
            if unordered > 0 {
                line.warn();
                line.field("unordered", unordered);
            }
        });
        let mut by_queue: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for NewItem { url, reference, group } in items {
            let message = Message {
                body: reference.to_json(),
                attributes: Attributes::new(),
                fifo: group.fifo_attributes(&reference),
            };
            by_queue.entry(url).or_default().push(message);
        }
        for (url, messages) in by_queue {
            self.ports.queue().send_all(&url, messages).await?;
        }
        Ok(())
    }
}
