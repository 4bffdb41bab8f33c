//! The findings as text and as JSON.

use serde_json::{Map, Value, json};
use shared::event::route::RouteResult;

use super::queue::{Order, QueuePlacement};
use super::report::{JudgedRoute, Outcome, Report, Routing};

/// The findings as text.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    if let Some(list) = &report.list {
        text += &format!("a list of {}, each an event of its own\n", report.routings.len());
        text += &format!("{}\n", render_queue(list));
    }
    let routings: Vec<_> =
        report.routings.iter().map(|it| render_routing(&report.source, it)).collect();
    text += &routings.join("\n");
    report.notes.iter().for_each(|note| text += &format!("\nnote: {note}\n"));
    text
}

fn render_routing(source: &str, routing: &Routing) -> String {
    let item = routing.item.map(|place| format!("item {place}: ")).unwrap_or_default();
    let event_type = routing.event_type.as_deref();
    let event_type = event_type.map_or("no type".to_owned(), |it| format!("type {it:?}"));
    let mut text =
        format!("{item}{}\n  source {source}, {event_type}\n", render_outcome(&routing.outcome));
    text += &render_queue(&routing.queue);
    let (others, own): (Vec<_>, Vec<_>) = (routing.routes.iter().enumerate())
        .partition(|(_, judged)| judged.judgement == RouteResult::OtherSource);
    for (index, judged) in own {
        text += &format!("\nroutes[{index}] {}\n", render_judgement(judged));
        text += &render_route(judged);
    }
    match others.len() {
        0 => text,
        1 => text + "\n1 route is for another source\n",
        number => text + &format!("\n{number} routes are for other sources\n"),
    }
}

fn render_queue(placement: &QueuePlacement) -> String {
    let chosen = if placement.by_type { ", by its type" } else { "" };
    let order = match &placement.order {
        Order::Standard => String::new(),
        Order::Group(group) => format!(", in the group {group}"),
        Order::OwnGroup(key) => {
            format!(", in a group of its own and counted as unordered: {key} is not there")
        }
    };
    format!("  queue {}{chosen}{order}\n", placement.queue)
}

fn render_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Routed(names) => format!("WOULD GO TO {}", names.join(", ")),
        Outcome::Discarded => {
            "DISCARDED: by a route that has no destinations, and counted".to_owned()
        }
        Outcome::Unrouted => {
            "UNROUTED: no route matches; it stays in the archive, and is counted and logged"
                .to_owned()
        }
    }
}

fn render_judgement(judged: &JudgedRoute) -> String {
    let route = &judged.route;
    match &judged.judgement {
        RouteResult::Match if route.destinations.is_empty() => "matches: to nowhere".to_owned(),
        RouteResult::Match => format!("matches: to {}", route.destinations.join(", ")),
        RouteResult::NoMatch => "does not match".to_owned(),
        RouteResult::Failed(reason) => format!("does not match: its filter fails: {reason}"),
        RouteResult::OtherSource => "is for another source".to_owned(),
        RouteResult::NotNeeded => {
            "is not needed: it applies only if no other route matches".to_owned()
        }
    }
}

fn render_route(judged: &JudgedRoute) -> String {
    let mut text = String::new();
    match &judged.route.filter {
        Some(filter) => text += &format!("  filter    {}\n", filter.as_str()),
        None if judged.route.otherwise => text += "  otherwise\n",
        None => text += "  no filter\n",
    }
    for operand in &judged.operands {
        let value =
            operand.value.as_ref().map_or("is not there".to_owned(), |it| format!("is {it}"));
        text += &format!("    {} {value}\n", operand.path);
    }
    text
}

/// The findings as one JSON object, with null for what does not apply.
pub(super) fn json(report: &Report) -> Value {
    let events: Vec<_> = report.routings.iter().map(routing_json).collect();
    let list = report.list.as_ref().map(queue_json);
    json!({ "source": report.source, "list": list, "events": events, "notes": report.notes })
}

fn queue_json(placement: &QueuePlacement) -> Value {
    let group = if let Order::Group(group) = &placement.order { Some(group) } else { None };
    let is_unordered = matches!(placement.order, Order::OwnGroup(_));
    json!({
        "queue": placement.queue, "by_type": placement.by_type, "group": group, "unordered": is_unordered,
    })
}

fn routing_json(routing: &Routing) -> Value {
    let (outcome, destinations) = match &routing.outcome {
        Outcome::Routed(names) => ("routed", &names[..]),
        Outcome::Discarded => ("discarded", &[][..]),
        Outcome::Unrouted => ("unrouted", &[][..]),
    };
    let routes: Vec<_> = routing.routes.iter().map(route_json).collect();
    json!({
        "item": routing.item, "type": routing.event_type, "waits": queue_json(&routing.queue),
        "outcome": outcome, "destinations": destinations, "routes": routes,
    })
}

fn route_json(judged: &JudgedRoute) -> Value {
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
