//! Plans what to do with an event: split its list, or deliver it to the destinations that its routes name.
//!
//! Planning awaits nothing. A body that is read as a document takes up to thirty times its size in memory; as no two
//! records plan at the same time, one such document exists at a time.

mod lists;

use std::collections::BTreeMap;

use shared::config::{Config, Kind, Source, StartError};
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use shared::event::route::{Route, RouteResult, Routed, evaluate_routes, select_destinations};
use shared::query::filter::Filter;
use shared::webhook::forward::HeaderPattern;

use self::lists::Lists;
pub(super) use self::lists::{ItemError, NewItem};
use super::stored_event::StoredEvent;
use crate::deliver::Delivery;

/// What to do with an event.
pub(super) enum Plan<'c> {
    /// Queue these items of its list.
    Split(Vec<NewItem>),
    /// Deliver it, or the one item of its list that the reference names.
    Route(Box<Delivery>, Routing<'c>),
}

/// What the routes decided.
pub(super) struct Routing<'c> {
    /// Where the event goes.
    pub(super) routed: Routed<'c>,
    /// The routes whose filter failed, by position, each with its reason.
    pub(super) failed: Vec<(usize, String)>,
    /// The format that the content type names, if a filter looked into the body and it has another format.
    pub(super) mislabelled: Option<&'static str>,
}

/// The source of an event is not in the configuration: it was renamed or removed while the event waited, or this version
/// of the worker does not know it yet. The message is the reason of a dead letter.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("source not configured")]
pub(super) struct SourceNotConfigured;

/// A source of the configuration. Without it, an event cannot be planned: its list would be delivered as a whole, and
/// routes of its source would not count.
pub(super) struct ConfiguredSource {
    /// How its lists are split, if they are.
    lists: Option<Lists>,
    /// The form field that has the event as JSON.
    form_json: Option<String>,
    /// The headers in which its sender sends the secret itself.
    secret_headers: Vec<HeaderPattern>,
}

impl ConfiguredSource {
    /// The error says what is missing in the configuration.
    fn of(config: &Config, source: &Source) -> Result<Self, String> {
        Ok(Self {
            lists: Lists::of(config, source)?,
            form_json: source.form_json()?,
            secret_headers: source.secret_headers()?,
        })
    }
}

/// Plans by the configuration.
pub(super) struct Planner {
    routes: Vec<Route>,
    ordering_keys: BTreeMap<String, Filter>,
    sources: BTreeMap<String, ConfiguredSource>,
}

impl Planner {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let ordering_keys = config.destinations.iter().filter_map(|(name, destination)| {
            let Kind::Sqs(sqs) = &destination.kind else { return None };
            Some((name.clone(), sqs.ordering_key.clone()?))
        });
        let sources = config.sources.iter().map(|(name, source)| {
            let invalid = |reason| StartError::Invalid(format!("sources.{name}"), reason);
            Ok((name.clone(), ConfiguredSource::of(config, source).map_err(invalid)?))
        });
        Ok(Self {
            routes: config.routes.clone(),
            ordering_keys: ordering_keys.collect(),
            sources: sources.collect::<Result<_, StartError>>()?,
        })
    }

    /// The source of an event, by its name.
    pub(super) fn source(&self, name: &str) -> Result<&ConfiguredSource, SourceNotConfigured> {
        self.sources.get(name).ok_or(SourceNotConfigured)
    }

    /// Whether the lists of a source are split.
    pub(super) fn splits(&self, source: &str) -> bool {
        self.source(source).is_ok_and(|source| source.lists.is_some())
    }

    /// Plans what to do with the event of a reference, whose ledger key is `key`, and whose source is `source`.
    pub(super) fn plan(
        &self,
        source: &ConfiguredSource,
        reference: &Reference,
        key: &LedgerKey,
        event: StoredEvent,
    ) -> Result<Plan<'_>, ItemError> {
        let view = event.view(&reference.source, source.form_json.as_deref());
        let item = match (reference.item, &source.lists) {
            (Some(place), Some(lists)) => Some(lists.find(&view, reference, place)?),
            (Some(_), None) => return Err(ItemError::NotSplit),
            (None, Some(lists)) => {
                let items = lists.items(&view, reference, key)?;
                if !items.is_empty() {
                    return Ok(Plan::Split(items));
                }
                None
            }
            (None, None) => None,
        };
        let view = item.iter().fold(view, |list, item| list.item(item));
        let routing = self.route(&view);
        let ordering_keys = self.ordering_keys(&view, &routing.routed);
        drop(view);
        let delivery = event.delivery(reference, key, item, ordering_keys, &source.secret_headers);
        Ok(Plan::Route(Box::new(delivery), routing))
    }

    fn route(&self, event: &EventView<'_>) -> Routing<'_> {
        let judgements = evaluate_routes(&self.routes, event);
        let routed = select_destinations(&self.routes, &judgements);
        let failed = judgements.into_iter().enumerate().filter_map(|(route, judgement)| {
            let RouteResult::Failed(reason) = judgement else { return None };
            Some((route, reason))
        });
        let mislabelled = if event.is_read() { event.mislabelled() } else { None };
        Routing { routed, failed: failed.collect(), mislabelled }
    }

    /// The ordering key of the event for each FIFO destination that it goes to. The body is read only if there is
    /// such a destination.
    fn ordering_keys(
        &self,
        event: &EventView<'_>,
        routed: &Routed<'_>,
    ) -> BTreeMap<String, String> {
        let Routed::To(names) = routed else { return BTreeMap::new() };
        let keys = names.iter().filter_map(|name| {
            let key = self.ordering_keys.get(*name)?.find_text(event.document())?;
            (!key.is_empty()).then(|| ((*name).to_owned(), key))
        });
        keys.collect()
    }
}
