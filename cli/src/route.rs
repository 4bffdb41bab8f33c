//! `catchment route`: which queue an event waits in, which routes it takes, why not the others, and where
//! it would go. What decides is the Lambdas' own code.

mod json;
mod operands;
mod report;
mod waits;
mod words;

use std::io::Read;

use shared::config::{Config, Source};
use shared::event::EventView;
use shared::event::split::Item;
use shared::provider::{self, ResolvedSource};
use shared::query::expression::Expression;

pub use self::report::{Report, Routing, Taken};
pub use self::waits::{Order, Waits};
use crate::arguments::RouteArguments;
use crate::verify::Saved;
use crate::{Ending, Failure, Streams, check};

/// Runs the command.
pub fn run(arguments: &RouteArguments, streams: &mut Streams<'_>) -> Result<Ending, Failure> {
    let report = report(arguments, streams.input)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", json::of(&report))?,
        false => write!(streams.out, "{}", words::of(&report))?,
    }
    Ok(match report.routings.iter().any(Routing::is_unrouted) {
        true => Ending::Refused,
        false => Ending::Good,
    })
}

fn report(arguments: &RouteArguments, input: &mut dyn Read) -> Result<Report, Failure> {
    let config = config(arguments)?;
    let source = source(&config, &arguments.source)?;
    let saved = Saved::read(&arguments.request, input)?;
    let (event_type, mut notes) = event_type(source, &arguments.source, &saved)?;
    let event = EventView::whole(&arguments.source, event_type.as_deref(), &saved.request);
    notes.extend(about(&event, &saved));
    let split = source.split().map_err(Failure::Unusable)?;
    let items = split.map(|split| split.items(&event)).transpose();
    let items = items.map_err(|error| Failure::unusable(format!("--request: {error}")))?;
    let items = items.unwrap_or_default();
    let waits = |subject: &EventView<'_>, event_type: Option<&str>, is_list: bool| {
        Waits::of(&config, source, subject, event_type, is_list)
    };
    let whole = waits(&event, event_type.as_deref(), source.split)?;
    let of_item = |item: &Item| {
        let subject = event.item(item);
        let waits = waits(&subject, item.event_type.as_deref(), false)?;
        let routing = Routing::of(&config.routes, &subject, item.event_type.clone(), waits);
        Ok(Routing { item: Some(item.place), ..routing })
    };
    let (list, routings) = match &items[..] {
        [] => (None, vec![Routing::of(&config.routes, &event, event_type.clone(), whole)]),
        items => (Some(whole), items.iter().map(of_item).collect::<Result<_, Failure>>()?),
    };
    Ok(Report { source: arguments.source.clone(), list, routings, notes })
}

fn config(arguments: &RouteArguments) -> Result<Config, Failure> {
    let report = check::check(&arguments.var_files)?;
    let words = check::words(&report);
    let mistakes =
        || Failure::unusable(format!("--var-file: correct this first:\n{}", words.trim_end()));
    report.config.ok_or_else(mistakes)
}

fn source<'c>(config: &'c Config, name: &str) -> Result<&'c Source, Failure> {
    config.sources.get(name).ok_or_else(|| {
        let names = config.sources.keys().map(String::as_str);
        let names = names.collect::<Vec<_>>().join(", ");
        Failure::unusable(format!("--source: there is no source `{name}`; there are: {names}"))
    })
}

/// The type that the event has in the archive, or else the one that ingest would give it; and what
/// cannot be told of that.
fn event_type(
    source: &Source,
    name: &str,
    saved: &Saved,
) -> Result<(Option<String>, Vec<String>), Failure> {
    if let Some(stored) = &saved.stored {
        return Ok((stored.event_type.clone(), Vec::new()));
    }
    let provider = provider::find(&source.provider);
    let provider = provider.map_err(|error| Failure::unusable(error.to_string()))?;
    let source = ResolvedSource::unchecked(name, &source.provider, provider, source.settings());
    let parts = &source.event_type;
    let of_verified = |part: &&Expression| {
        part.names().iter().any(|name| ["signed", "method"].contains(&name.name))
    };
    let note = |part: &Expression| {
        format!("its type is also made of `{}`, which only a verified request has", part.as_str())
    };
    let notes = parts.iter().filter(of_verified).map(note).collect();
    let document = EventView::whole(name, None, &saved.request);
    Ok((shared::event::event_type(parts, document.document()), notes))
}

/// What to know besides.
fn about(event: &EventView<'_>, saved: &Saved) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(said) = event.mislabelled() {
        notes.push(format!(
            "the body is not {said}, as its content type says: it is routed by its headers and query only"
        ));
    }
    if let Some(stored) = saved.stored.as_ref().filter(|stored| stored.source != event.source()) {
        notes.push(format!("the event was received by another source, {}", stored.source));
    }
    if !saved.unknown.is_empty() {
        notes.push(format!("passed over in the request: {}", saved.unknown.join(", ")));
    }
    notes
}
