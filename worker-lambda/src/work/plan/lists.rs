//! A source's lists: taken apart, and their items found again.

use shared::config::{Config, Source, SourceQueues};
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::message_group::MessageGroup;
use shared::event::reference::Reference;
use shared::event::split::{Item, Split, TooManyItems};

/// How a source's lists are taken apart, and where their items are queued.
pub(super) struct Lists {
    split: Split,
    queues: SourceQueues,
}

/// An item on its way to its queue.
pub(in crate::work) struct Enqueue {
    /// The queue's URL.
    pub(in crate::work) url: String,
    /// The reference to it.
    pub(in crate::work) reference: Reference,
    /// How it is ordered there.
    pub(in crate::work) group: MessageGroup,
}

/// An item that cannot be found again: the reason of a dead letter.
#[derive(Debug, thiserror::Error)]
pub(in crate::work) enum Lost {
    #[error("one item of a list, whose source is not split any more")]
    NotSplit,
    #[error("item {0} of a list that does not have it")]
    NoSuchItem(u32),
    #[error(
        "item {0} of a list, which is another one now: lists were looked for elsewhere, or items told apart by other ids"
    )]
    AnotherItem(u32),
    #[error(transparent)]
    TooManyItems(#[from] TooManyItems),
}

impl Lists {
    /// How a source's lists are taken apart, if they are; an error where nobody can say.
    pub(super) fn of(config: &Config, source: &Source) -> Result<Option<Self>, String> {
        let Some(split) = source.split()? else { return Ok(None) };
        Ok(Some(Self { split, queues: SourceQueues::of(config, source)? }))
    }

    /// The items of a list that a reference points at, and which the ledger knows under `key`.
    pub(super) fn items(
        &self,
        list: &EventView<'_>,
        reference: &Reference,
        key: &LedgerKey,
    ) -> Result<Vec<Enqueue>, TooManyItems> {
        let items = self.split.items(list)?;
        Ok(items
            .iter()
            .map(|item| self.enqueue(list, item, self.refer(reference, item, key)))
            .collect())
    }

    /// An item goes by its own type, and is ordered by its own key.
    fn enqueue(&self, list: &EventView<'_>, item: &Item, reference: Reference) -> Enqueue {
        let queue = self.queues.of_type(item.event_type.as_deref());
        let ordering_key = queue.ordering_key.as_ref();
        let group = MessageGroup::of_event(ordering_key, &list.item(item), &reference);
        Enqueue { url: queue.url.clone(), reference, group }
    }

    /// The reference to an item: to the same stored event, and recognised by the item's own id.
    fn refer(&self, whole: &Reference, item: &Item, key: &LedgerKey) -> Reference {
        Reference {
            generation: 0,
            item: Some(item.place),
            event_type: item.event_type.clone(),
            ledger_key: self.split.key(&whole.source, item, key),
            previous_window: None,
            ..whole.clone()
        }
    }

    /// The item of a reference. The list may be another since it was enqueued, by another configuration:
    /// what is at its place then would be delivered under its name, and it itself never.
    pub(super) fn find(
        &self,
        list: &EventView<'_>,
        reference: &Reference,
        place: u32,
    ) -> Result<Item, Lost> {
        let item = self.split.item(list, place).ok_or(Lost::NoSuchItem(place))?;
        match self.split.could_have_key(&reference.source, &item, &reference.ledger_key) {
            true => Ok(item),
            false => Err(Lost::AnotherItem(place)),
        }
    }
}
