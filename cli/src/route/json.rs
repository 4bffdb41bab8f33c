//! The findings as one JSON object, for machines.

use serde_json::{Map, Value, json};
use shared::event::route::RouteResult;

use super::report::{Judged, Report, Routing, Taken};
use super::waits::{Order, Waits};

/// All that was found; null where there is nothing.
pub(super) fn of(report: &Report) -> Value {
    let events: Vec<_> = report.routings.iter().map(event).collect();
    let list = report.list.as_ref().map(waits);
    json!({ "source": report.source, "list": list, "events": events, "notes": report.notes })
}

fn waits(waits: &Waits) -> Value {
    let group = if let Order::Group(group) = &waits.order { Some(group) } else { None };
    let is_unordered = matches!(waits.order, Order::Alone(_));
    json!({
        "queue": waits.queue, "by_type": waits.by_type, "group": group, "unordered": is_unordered,
    })
}

fn event(routing: &Routing) -> Value {
    let (outcome, destinations) = match &routing.taken {
        Taken::Delivered(names) => ("delivered", &names[..]),
        Taken::Discarded => ("discarded", &[][..]),
        Taken::Unrouted => ("unrouted", &[][..]),
    };
    let routes: Vec<_> = routing.routes.iter().map(route).collect();
    json!({
        "item": routing.item, "type": routing.event_type, "waits": waits(&routing.waits),
        "outcome": outcome, "destinations": destinations, "routes": routes,
    })
}

fn route(judged: &Judged) -> Value {
    let (judgement, reason) = match &judged.judgement {
        RouteResult::Match => ("match", None),
        RouteResult::NoMatch => ("no_match", None),
        RouteResult::Failed(reason) => ("failed", Some(reason)),
        RouteResult::OtherSource => ("other_source", None),
        RouteResult::NotNeeded => ("not_needed", None),
    };
    let operands: Map<_, _> =
        judged.operands.iter().map(|it| (it.path.clone(), it.value.clone().into())).collect();
    let route = &judged.route;
    json!({
        "judgement": judgement, "reason": reason, "operands": operands, "source": route.source,
        "filter": route.filter.as_ref().map(|filter| filter.as_str()),
        "otherwise": route.otherwise, "destinations": route.destinations,
    })
}
