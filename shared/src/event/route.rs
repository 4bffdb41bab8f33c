//! Which destinations an event has: every route judged, and what they come to together.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::view::EventView;
use crate::query::filter::Filter;

/// Which events go where. All routes that match apply; their destinations are a set. A route without
/// destinations discards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A source's name, or `*`.
    pub source: String,
    /// What an event must be like; any, where there is none.
    pub filter: Option<Filter>,
    /// Whether it matches only what no other of the source's routes does.
    #[serde(default)]
    pub otherwise: bool,
    /// Destinations' names.
    pub destinations: Vec<String>,
}

impl Route {
    /// Whether it is for the events of a source.
    pub fn is_of(&self, source: &str) -> bool {
        self.source == "*" || self.source == source
    }
}

/// What one route says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It applies.
    Match,
    /// Its filter does not match.
    NoMatch,
    /// Its filter comes to nothing on this event, and why: no match, to be counted.
    Failed(String),
    /// It is another source's.
    OtherSource,
    /// It is for what no other route matches, and one does.
    NotNeeded,
}

/// What the routes say of an event together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed<'c> {
    /// To these destinations.
    To(BTreeSet<&'c str>),
    /// To none, on purpose.
    Discarded,
    /// No route matches.
    Unrouted,
}

/// Judges an event by every route, in their order. A source's `otherwise` matches where none of its own
/// filters did; that of `*` where no other route did at all.
pub fn judge(routes: &[Route], event: &EventView<'_>) -> Vec<Judgement> {
    let mut judgements: Vec<_> = routes.iter().map(|route| at_first(route, event)).collect();
    for everyones in [false, true] {
        let is_taken = routes.iter().zip(&judgements).any(|(route, judgement)| {
            *judgement == Judgement::Match && (everyones || route.source == event.source())
        });
        for (route, judgement) in routes.iter().zip(&mut judgements) {
            let is_meant = route.otherwise && (route.source == "*") == everyones;
            if is_meant && !is_taken && *judgement == Judgement::NotNeeded {
                *judgement = Judgement::Match;
            }
        }
    }
    judgements
}

/// A route by itself; an `otherwise` is not needed until the others have been heard.
fn at_first(route: &Route, event: &EventView<'_>) -> Judgement {
    if !route.is_of(event.source()) {
        return Judgement::OtherSource;
    }
    if route.otherwise {
        return Judgement::NotNeeded;
    }
    let Some(filter) = &route.filter else { return Judgement::Match };
    match filter.matches(event.document()) {
        Ok(true) => Judgement::Match,
        Ok(false) => Judgement::NoMatch,
        Err(undecided) => Judgement::Failed(undecided.to_string()),
    }
}

/// What judgements come to: the destinations of all routes that match are a set.
pub fn decide<'c>(routes: &'c [Route], judgements: &[Judgement]) -> Routed<'c> {
    let matching = routes.iter().zip(judgements).filter(|(_, j)| **j == Judgement::Match);
    let mut matching = matching.map(|(route, _)| route).peekable();
    if matching.peek().is_none() {
        return Routed::Unrouted;
    }
    let names: BTreeSet<_> =
        matching.flat_map(|route| route.destinations.iter().map(String::as_str)).collect();
    if names.is_empty() { Routed::Discarded } else { Routed::To(names) }
}

#[cfg(test)]
mod tests;
