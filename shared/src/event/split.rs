//! Lists: bodies with several events, which are split so that each item becomes an event.

use jmespath::Rcvar;

use super::event_type;
use crate::event::EventView;
use crate::event::dedupe::LedgerKey;
use crate::query::expression::Expression;

/// The most items of a list that is split. Each item becomes a queue message, and no provider sends so many.
pub const MAX_ITEMS: usize = 10_000;

/// How a source's lists are split.
#[derive(Clone, Debug)]
pub struct Split {
    items: Expression,
    id: Vec<Expression>,
    event_type: Vec<Expression>,
}

/// One item of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its index in the list, from 0.
    pub place: u32,
    /// Its type, if it has one.
    pub event_type: Option<String>,
    /// Its value, which is the body of its event.
    pub value: Rcvar,
}

/// A list has more than [`MAX_ITEMS`] items. It is not split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its list has {0} items, and at most {MAX_ITEMS} are taken apart")]
pub struct TooManyItems(usize);

impl Split {
    /// Splits the list that `items` finds in an event's document. `id` and `event_type` are looked up in each
    /// item.
    pub fn new(items: Expression, id: Vec<Expression>, event_type: Vec<Expression>) -> Self {
        Self { items, id, event_type }
    }

    /// The items of an event's list. Empty if the event has no list or an empty one; it is then delivered
    /// whole. Fails if the list has more than [`MAX_ITEMS`] items.
    pub fn items(&self, event: &EventView<'_>) -> Result<Vec<Item>, TooManyItems> {
        let Some(found) = self.items.find(event.document()) else { return Ok(Vec::new()) };
        let Some(list) = found.as_array() else { return Ok(Vec::new()) };
        if list.len() > MAX_ITEMS {
            return Err(TooManyItems(list.len()));
        }
        Ok((0..).zip(list).map(|(place, value)| self.new_item(place, value)).collect())
    }

    /// The item with this index. `None` if there is no list or no such item.
    pub fn item(&self, event: &EventView<'_>, place: u32) -> Option<Item> {
        let found = self.items.find(event.document())?;
        Some(self.new_item(place, found.as_array()?.get(usize::try_from(place).ok()?)?))
    }

    fn new_item(&self, place: u32, value: &Rcvar) -> Item {
        let event_type = event_type(&self.event_type, value);
        Item { place, event_type, value: value.clone() }
    }

    /// The ledger key of an item: by its id, or else by its index and `whole`, the ledger key of the list.
    pub fn key(&self, source: &str, item: &Item, whole: &LedgerKey) -> LedgerKey {
        LedgerKey::of_item(source, &self.id, &item.value)
            .unwrap_or_else(|| whole.of_place(item.place))
    }

    /// Whether an item can have this ledger key. True if the item has no id, because its key then depends on
    /// the list's.
    pub fn could_have_key(&self, source: &str, item: &Item, key: &LedgerKey) -> bool {
        LedgerKey::of_item(source, &self.id, &item.value).is_none_or(|by_id| by_id == *key)
    }
}

impl Item {
    /// The item as JSON. Names are in alphabetical order, and numbers beyond 64 bits are rounded.
    pub fn to_json(&self) -> String {
        self.value.to_string()
    }
}
