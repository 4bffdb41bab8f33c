//! The findings as one JSON object, for machines.

use serde_json::{Map, Value, json};
use shared::route::Judgement;

use super::report::{Judged, Report, Routing, Taken};

/// All that was found; null where there is nothing.
pub(super) fn of(report: &Report) -> Value {
    let events: Vec<_> = report.routings.iter().map(event).collect();
    json!({ "source": report.source, "events": events, "notes": report.notes })
}

fn event(routing: &Routing) -> Value {
    let (outcome, destinations) = match &routing.taken {
        Taken::Delivered(names) => ("delivered", &names[..]),
        Taken::Discarded => ("discarded", &[][..]),
        Taken::Unrouted => ("unrouted", &[][..]),
    };
    let routes: Vec<_> = routing.routes.iter().map(route).collect();
    json!({
        "item": routing.item, "type": routing.event_type, "outcome": outcome,
        "destinations": destinations, "routes": routes,
    })
}

fn route(judged: &Judged) -> Value {
    let (judgement, reason) = match &judged.judgement {
        Judgement::Match => ("match", None),
        Judgement::NoMatch => ("no_match", None),
        Judgement::Failed(reason) => ("failed", Some(reason)),
        Judgement::OtherSource => ("other_source", None),
        Judgement::NotNeeded => ("not_needed", None),
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
