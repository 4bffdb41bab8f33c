//! What is to be done with an event. It is decided without waiting for anything, so that of all the
//! trees that bodies are read into, each up to thirty times a body's size, one exists at a time.

mod lists;

use std::collections::BTreeMap;

use shared::config::{Config, Kind, StartError};
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use shared::event::route::Route;
use shared::event::route::{RouteResult, Routed, evaluate_routes, select_destinations};
use shared::query::filter::Filter;

use self::lists::Lists;
pub(super) use self::lists::{Enqueue, Lost};
use super::opened::Opened;
use crate::deliver::Delivery;

/// What is to be done with an event.
pub(super) enum Plan<'c> {
    /// Enqueue these: the items of its list.
    Split(Vec<Enqueue>),
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

/// What plans are made by.
pub(super) struct Planner {
    routes: Vec<Route>,
    lists: BTreeMap<String, Lists>,
    ordering_keys: BTreeMap<String, Filter>,
}

impl Planner {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let lists = config.sources.iter().filter_map(|(name, source)| {
            let invalid = |reason| StartError::Invalid(format!("sources.{name}"), reason);
            let lists = Lists::of(config, source).map_err(invalid).transpose()?;
            Some(lists.map(|lists| (name.clone(), lists)))
        });
        let ordering_keys = config.destinations.iter().filter_map(|(name, destination)| {
            let Kind::Sqs(sqs) = &destination.kind else { return None };
            Some((name.clone(), sqs.ordering_key.clone()?))
        });
        Ok(Self {
            routes: config.routes.clone(),
            lists: lists.collect::<Result<_, _>>()?,
            ordering_keys: ordering_keys.collect(),
        })
    }

    /// Whether the lists of a source are taken apart.
    pub(super) fn splits(&self, source: &str) -> bool {
        self.lists.contains_key(source)
    }

    /// Plans what is to be done with the event of a reference, which the ledger knows under `key`.
    pub(super) fn plan(
        &self,
        reference: &Reference,
        key: &LedgerKey,
        opened: Opened,
    ) -> Result<Plan<'_>, Lost> {
        let subject = opened.subject(&reference.source);
        let lists = self.lists.get(&reference.source);
        let item = match (reference.item, lists) {
            (Some(place), Some(lists)) => Some(lists.find(&subject, reference, place)?),
            (Some(_), None) => return Err(Lost::NotSplit),
            (None, Some(lists)) => {
                let items = lists.items(&subject, reference, key)?;
                if !items.is_empty() {
                    return Ok(Plan::Split(items));
                }
                None
            }
            (None, None) => None,
        };
        let subject = item.iter().fold(subject, |list, item| list.item(item));
        let judged = self.judged(&subject);
        let ordering_keys = self.ordering_keys(&subject, &judged.routed);
        drop(subject);
        let delivery = opened.delivery(reference, key, item, ordering_keys);
        Ok(Plan::Route(Box::new(delivery), judged))
    }

    fn judged(&self, subject: &EventView<'_>) -> Judged<'_> {
        let judgements = evaluate_routes(&self.routes, subject);
        let routed = select_destinations(&self.routes, &judgements);
        let failed = judgements.into_iter().enumerate().filter_map(|(route, judgement)| {
            let RouteResult::Failed(reason) = judgement else { return None };
            Some((route, reason))
        });
        let mislabelled = if subject.is_read() { subject.mislabelled() } else { None };
        Judged { routed, failed: failed.collect(), mislabelled }
    }

    /// Only for whom it goes to: a body is not read for the others.
    fn ordering_keys(
        &self,
        subject: &EventView<'_>,
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
