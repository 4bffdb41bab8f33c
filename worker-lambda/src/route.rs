//! Which destinations an event has.

use std::collections::BTreeSet;

use shared::config::Route;

/// What the routes say of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed<'c> {
    /// To these destinations.
    To(BTreeSet<&'c str>),
    /// To none, on purpose.
    Discarded,
    /// No route matches.
    Unrouted,
}

/// All routes of a source, and those of `*`, apply; their destinations are a set.
pub fn route<'c>(routes: &'c [Route], source: &str) -> Routed<'c> {
    let mut matching = routes.iter().filter(|r| r.source == source || r.source == "*").peekable();
    if matching.peek().is_none() {
        return Routed::Unrouted;
    }
    let names: BTreeSet<_> =
        matching.flat_map(|route| route.destinations.iter().map(String::as_str)).collect();
    if names.is_empty() { Routed::Discarded } else { Routed::To(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Vec<Route> {
        let route = |source: &str, destinations: &[&str]| Route {
            source: source.into(),
            destinations: destinations.iter().map(|name| (*name).into()).collect(),
        };
        vec![route("shop", &["crm", "bus"]), route("shop", &["crm"]), route("noise", &[])]
    }

    #[test]
    fn destinations_are_a_set() {
        assert_eq!(route(&routes(), "shop"), Routed::To(BTreeSet::from(["bus", "crm"])));
    }

    #[test]
    fn discarding_is_not_the_same_as_having_no_route() {
        assert_eq!(route(&routes(), "noise"), Routed::Discarded);
        assert_eq!(route(&routes(), "other"), Routed::Unrouted);
    }

    #[test]
    fn a_star_matches_every_source() {
        let mut routes = routes();
        routes.push(Route { source: "*".into(), destinations: vec!["lake".into()] });
        assert_eq!(route(&routes, "other"), Routed::To(BTreeSet::from(["lake"])));
        assert_eq!(route(&routes, "noise"), Routed::To(BTreeSet::from(["lake"])));
        assert_eq!(route(&routes, "shop"), Routed::To(BTreeSet::from(["bus", "crm", "lake"])));
    }
}
