//! Splits a source's lists, and finds an item again by its reference.

use shared::config::{Config, Source, SourceQueues};
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::message_group::MessageGroup;
use shared::event::reference::Reference;
use shared::event::split::{Item, Split, TooManyItems};

/// How a source's lists are split, and the queues of their items.
pub(super) struct Lists {
    split: Split,
    queues: SourceQueues,
}

/// An item that is to be queued.
pub(in crate::process) struct NewItem {
    /// The URL of its queue.
    pub(in crate::process) url: String,
    /// The reference to it.
    pub(in crate::process) reference: Reference,
    /// Its message group.
    pub(in crate::process) group: MessageGroup,
}

/// Why a reference's item cannot be found in its list: the reason of a dead letter.
#[derive(Debug, thiserror::Error)]
pub(in crate::process) enum ItemError {
    #[error("an item of a list whose source is not split any more")]
    NotSplit,
    #[error("item {0}, which the list does not have")]
    NoSuchItem(u32),
    #[error(
        "item {0}, which is another one now: since it was queued, the configuration of the list or of its ids changed"
    )]
    AnotherItem(u32),
    #[error(transparent)]
    TooManyItems(#[from] TooManyItems),
}

impl Lists {
    /// How a source's lists are split, or `None` if it does not set `split`. The error says what is missing in the
    /// configuration.
    pub(super) fn of(config: &Config, source: &Source) -> Result<Option<Self>, String> {
        let Some(split) = source.split()? else { return Ok(None) };
        Ok(Some(Self { split, queues: SourceQueues::of(&config.queues, source)? }))
    }

    /// The items of the list that a reference points at, and whose ledger key is `key`.
    pub(super) fn items(
        &self,
        list: &EventView<'_>,
        reference: &Reference,
        key: &LedgerKey,
    ) -> Result<Vec<NewItem>, TooManyItems> {
        let items = self.split.items(list)?;
        Ok(items
            .iter()
            .map(|item| self.new_item(list, item, self.refer(reference, item, key)))
            .collect())
    }

    /// The item's own type chooses its queue, and its own ordering key its message group.
    fn new_item(&self, list: &EventView<'_>, item: &Item, reference: Reference) -> NewItem {
        let queue = self.queues.of_type(item.event_type.as_deref());
        let ordering_key = queue.ordering_key.as_ref();
        let group = MessageGroup::of_event(ordering_key, &list.item(item), &reference);
        NewItem { url: queue.url.clone(), reference, group }
    }

    /// The reference to an item. It points at the same stored event, and has the item's own ledger key.
    fn refer(&self, list: &Reference, item: &Item, key: &LedgerKey) -> Reference {
        Reference {
            generation: 0,
            item: Some(item.place),
            event_type: item.event_type.clone(),
            ledger_key: self.split.key(&list.source, item, key),
            previous_window: None,
            ..list.clone()
        }
    }

    /// The item that a reference names. If the configuration changed since it was queued, another item may be at its
    /// place. Delivering that one would deliver it twice, and the right one never.
    pub(super) fn find(
        &self,
        list: &EventView<'_>,
        reference: &Reference,
        place: u32,
    ) -> Result<Item, ItemError> {
        let item = self.split.item(list, place).ok_or(ItemError::NoSuchItem(place))?;
        match self.split.could_have_key(&reference.source, &item, &reference.ledger_key) {
            true => Ok(item),
            false => Err(ItemError::AnotherItem(place)),
        }
    }
}
