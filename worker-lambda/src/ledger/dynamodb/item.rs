//! Converts ledger entries to DynamoDB items and back. An item that this release cannot read gives `None`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use shared::event::dedupe::LedgerKey;

use crate::ledger::destination_status::{DestinationState, DestinationStatus};
use crate::ledger::entry::{Entry, State};

/// A DynamoDB item, or a map within an item.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn to_item(key: &LedgerKey, entry: &Entry) -> Item {
    let destinations = entry.destinations.iter();
    let destinations = destinations.map(|(name, it)| (name.clone(), to_map(it))).collect();
    let mut item = Item::from([
        ("ledger_key".to_owned(), text(&key.to_string())),
        ("revision".to_owned(), number(entry.revision)),
        ("state".to_owned(), text(entry.state.name())),
        ("source".to_owned(), text(&entry.source)),
        ("event_id".to_owned(), text(&entry.event_id.to_string())),
        ("generation".to_owned(), number(entry.generation)),
        ("attempts".to_owned(), number(entry.attempts)),
        ("received_at".to_owned(), number(entry.received_at.as_millisecond())),
        ("destinations".to_owned(), AttributeValue::M(destinations)),
        ("expires_at".to_owned(), number(entry.expires_at.as_second())),
    ]);
    if let Some(until) = entry.state.until() {
        item.insert("until".to_owned(), number(until.as_millisecond()));
    }
    if let Some(reason) = &entry.reason {
        item.insert("reason".to_owned(), text(reason));
    }
    item
}

/// The status of a destination as a map. Its attributes have the same names as those of the entry.
fn to_map(status: &DestinationStatus) -> AttributeValue {
    let (state, until) = match status.state {
        DestinationState::Delivered => ("delivered", None),
        DestinationState::Owed(due) => ("owed", Some(due)),
        DestinationState::Rejected => ("rejected", None),
    };
    let always = [("state", text(state)), ("attempts", number(status.attempts))];
    let sometimes = [
        ("until", until.map(|until| number(until.as_millisecond()))),
        ("status", status.status.map(number)),
        ("reason", status.reason.as_deref().map(text)),
    ];
    let sometimes = sometimes.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let all = always.into_iter().chain(sometimes).map(|(name, value)| (name.to_owned(), value));
    AttributeValue::M(all.collect())
}

pub(super) fn string<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn integer(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn millis(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(integer(item, name)?).ok()
}

fn from_map(map: &AttributeValue) -> Option<DestinationStatus> {
    let map = map.as_m().ok()?;
    let state = match string(map, "state")? {
        "delivered" => DestinationState::Delivered,
        "owed" => DestinationState::Owed(millis(map, "until")?),
        "rejected" => DestinationState::Rejected,
        _ => return None,
    };
    Some(DestinationStatus {
        state,
        attempts: integer(map, "attempts")?.try_into().ok()?,
        status: integer(map, "status").and_then(|status| status.try_into().ok()),
        reason: string(map, "reason").map(str::to_owned),
    })
}

pub(super) fn from_item(item: &Item) -> Option<Entry> {
    let string = |name: &str| string(item, name);
    let integer = |name: &str| integer(item, name);
    let millis = |name: &str| millis(item, name);
    let state = match string("state")? {
        "leased" => State::Leased(millis("until")?),
        "waiting" => State::Waiting(millis("until")?),
        "complete" => State::Complete,
        "no_destination" => State::NoDestination,
        "dead" => State::Dead,
        _ => return None,
    };
    let destinations = item.get("destinations")?.as_m().ok()?.iter();
    Some(Entry {
        revision: integer("revision")?.try_into().ok()?,
        state,
        source: string("source")?.to_owned(),
        event_id: string("event_id")?.parse().ok()?,
        generation: integer("generation")?.try_into().ok()?,
        attempts: integer("attempts")?.try_into().ok()?,
        received_at: millis("received_at")?,
        destinations: destinations
            .map(|(name, status)| Some((name.clone(), from_map(status)?)))
            .collect::<Option<_>>()?,
        reason: string("reason").map(str::to_owned),
        expires_at: Timestamp::from_second(integer("expires_at")?).ok()?,
    })
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests;
