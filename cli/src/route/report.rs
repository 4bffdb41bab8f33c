//! What the routes say of an event.

use shared::event::EventView;
use shared::event::route::Route;
use shared::event::route::{RouteResult, Routed, evaluate_routes, select_destinations};

use super::operands::{Operand, operands};
use super::waits::Waits;

/// All that was found.
pub struct Report {
    /// The source.
    pub source: String,
    /// Where a list waits that is taken apart.
    pub list: Option<Waits>,
    /// The event's routing, or that of each item of its list.
    pub routings: Vec<Routing>,
    /// What to know besides.
    pub notes: Vec<String>,
}

/// Where an event goes.
pub struct Routing {
    /// Its place in a list that was taken apart.
    pub item: Option<u32>,
    /// Its type.
    pub event_type: Option<String>,
    /// Where it waits.
    pub waits: Waits,
    /// What comes of it.
    pub taken: Taken,
    /// Every route, in their order.
    pub routes: Vec<Judged>,
}

/// What comes of an event.
pub enum Taken {
    /// It goes to these destinations.
    Delivered(Vec<String>),
    /// A route says that it goes nowhere.
    Discarded,
    /// No route matches.
    Unrouted,
}

/// A route, and what it says.
pub struct Judged {
    /// As it is configured.
    pub route: Route,
    /// What it says.
    pub judgement: RouteResult,
    /// What its filter looked at.
    pub operands: Vec<Operand>,
}

impl Routing {
    /// Judges an event by all routes, as the worker does.
    pub(super) fn of(
        routes: &[Route],
        event: &EventView<'_>,
        event_type: Option<String>,
        waits: Waits,
    ) -> Self {
        let judgements = evaluate_routes(routes, event);
        let taken = match select_destinations(routes, &judgements) {
            Routed::To(names) => Taken::Delivered(names.into_iter().map(str::to_owned).collect()),
            Routed::Discarded => Taken::Discarded,
            Routed::Unrouted => Taken::Unrouted,
        };
        let judged = |(route, judgement): (&Route, RouteResult)| {
            let filter = route.filter.as_ref().filter(|_| judgement != RouteResult::OtherSource);
            let operands = filter.map(|filter| operands(filter, event.document()));
            Judged { route: route.clone(), judgement, operands: operands.unwrap_or_default() }
        };
        Self {
            item: None,
            event_type,
            waits,
            taken,
            routes: routes.iter().zip(judgements).map(judged).collect(),
        }
    }

    /// Whether no route matches.
    pub fn is_unrouted(&self) -> bool {
        matches!(self.taken, Taken::Unrouted)
    }
}
