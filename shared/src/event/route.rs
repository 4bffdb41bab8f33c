//! Routing (fan-out): evaluates every route on an event, and collects the destinations of those that match.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::view::EventView;
use crate::query::filter::Filter;

/// Sends events of a source to destinations. An event goes to the destinations of all routes that match, to
/// each once. A route without destinations discards events.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A source's name, or `*` for all sources.
    pub source: String,
    /// The condition on events. `None` matches every event.
    pub filter: Option<Filter>,
    /// Whether it matches those events of the source that no other route of the source matches.
    #[serde(default)]
    pub otherwise: bool,
    /// The names of the destinations.
    pub destinations: Vec<String>,
}

impl Route {
    /// Whether the route is for events of a source.
    pub fn applies_to(&self, source: &str) -> bool {
        self.source == "*" || self.source == source
    }
}

/// The result of one route for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteResult {
    /// The route matches.
    Match,
    /// Its filter does not match.
    NoMatch,
    /// Its filter failed on this event, for this reason. It counts as no match, and is counted as a metric.
    Failed(String),
    /// The route is for another source.
    OtherSource,
    /// The route has `otherwise`, and another route matches.
    NotNeeded,
}

/// The destinations of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed<'c> {
    /// The event goes to these destinations.
    To(BTreeSet<&'c str>),
    /// The routes that match have no destination, so the event is discarded.
    Discarded,
    /// No route matches the event.
    Unrouted,
}

/// The result of every route for an event, in the order of the routes. An `otherwise` route of a source
/// matches if no other route of that source does. An `otherwise` route of `*` matches if no other route does,
/// those of the source included.
pub fn evaluate_routes(routes: &[Route], event: &EventView<'_>) -> Vec<RouteResult> {
    let mut results: Vec<_> = routes.iter().map(|route| evaluate_alone(route, event)).collect();
    for of_all_sources in [false, true] {
        let is_taken = routes.iter().zip(&results).any(|(route, result)| {
            *result == RouteResult::Match && (of_all_sources || route.source == event.source())
        });
        for (route, result) in routes.iter().zip(&mut results) {
            let is_meant = route.otherwise && (route.source == "*") == of_all_sources;
            if is_meant && !is_taken && *result == RouteResult::NotNeeded {
                *result = RouteResult::Match;
            }
        }
    }
    results
}

/// The result of a route on its own. An `otherwise` route is not needed until the others are evaluated.
fn evaluate_alone(route: &Route, event: &EventView<'_>) -> RouteResult {
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
        Err(error) => RouteResult::Failed(error.to_string()),
    }
}

/// The destinations of all routes that match. `results` are those of [`evaluate_routes`] for the same routes.
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
