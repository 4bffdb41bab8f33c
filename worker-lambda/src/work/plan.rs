//! What is to be done with an event. It is decided without waiting for anything, so that of all the
//! trees that bodies are read into, each up to thirty times a body's size, one exists at a time.

use std::collections::BTreeMap;

use shared::config::{Config, Destination, Route, StartError};
use shared::dedupe::LedgerKey;
use shared::filter::Filter;
use shared::reference::Reference;
use shared::route::{Judgement, Routed, Subject, decide, judge};
use shared::split::{Item, Split, TooMany};

use super::opened::Opened;
use crate::deliver::Delivery;

/// What is to be done with an event.
pub(super) enum Plan<'c> {
    /// Enqueue these: the items of its list.
    Split(Vec<Reference>),
    /// Deliver it, or one item of it.
    Route(Box<Delivery>, Judged<'c>),
}

/// What the routes say.
pub(super) struct Judged<'c> {
    /// To whom it goes.
    pub(super) routed: Routed<'c>,
    /// By route, why its filter came to nothing.
    pub(super) failed: Vec<(usize, String)>,
    /// What the content type says that the body is, where filters looked and it is not.
    pub(super) mislabelled: Option<&'static str>,
}

/// An item that cannot be found again: the reason of a dead letter.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("one item of a list, whose source is not split any more")]
    NotSplit,
    #[error("item {0} of a list that does not have it")]
    NoSuchItem(u32),
    #[error(
        "item {0} of a list, which is another one now: lists were looked for elsewhere, or items told apart by other ids"
    )]
    AnotherItem(u32),
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// What plans are made by.
pub(super) struct Planner {
    routes: Vec<Route>,
    splits: BTreeMap<String, Split>,
    ordering_keys: BTreeMap<String, Filter>,
}

impl Planner {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let splits = config.sources.iter().filter_map(|(name, source)| {
            let invalid = |reason| StartError::Invalid(format!("sources.{name}"), reason);
            let split = Split::of(source).map_err(invalid).transpose()?;
            Some(split.map(|split| (name.clone(), split)))
        });
        let ordering_keys = config.destinations.iter().filter_map(|(name, destination)| {
            let Destination::Sqs(sqs) = destination else { return None };
            Some((name.clone(), sqs.ordering_key.clone()?))
        });
        Ok(Self {
            routes: config.routes.clone(),
            splits: splits.collect::<Result<_, _>>()?,
            ordering_keys: ordering_keys.collect(),
        })
    }

    /// Whether the lists of a source are taken apart.
    pub(super) fn splits(&self, source: &str) -> bool {
        self.splits.contains_key(source)
    }

    /// Plans what is to be done with the event of a reference, which the ledger knows under `key`.
    pub(super) fn plan(
        &self,
        reference: &Reference,
        key: &LedgerKey,
        opened: Opened,
    ) -> Result<Plan<'_>, Lost> {
        let subject = opened.subject(&reference.source);
        let split = self.splits.get(&reference.source);
        let item = match (reference.item, split) {
            (Some(place), Some(split)) => Some(find(reference, split, &subject, place)?),
            (Some(_), None) => return Err(Lost::NotSplit),
            (None, Some(split)) => {
                let items = split.items(&subject)?;
                if !items.is_empty() {
                    let of_item = |item| of_item(reference, split, item, key);
                    return Ok(Plan::Split(items.iter().map(of_item).collect()));
                }
                None
            }
            (None, None) => None,
        };
        let subject = item.iter().fold(subject, Subject::item);
        let judged = self.judged(&subject);
        let ordering_keys = self.ordering_keys(&subject, &judged.routed);
        drop(subject);
        let delivery = opened.delivery(reference, key, item, ordering_keys);
        Ok(Plan::Route(Box::new(delivery), judged))
    }

    fn judged(&self, subject: &Subject<'_>) -> Judged<'_> {
        let judgements = judge(&self.routes, subject);
        let routed = decide(&self.routes, &judgements);
        let failed = judgements.into_iter().enumerate().filter_map(|(route, judgement)| {
            let Judgement::Failed(reason) = judgement else { return None };
            Some((route, reason))
        });
        let mislabelled = if subject.is_read() { subject.mislabelled() } else { None };
        Judged { routed, failed: failed.collect(), mislabelled }
    }

    /// Only for whom it goes to: a body is not read for the others.
    fn ordering_keys(
        &self,
        subject: &Subject<'_>,
        routed: &Routed<'_>,
    ) -> BTreeMap<String, String> {
        let Routed::To(names) = routed else { return BTreeMap::new() };
        let keys = names.iter().filter_map(|name| {
            let key = self.ordering_keys.get(*name)?.find_text(subject.document())?;
            (!key.is_empty()).then(|| ((*name).to_owned(), key))
        });
        keys.collect()
    }
}

/// The item of a reference. The list may be another since it was enqueued, by another configuration: what
/// is at its place then would be delivered under its name, and it itself never.
fn find(
    reference: &Reference,
    split: &Split,
    event: &Subject<'_>,
    place: u32,
) -> Result<Item, Lost> {
    let item = split.item(event, place).ok_or(Lost::NoSuchItem(place))?;
    match split.may_be(&reference.source, &item, &reference.ledger_key) {
        true => Ok(item),
        false => Err(Lost::AnotherItem(place)),
    }
}

/// The reference to an item: to the same stored event, and recognised by the item's own id.
fn of_item(whole: &Reference, split: &Split, item: &Item, key: &LedgerKey) -> Reference {
    Reference {
        life: 0,
        item: Some(item.place),
        event_type: item.event_type.clone(),
        ledger_key: split.key(&whole.source, item, key),
        earlier: None,
        ..whole.clone()
    }
}
