//! Writes values into the places where a scheme reads them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use shared::webhook::request::Request;
use shared::webhook::scheme::timestamp::Unit;
use url::Url;
use uuid::Uuid;

use super::draft::Draft;
use crate::scheme_file::ParsedScheme;

/// The JSON of a field, and the texts to write there: one, or one for each item of a list.
pub(super) type Placement<'a> = (&'a Map<String, Value>, Vec<String>);

/// The most entries that a header gets by position.
const MAX_ENTRIES: usize = 32;

/// Values for the fields that a request lacks: the current time for the timestamp, a new id for every other.
pub(super) fn missing<'w>(
    parsed: &'w ParsedScheme,
    request: &Request,
    now: Timestamp,
) -> Vec<Placement<'w>> {
    let scheme = &parsed.scheme;
    let timestamp = scheme.timestamp.as_ref();
    let mut missing = Vec::new();
    for (name, field) in parsed.fields().filter(|(_, field)| !field.contains_key("param")) {
        let time =
            timestamp.filter(|rule| rule.field == name).map(|rule| format_time(rule.unit, now));
        let there = scheme.fields.get(name).and_then(|f| f.value(request, &scheme.params));
        match (time, there) {
            (Some(time), _) => missing.push((field, vec![time])),
            (None, Some(_)) => {}
            (None, None) => missing.push((field, vec![Uuid::new_v4().to_string()])),
        }
    }
    missing
}

fn format_time(unit: Unit, time: Timestamp) -> String {
    match unit {
        Unit::Seconds => time.as_second().to_string(),
        Unit::Milliseconds => time.as_millisecond().to_string(),
        Unit::Rfc3339 => time.to_string(),
    }
}

/// Writes all values. Returns false if the body has no place for one. Fields of the same header are joined in it, in
/// their order.
pub(super) fn place(draft: &mut Draft, placements: &[Placement<'_>]) -> bool {
    let mut headers = BTreeMap::<String, Vec<&Placement<'_>>>::new();
    let mut all_placed = true;
    for placement in placements {
        let (field, texts) = placement;
        let first = texts.first().map(String::as_str).unwrap_or_default();
        if let Some(header) = field.get("header").and_then(Value::as_str) {
            // In `x-signature-*` the star stands for a number.
            let name = header.to_ascii_lowercase().replace('*', "1");
            headers.entry(name).or_default().push(placement);
        } else if let Some(name) = field.get("query").and_then(Value::as_str) {
            in_query(&mut draft.url, name, &behind(field, first));
        } else if let Some(path) = field.get("body").and_then(Value::as_str) {
            let texts: Vec<_> = texts.iter().map(|text| behind(field, text)).collect();
            all_placed &= draft.body.set(&names(path), &mut one_by_one(&texts));
        } else if field.get("path").is_some() {
            in_path(&mut draft.url, first);
        }
    }
    draft.headers.extend(headers.into_iter().map(|(name, fields)| (name, header(&fields))));
    all_placed
}

/// A text behind the one that must precede it, which is a key's name for the providers that have one.
fn behind(field: &Map<String, Value>, text: &str) -> String {
    match field.get("after").and_then(Value::as_str) {
        Some(after) => format!("sample{after}{text}"),
        None => text.to_owned(),
    }
}

/// The first of a path's alternatives.
fn names(path: &str) -> Vec<String> {
    let first = path.split("||").next().unwrap_or_default();
    first.trim().split('.').map(str::to_owned).collect()
}

/// Returns the texts one after another, and then the last one again and again.
fn one_by_one(texts: &[String]) -> impl FnMut() -> String {
    let mut next = 0;
    move || {
        let text = texts.get(next).or(texts.last()).cloned().unwrap_or_default();
        next += 1;
        text
    }
}

/// A header's value: entries with a position are at that position, and the others follow in their order.
fn header(fields: &[&Placement<'_>]) -> String {
    let separator = fields.iter().find_map(|(field, _)| field.get("separator")?.as_str());
    let mut entries = Vec::new();
    for (field, texts) in fields {
        let prefixes = field.get("prefix").and_then(Value::as_array);
        let prefix = prefixes.and_then(|prefixes| prefixes.first()?.as_str()).unwrap_or_default();
        let text = texts.first().map(String::as_str).unwrap_or_default();
        let entry = format!("{prefix}{}", behind(field, text));
        match field.get("entry").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok()) {
            Some(at) if at < MAX_ENTRIES => {
                entries.resize(entries.len().max(at + 1), String::new());
                entries[at] = entry;
            }
            _ => entries.push(entry),
        }
    }
    entries.join(separator.unwrap_or(","))
}

fn in_query(url: &mut Url, name: &str, text: &str) {
    let others: Vec<_> = url.query_pairs().filter(|(known, _)| known != name).collect();
    let others: Vec<_> =
        others.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, text);
}

/// Writes a token at the end of the path, in place of `TOKEN` from Terraform's output.
fn in_path(url: &mut Url, text: &str) {
    let path = url.path().trim_end_matches('/');
    let stem = path.strip_suffix("/TOKEN").unwrap_or(path);
    let stem = stem.to_owned();
    url.set_path(&stem);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(text);
    }
}
