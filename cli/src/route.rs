//! `catchment route`: the queue of an event, the routes that match it, why the others do not, and its destinations.
//! The code that decides is the Lambdas' own.

mod operands;
mod queue;
mod render;
mod report;

use std::io::Read;

use shared::config::{Config, Source};
use shared::event::EventView;
use shared::event::split::Item;
use shared::provider::{self, ResolvedSource};
use shared::query::expression::Expression;

pub use self::queue::{Order, QueuePlacement};
pub use self::report::{Outcome, Report, Routing};
use crate::arguments::RouteArguments;
use crate::verify::SavedRequest;
use crate::{ExitStatus, Failure, Streams, check};

/// Runs the command. The status is [`ExitStatus::Refused`] if no route matches the event, or an item of its list.
pub fn run(arguments: &RouteArguments, streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let report = report(arguments, streams.input)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", render::json(&report))?,
        false => write!(streams.out, "{}", render::text(&report))?,
    }
    Ok(match report.routings.iter().any(Routing::is_unrouted) {
        true => ExitStatus::Refused,
        false => ExitStatus::Success,
    })
}

fn report(arguments: &RouteArguments, input: &mut dyn Read) -> Result<Report, Failure> {
    let config = config(arguments)?;
    let source = source(&config, &arguments.source)?;
    let saved = SavedRequest::read(&arguments.request, input)?;
    let (event_type, mut notes) = event_type(source, &arguments.source, &saved)?;
    let form_json = source.form_json().map_err(Failure::Unusable)?;
    let event = EventView::whole(&arguments.source, event_type.as_deref(), &saved.request)
        .with_form_json(form_json.as_deref());
    notes.extend(notes_about(&event, &saved));
    let split = source.split().map_err(Failure::Unusable)?;
    let items = split.map(|split| split.items(&event)).transpose();
    let items = items.map_err(|error| Failure::unusable(format!("--request: {error}")))?;
    let items = items.unwrap_or_default();
    let queue = |subject: &EventView<'_>, event_type: Option<&str>, is_list: bool| {
        QueuePlacement::of(&config, source, subject, event_type, is_list)
    };
    let whole = queue(&event, event_type.as_deref(), source.split)?;
    let of_item = |item: &Item| {
        let subject = event.item(item);
        let queue = queue(&subject, item.event_type.as_deref(), false)?;
        let routing = Routing::new(&config.routes, &subject, item.event_type.clone(), queue);
        Ok(Routing { item: Some(item.place), ..routing })
    };
    let (list, routings) = match &items[..] {
        [] => (None, vec![Routing::new(&config.routes, &event, event_type.clone(), whole)]),
        items => (Some(whole), items.iter().map(of_item).collect::<Result<_, Failure>>()?),
    };
    Ok(Report { source: arguments.source.clone(), list, routings, notes })
}

fn config(arguments: &RouteArguments) -> Result<Config, Failure> {
    let report = check::check(&arguments.var_files)?;
    let text = check::text(&report);
    let mistakes =
        || Failure::unusable(format!("--var-file: correct this first:\n{}", text.trim_end()));
    report.config.ok_or_else(mistakes)
}

fn source<'c>(config: &'c Config, name: &str) -> Result<&'c Source, Failure> {
    config.sources.get(name).ok_or_else(|| {
        let names = config.sources.keys().map(String::as_str);
        let names = names.collect::<Vec<_>>().join(", ");
        Failure::unusable(format!("--source: there is no source `{name}`; there are: {names}"))
    })
}

/// The type of a stored event, or else the one that ingest would give it. With it comes a note on each part of the type
/// that needs a verified request.
fn event_type(
    source: &Source,
    name: &str,
    saved: &SavedRequest,
) -> Result<(Option<String>, Vec<String>), Failure> {
    if let Some(stored) = &saved.stored {
        return Ok((stored.event_type.clone(), Vec::new()));
    }
    let provider = provider::find(&source.provider);
    let provider = provider.map_err(|error| Failure::unusable(error.to_string()))?;
    let rules = ResolvedSource::unchecked(name, &source.provider, provider, source.settings());
    let parts = &rules.event_type;
    let of_verified = |part: &&Expression| {
        part.names().iter().any(|name| ["signed", "method"].contains(&name.name))
    };
    let note = |part: &Expression| {
        format!("its type also contains `{}`, which only a verified request has", part.as_str())
    };
    let notes = parts.iter().filter(of_verified).map(note).collect();
    let document =
        EventView::whole(name, None, &saved.request).with_form_json(rules.form_json.as_deref());
    Ok((shared::event::event_type(parts, document.document()), notes))
}

/// Notes for the operator.
fn notes_about(event: &EventView<'_>, saved: &SavedRequest) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(label) = event.mislabelled() {
        notes.push(format!(
            "the body is not {label}, although its content type says so: it is routed by its headers and query only"
        ));
    }
    if let Some(stored) = saved.stored.as_ref().filter(|stored| stored.source != event.source()) {
        notes.push(format!("the event was received by another source, {}", stored.source));
    }
    if !saved.unknown.is_empty() {
        notes.push(format!(
            "unknown fields in the request file, which were ignored: {}",
            saved.unknown.join(", ")
        ));
    }
    notes
}
