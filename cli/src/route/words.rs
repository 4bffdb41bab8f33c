//! The findings in words, for people.

use shared::event::route::RouteResult;

use super::report::{Judged, Report, Routing, Taken};
use super::waits::{Order, Waits};

/// All that was found.
pub(super) fn of(report: &Report) -> String {
    let mut text = String::new();
    if let Some(list) = &report.list {
        text += &format!("a list of {}, each an event of its own\n", report.routings.len());
        text += &format!("{}\n", waits(list));
    }
    let routings: Vec<_> = report.routings.iter().map(|it| routing(&report.source, it)).collect();
    text += &routings.join("\n");
    report.notes.iter().for_each(|note| text += &format!("\nnote: {note}\n"));
    text
}

fn routing(source: &str, routing: &Routing) -> String {
    let item = routing.item.map(|place| format!("item {place}: ")).unwrap_or_default();
    let event_type = routing.event_type.as_deref();
    let event_type = event_type.map_or("no type".to_owned(), |it| format!("type {it:?}"));
    let mut text = format!("{item}{}\n  source {source}, {event_type}\n", taken(&routing.taken));
    text += &waits(&routing.waits);
    let (others, own): (Vec<_>, Vec<_>) = (routing.routes.iter().enumerate())
        .partition(|(_, judged)| judged.judgement == RouteResult::OtherSource);
    for (index, judged) in own {
        text += &format!("\nroutes[{index}] {}\n", judgement(judged));
        text += &about(judged);
    }
    match others.len() {
        0 => text,
        1 => text + "\n1 route is for another source\n",
        number => text + &format!("\n{number} routes are for other sources\n"),
    }
}

fn waits(waits: &Waits) -> String {
    let chosen = if waits.by_type { ", by its type" } else { "" };
    let order = match &waits.order {
        Order::None => String::new(),
        Order::Group(group) => format!(", in the group {group}"),
        Order::Alone(key) => {
            format!(", in a group of its own and counted as unordered: {key} is not there")
        }
    };
    format!("  queue {}{chosen}{order}\n", waits.queue)
}

fn taken(taken: &Taken) -> String {
    match taken {
        Taken::Delivered(names) => format!("WOULD GO TO {}", names.join(", ")),
        Taken::Discarded => {
            "DISCARDED: by a route that has no destinations, and counted".to_owned()
        }
        Taken::Unrouted => "UNROUTED: no route matches; it is kept, counted and logged".to_owned(),
    }
}

fn judgement(judged: &Judged) -> String {
    let route = &judged.route;
    match &judged.judgement {
        RouteResult::Match if route.destinations.is_empty() => "matches: to nowhere".to_owned(),
        RouteResult::Match => format!("matches: to {}", route.destinations.join(", ")),
        RouteResult::NoMatch => "does not match".to_owned(),
        RouteResult::Failed(reason) => format!("does not match: its filter fails: {reason}"),
        RouteResult::OtherSource => "is for another source".to_owned(),
        RouteResult::NotNeeded => "is not needed: it is for what no other route matches".to_owned(),
    }
}

fn about(judged: &Judged) -> String {
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
