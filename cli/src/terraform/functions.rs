//! The Terraform functions that the module calls, and no others: files, JSON, collections and numbers here, text in
//! [`text`].

mod text;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::files;
use super::json;
use super::value::{EvalError, Value};

/// A result of a function.
type Result<T> = std::result::Result<T, EvalError>;

/// The functions that accept null.
const TAKE_NULL: [&str; 5] = ["coalesce", "compact", "format", "jsonencode", "merge"];

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value> {
    if arguments.contains(&Value::Unknown) {
        return Err(EvalError::Unknown);
    }
    if arguments.contains(&Value::Null) && !TAKE_NULL.contains(&name) {
        return Err(EvalError::failed(format!("{name}() cannot take null")));
    }
    let groups = [data, collections, numbers, text::call];
    let result = groups.iter().find_map(|group| group(name, arguments));
    result.unwrap_or_else(|| {
        Err(EvalError::unsupported(format!("{name}() of {} arguments", arguments.len())))
    })
}

/// Files, JSON and addresses.
fn data(name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    Some(match (name, arguments) {
        // Only messages call it, to say where Terraform looks.
        ("abspath", [path]) => Ok(path.clone()),
        ("cidrhost", [prefix, number]) => cidrhost(prefix, number),
        ("file", [path]) => path.as_text().and_then(|path| files::text(&path)).map(Value::text),
        // Of Lambda packages, which may be on another machine.
        ("filebase64" | "filebase64sha256" | "filesha256", [_]) => Err(EvalError::Unknown),
        ("fileexists", [path]) => path.as_text().and_then(|path| exists(&path)),
        ("fileset", [folder, pattern]) => fileset(folder, pattern),
        ("jsondecode", [text]) => text.as_text().and_then(|text| json::decode(&text)),
        ("jsonencode", [value]) => json::encode(value).map(Value::text),
        _ => return None,
    })
}

/// The address of a network with a number, counted from its first.
fn cidrhost(prefix: &Value, number: &Value) -> Result<Value> {
    let prefix = prefix.as_text()?;
    let network: IpNet =
        prefix.parse().map_err(|_| EvalError::failed(format!("{prefix:?} is not a CIDR block")))?;
    if number.as_number()? != 0.0 {
        return Err(EvalError::unsupported("cidrhost() of another address than the first"));
    }
    let address: IpAddr = network.network();
    Ok(Value::text(address.to_string()))
}

/// Whether a file is compiled in. It is unknown for every other file, such as a Lambda package that is built on another
/// machine.
fn exists(path: &str) -> Result<Value> {
    files::text(path).map(|_| Value::Bool(true)).map_err(|_| EvalError::Unknown)
}

/// The names of a folder's files. Only patterns such as `*.json` are supported.
fn fileset(folder: &Value, pattern: &Value) -> Result<Value> {
    let pattern = pattern.as_text()?;
    let suffix =
        pattern.strip_prefix('*').filter(|suffix| !suffix.contains(['*', '?', '[', '{', '/']));
    let suffix =
        suffix.ok_or_else(|| EvalError::unsupported(format!("fileset() of {pattern:?}")))?;
    Ok(Value::list(files::names(&folder.as_text()?, suffix).iter().map(Value::text)))
}

