//! Values written where a scheme's fields have them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::draft::Draft;

/// A field as its file describes it, and the texts to be written there: one, or one an item.
pub(super) type Placement<'a> = (&'a Map<String, Value>, Vec<String>);

/// Writes all; false where one finds no place. Fields that share a header are joined in it, in order.
pub(super) fn place(draft: &mut Draft, placements: &[Placement<'_>]) -> bool {
    let mut headers = BTreeMap::<String, Vec<&Placement<'_>>>::new();
    let mut all_placed = true;
    for placement in placements {
        let (field, texts) = placement;
        let first = texts.first().map(String::as_str).unwrap_or_default();
        if let Some(header) = field.get("header").and_then(Value::as_str) {
            // `x-signature-*` stands for a number.
            let name = header.to_ascii_lowercase().replace('*', "1");
            headers.entry(name).or_default().push(placement);
        } else if let Some(name) = field.get("query").and_then(Value::as_str) {
            in_query(&mut draft.url, name, first);
        } else if let Some(path) = field.get("body").and_then(Value::as_str) {
            all_placed &= draft.body.set(&names(path), &mut in_turn(texts));
        } else if field.get("path").is_some() {
            in_path(&mut draft.url, first);
        }
    }
    draft.headers.extend(headers.into_iter().map(|(name, fields)| (name, header(&fields))));
    all_placed
}

/// The first of a path's alternatives.
fn names(path: &str) -> Vec<String> {
    let first = path.split("||").next().unwrap_or_default();
    first.trim().split('.').map(str::to_owned).collect()
}

/// The texts one after another, and the last one from then on.
fn in_turn(texts: &[String]) -> impl FnMut() -> String {
    let mut next = 0;
    move || {
        let text = texts.get(next).or(texts.last()).cloned().unwrap_or_default();
        next += 1;
        text
    }
}

/// A header's value: what stands at a position first, then the rest in order.
fn header(fields: &[&Placement<'_>]) -> String {
    let separator = fields.iter().find_map(|(field, _)| field.get("separator")?.as_str());
    let mut entries = Vec::new();
    for (field, texts) in fields {
        let prefixes = field.get("prefix").and_then(Value::as_array);
        let prefix = prefixes.and_then(|prefixes| prefixes.first()?.as_str()).unwrap_or_default();
        let text = texts.first().map(String::as_str).unwrap_or_default();
        let entry = format!("{prefix}{text}");
        match field.get("entry").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok()) {
            Some(at) if at < 32 => {
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

/// What the sender is known by, in place of the word that Terraform's output has there.
fn in_path(url: &mut Url, text: &str) {
    let path = url.path().trim_end_matches('/');
    let stem = path.strip_suffix("/TOKEN").unwrap_or(path);
    let stem = stem.to_owned();
    url.set_path(&stem);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(text);
    }
}
