//! The findings about an event: its queue, and the judgement of every route.

use shared::event::EventView;
use shared::event::route::{Route, RouteResult, Routed, evaluate_routes, select_destinations};

use super::operands::{Operand, operands};
use super::queue::QueuePlacement;

/// The findings about one request.
pub struct Report {
    /// The name of the source.
    pub source: String,
    /// The queue of the whole list, if the request is a list that is split.
    pub list: Option<QueuePlacement>,
    /// The routing of the event, or of each item of its list.
    pub routings: Vec<Routing>,
    /// What else an operator should know.
    pub notes: Vec<String>,
}

/// The queue and the destinations of an event.
pub struct Routing {
    /// Its position in the list, if it is an item of one.
    pub item: Option<u32>,
    /// Its type, if it has one.
    pub event_type: Option<String>,
    /// The queue in which it waits.
    pub queue: QueuePlacement,
    /// What the routes decide.
    pub outcome: Outcome,
    /// Every route, in the configured order.
    pub routes: Vec<JudgedRoute>,
}

/// What the routes decide about an event.
pub enum Outcome {
    /// It would be delivered to these destinations.
    Routed(Vec<String>),
    /// A route without destinations matches it.
    Discarded,
    /// No route matches.
    Unrouted,
}

/// A route and its judgement about an event.
pub struct JudgedRoute {
    /// The route as it is configured.
    pub route: Route,
    /// Whether it matches, or why not.
    pub judgement: RouteResult,
    /// The paths that its filter reads; none for a route of another source.
    pub operands: Vec<Operand>,
}

impl Routing {
    /// Judges an event by all routes, as the worker does.
    pub(super) fn new(
        routes: &[Route],
        event: &EventView<'_>,
        event_type: Option<String>,
        queue: QueuePlacement,
    ) -> Self {
        let judgements = evaluate_routes(routes, event);
        let outcome = match select_destinations(routes, &judgements) {
            Routed::To(names) => Outcome::Routed(names.into_iter().map(str::to_owned).collect()),
            Routed::Discarded => Outcome::Discarded,
            Routed::Unrouted => Outcome::Unrouted,
        };
        let judged = |(route, judgement): (&Route, RouteResult)| {
            let filter = route.filter.as_ref().filter(|_| judgement != RouteResult::OtherSource);
            let operands = filter.map(|filter| operands(filter, event.document()));
            JudgedRoute { route: route.clone(), judgement, operands: operands.unwrap_or_default() }
        };
        Self {
            item: None,
            event_type,
            queue,
            outcome,
            routes: routes.iter().zip(judgements).map(judged).collect(),
        }
    }

    /// Whether no route matches.
    pub fn is_unrouted(&self) -> bool {
        matches!(self.outcome, Outcome::Unrouted)
    }
}
