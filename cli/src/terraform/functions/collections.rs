//! Lists, sets and maps.

use std::collections::BTreeMap;

use super::{EvalError, Value};

/// Calls a function, if it is one of these.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    Some(match (name, arguments) {
        ("alltrue", [list]) => truths(list).map(|all| Value::Bool(!all.contains(&false))),
        ("anytrue", [list]) => truths(list).map(|all| Value::Bool(all.contains(&true))),
        ("coalesce", values) => coalesce(values),
        ("compact", [list]) => {
            list.as_list().map(|list| Value::list(list.iter().filter(|it| !is_empty(it)).cloned()))
        }
        ("concat", lists) => items(lists).map(Value::list),
        ("contains", [list, value]) => contains(list, value),
        ("distinct", [list]) => list.as_list().map(distinct),
        ("flatten", [list]) => list.as_list().map(|list| Value::list(flat(list))),
        ("keys", [map]) => map.as_map().map(|map| Value::list(map.keys().map(Value::text))),
        ("length", [value]) => length(value),
        ("merge", maps) => merge(maps),
        ("setsubtract", [from, what]) => subtract(from, what),
        ("setunion", sets) => items(sets).map(Value::set),
        ("values", [map]) => map.as_map().map(|map| Value::list(map.values().cloned())),
        _ => return None,
    })
}

/// What is not known is neither right nor wrong.
fn truths(list: &Value) -> Result<Vec<bool>, EvalError> {
    let known = list.as_list()?.iter().filter(|item| **item != Value::Unknown);
    known.map(|item| if *item == Value::Null { Ok(false) } else { item.as_bool() }).collect()
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || matches!(value, Value::Text(text) if text.is_empty())
}

fn coalesce(values: &[Value]) -> Result<Value, EvalError> {
    let value = values.iter().find(|value| !is_empty(value));
    value.cloned().ok_or_else(|| EvalError::failed("no argument of coalesce() has a value"))
}

fn items(lists: &[Value]) -> Result<Vec<Value>, EvalError> {
    let lists = lists.iter().map(Value::as_list).collect::<Result<Vec<_>, _>>()?;
    Ok(lists.concat())
}

fn contains(list: &Value, value: &Value) -> Result<Value, EvalError> {
    let list = list.as_list()?;
    match list.contains(value) {
        false if list.contains(&Value::Unknown) => Err(EvalError::Unknown),
        found => Ok(Value::Bool(found)),
    }
}

fn distinct(list: &[Value]) -> Value {
    let mut once: Vec<Value> = Vec::new();
    for item in list {
        if !once.contains(item) {
            once.push(item.clone());
        }
    }
    Value::list(once)
}

fn flat(list: &[Value]) -> Vec<Value> {
    let flat = |item: &Value| match item {
        Value::List(inner) => flat(inner),
        item => vec![item.clone()],
    };
    list.iter().flat_map(flat).collect()
}

/// Of a list, what is known to be in it; where nothing is, and something may be, nobody knows.
#[allow(clippy::cast_precision_loss)] // A length is small.
fn length(value: &Value) -> Result<Value, EvalError> {
    let length = match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => match items.iter().filter(|item| **item != Value::Unknown).count() {
            0 if !items.is_empty() => return Err(EvalError::Unknown),
            known => known,
        },
        other => other.as_map()?.len(),
    };
    Ok(Value::Number(length as f64))
}

fn merge(maps: &[Value]) -> Result<Value, EvalError> {
    let mut merged = BTreeMap::new();
    for map in maps.iter().filter(|map| **map != Value::Null) {
        merged.extend(map.as_map()?.clone());
    }
    Ok(Value::map(merged))
}

fn subtract(from: &Value, what: &Value) -> Result<Value, EvalError> {
    let what = what.as_list()?;
    let left =
        from.as_list()?.iter().filter(|item| !what.contains(item) && **item != Value::Unknown);
    Ok(Value::set(left.cloned()))
}
