//! Bodies that hold a list of events, and their items: each an event of its own.

use jmespath::Rcvar;

use super::event_type;
use crate::event::EventView;
use crate::event::dedupe::LedgerKey;
use crate::query::expression::Expression;

/// More items than any provider sends at once are not taken apart: each becomes a queue message.
pub const MAX_ITEMS: usize = 10_000;

/// How a source's lists are taken apart.
#[derive(Clone, Debug)]
pub struct Split {
    items: Expression,
    id: Vec<Expression>,
    event_type: Vec<Expression>,
}

/// One item of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its place in the list, from 0.
    pub place: u32,
    /// Its type, where it has one.
    pub event_type: Option<String>,
    /// What it is.
    pub value: Rcvar,
}

/// A list that is not taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its list has {0} items, and at most {MAX_ITEMS} are taken apart")]
pub struct TooManyItems(usize);

impl Split {
    /// Splits the list that `items` finds in an event's document. `id` and `event_type` are looked up in each
    /// item.
    pub fn new(items: Expression, id: Vec<Expression>, event_type: Vec<Expression>) -> Self {
        Self { items, id, event_type }
    }

    /// The items of an event's list; none where it has no list, or an empty one: then it is an event
    /// like any other.
    pub fn items(&self, event: &EventView<'_>) -> Result<Vec<Item>, TooManyItems> {
        let Some(found) = self.items.find(event.document()) else { return Ok(Vec::new()) };
        let Some(list) = found.as_array() else { return Ok(Vec::new()) };
        if list.len() > MAX_ITEMS {
            return Err(TooManyItems(list.len()));
        }
        Ok((0..).zip(list).map(|(place, value)| self.at(place, value)).collect())
    }

    /// The item at a place, and nothing of the others.
    pub fn item(&self, event: &EventView<'_>, place: u32) -> Option<Item> {
        let found = self.items.find(event.document())?;
        Some(self.at(place, found.as_array()?.get(usize::try_from(place).ok()?)?))
    }

    fn at(&self, place: u32, value: &Rcvar) -> Item {
        let event_type = event_type(&self.event_type, value);
        Item { place, event_type, value: value.clone() }
    }

    /// Under what the ledger knows an item of a list which it knows under `whole`.
    pub fn key(&self, source: &str, item: &Item, whole: &LedgerKey) -> LedgerKey {
        LedgerKey::of_item(source, &self.id, &item.value)
            .unwrap_or_else(|| whole.of_place(item.place))
    }

    /// Whether an item may be the one that the ledger knows under `key`. Where it has no id, nothing says
    /// that it is not.
    pub fn could_have_key(&self, source: &str, item: &Item, key: &LedgerKey) -> bool {
        LedgerKey::of_item(source, &self.id, &item.value).is_none_or(|own| own == *key)
    }
}

impl Item {
    /// The item as JSON: names in alphabetical order, and numbers beyond 64 bits rounded.
    pub fn to_json(&self) -> String {
        self.value.to_string()
    }
}
