//! Derives the names in a sample from the expressions by which a provider's file finds ids and types.

use serde_json::{Map, Value};
use shared::query::expression::Expression;

/// The place that a simple expression reads first: `body.data.id`, `body[0].id`, `headers."x-id"`.
pub(super) enum Target {
    /// A header by its name.
    Header(String),
    /// A path in the body.
    Body(Vec<Segment>),
}

/// A step of a path: a name, or the first item of a list.
pub(super) enum Segment {
    Name(String),
    First,
}

/// The place that an expression reads first, if it is simple enough.
pub(super) fn target(expression: &Expression) -> Option<Target> {
    let first = expression.as_str().split("||").next()?.trim();
    if let Some(name) = first.strip_prefix("headers.\"") {
        let name = name.strip_suffix('"').filter(|name| !name.contains('"'))?;
        return Some(Target::Header(name.to_owned()));
    }
    segments(first.strip_prefix("body")?).map(Target::Body)
}

fn segments(mut path: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    while !path.is_empty() {
        if let Some(rest) = path.strip_prefix("[0]") {
            segments.push(Segment::First);
            path = rest;
            continue;
        }
        let rest = path.strip_prefix('.')?;
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-:".contains(&b))
        {
            return None;
        }
        segments.push(Segment::Name(name.to_owned()));
        path = after;
    }
    Some(segments)
}

/// Writes a value at a path and creates the objects and lists that are missing. A value of another type on the path is
/// kept, and nothing is written.
pub(super) fn write(json: &mut Value, path: &[Segment], value: Value) {
    let Some((segment, rest)) = path.split_first() else {
        *json = value;
        return;
    };
    if json.is_null() {
        *json = match segment {
            Segment::Name(_) => Map::new().into(),
            Segment::First => Value::Array(Vec::new()),
        };
    }
    match (segment, json) {
        (Segment::Name(name), Value::Object(object)) => {
            write(object.entry(name).or_insert(Value::Null), rest, value);
        }
        (Segment::First, Value::Array(items)) => {
            if items.is_empty() {
                items.push(Value::Null);
            }
            write(&mut items[0], rest, value);
        }
        _ => {}
    }
}