/// Lists, sets and maps.
fn collections(name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    Some(match (name, arguments) {
        ("alltrue", [list]) => booleans(list).map(|all| Value::Bool(!all.contains(&false))),
        ("anytrue", [list]) => booleans(list).map(|all| Value::Bool(all.contains(&true))),
        ("chunklist", [list, size]) => chunks(list, size),
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

/// The known items of a list as booleans. Unknown items are left out, so that they make nothing wrong.
fn booleans(list: &Value) -> Result<Vec<bool>> {
    let known = list.as_list()?.iter().filter(|item| **item != Value::Unknown);
    known.map(|item| if *item == Value::Null { Ok(false) } else { item.as_bool() }).collect()
}

/// A list's items in lists of this length, the last of which may be shorter.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A length is small.
fn chunks(list: &Value, size: &Value) -> Result<Value> {
    let (items, size) = (list.as_list()?, size.as_number()? as usize);
    match size {
        0 => Err(EvalError::unsupported("chunklist() in lists of 0 items")),
        size => Ok(Value::list(items.chunks(size).map(|chunk| Value::list(chunk.to_vec())))),
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || matches!(value, Value::Text(text) if text.is_empty())
}

fn coalesce(values: &[Value]) -> Result<Value> {
    let value = values.iter().find(|value| !is_empty(value));
    value.cloned().ok_or_else(|| EvalError::failed("no argument of coalesce() has a value"))
}

fn items(lists: &[Value]) -> Result<Vec<Value>> {
    let lists = lists.iter().map(Value::as_list).collect::<Result<Vec<_>>>()?;
    Ok(lists.concat())
}

fn contains(list: &Value, value: &Value) -> Result<Value> {
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

/// A list's length counts its known items. It is unknown if all of them are unknown.
#[allow(clippy::cast_precision_loss)] // A length is small.
fn length(value: &Value) -> Result<Value> {
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

fn merge(maps: &[Value]) -> Result<Value> {
    let mut merged = BTreeMap::new();
    for map in maps.iter().filter(|map| **map != Value::Null) {
        merged.extend(map.as_map()?.clone());
    }
    Ok(Value::map(merged))
}

fn subtract(from: &Value, what: &Value) -> Result<Value> {
    let what = what.as_list()?;
    let left =
        from.as_list()?.iter().filter(|item| !what.contains(item) && **item != Value::Unknown);
    Ok(Value::set(left.cloned()))
}

/// Numbers.
fn numbers(name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    Some(match (name, arguments) {
        ("ceil", [number]) => number.as_number().map(|number| Value::Number(number.ceil())),
        ("floor", [number]) => number.as_number().map(|number| Value::Number(number.floor())),
        ("max", [_, ..]) => fold(arguments, f64::max),
        ("min", [_, ..]) => fold(arguments, f64::min),
        ("parseint", [digits, base]) => parseint(digits, base),
        ("pow", [base, exponent]) => pow(base, exponent),
        ("range", [end]) => range(end),
        ("sum", [list]) => list.as_list().and_then(|list| fold(list, |sum, number| sum + number)),
        _ => return None,
    })
}

fn fold(numbers: &[Value], two: impl Fn(f64, f64) -> f64) -> Result<Value> {
    let numbers = numbers.iter().map(Value::as_number).collect::<Result<Vec<_>>>()?;
    let result = numbers.into_iter().reduce(two);
    result.map(Value::Number).ok_or_else(|| EvalError::failed("there are no numbers"))
}

fn pow(base: &Value, exponent: &Value) -> Result<Value> {
    Ok(Value::Number(base.as_number()?.powf(exponent.as_number()?)))
}

/// The whole number that these digits are, in a base from 2 to 36.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is small.
fn parseint(digits: &Value, base: &Value) -> Result<Value> {
    let (digits, base) = (digits.as_text()?, base.as_number()? as u32);
    if !(2..=36).contains(&base) {
        return Err(EvalError::unsupported(format!("parseint() in base {base}")));
    }
    let number = i64::from_str_radix(&digits, base)
        .map_err(|_| EvalError::failed(format!("{digits:?} is no number in base {base}")))?;
    Ok(Value::Number(number as f64))
}

/// The longest range that Terraform makes.
const MAX_RANGE: f64 = 1024.0;

/// The whole numbers from 0 up to `end`, or down to it if it is negative, without `end` itself.
fn range(end: &Value) -> Result<Value> {
    let end = end.as_number()?;
    if end.abs() > MAX_RANGE {
        return Err(EvalError::failed("range() of more than 1024 numbers"));
    }
    let step = end.signum();
    let numbers = std::iter::successors(Some(0.0), |number| Some(number + step));
    Ok(Value::list(numbers.take_while(|number| number.abs() < end.abs()).map(Value::Number)))
}
