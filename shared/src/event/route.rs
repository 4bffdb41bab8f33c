//! Which destinations an event goes to: evaluates every route, and unites the destinations of those that match.

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
    pub fn applies_to(&self, source: &str) -> bool {
        self.source == "*" || self.source == source
    }
}

/// What one route says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteResult {
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
pub fn evaluate_routes(routes: &[Route], event: &EventView<'_>) -> Vec<RouteResult> {
    let mut results: Vec<_> = routes.iter().map(|route| at_first(route, event)).collect();
    for everyones in [false, true] {
        let is_taken = routes.iter().zip(&results).any(|(route, result)| {
            *result == RouteResult::Match && (everyones || route.source == event.source())
        });
        for (route, result) in routes.iter().zip(&mut results) {
            let is_meant = route.otherwise && (route.source == "*") == everyones;
            if is_meant && !is_taken && *result == RouteResult::NotNeeded {
                *result = RouteResult::Match;
            }
        }
    }
    results
}

/// A route by itself; an `otherwise` is not needed until the others have been heard.
fn at_first(route: &Route, event: &EventView<'_>) -> RouteResult {
    if !route.applies_to(event.source()) {
        return RouteResult::OtherSource;
    }
    if route.otherwise {
        return RouteResult::NotNeeded;
    }
    let Some(filter) = &route.filter else { return RouteResult::Match };
    match filter.matches(event.document()) {
        Ok(true) => RouteResult::Match,
        Ok(false) => RouteResult::NoMatch,
        Err(undecided) => RouteResult::Failed(undecided.to_string()),
    }
}

/// The destinations of all routes that match, as a set.
pub fn select_destinations<'c>(routes: &'c [Route], results: &[RouteResult]) -> Routed<'c> {
    let matching = routes.iter().zip(results).filter(|(_, j)| **j == RouteResult::Match);
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
