//! Text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{EvalError, Value};

/// Calls a function, if it is one of these.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    Some(match (name, arguments) {
        ("base64encode", [text]) => one(text, |text| Value::text(STANDARD.encode(text))),
        ("endswith", [text, end]) => two(text, end, |text, end| Value::Bool(text.ends_with(end))),
        ("join", [separator, lists @ ..]) => join(separator, lists),
        ("lower", [text]) => one(text, |text| Value::text(text.to_lowercase())),
        ("replace", [text, part, by]) => replace(text, part, by),
        ("sha256", [text]) => one(text, |text| Value::text(hex::encode(Sha256::digest(text)))),
        ("split", [separator, text]) => two(separator, text, split),
        ("startswith", [text, start]) => {
            two(text, start, |text, start| Value::Bool(text.starts_with(start)))
        }
        ("strcontains", [text, part]) => {
            two(text, part, |text, part| Value::Bool(text.contains(part)))
        }
        ("trimspace", [text]) => one(text, |text| Value::text(text.trim())),
        ("trimsuffix", [text, end]) => {
            two(text, end, |text, end| Value::text(text.strip_suffix(end).unwrap_or(text)))
        }
        ("upper", [text]) => one(text, |text| Value::text(text.to_uppercase())),
        _ => return None,
    })
}

fn one(text: &Value, make: impl FnOnce(&str) -> Value) -> Result<Value, EvalError> {
    Ok(make(&text.as_text()?))
}

fn two(
    first: &Value,
    second: &Value,
    make: impl FnOnce(&str, &str) -> Value,
) -> Result<Value, EvalError> {
    Ok(make(&first.as_text()?, &second.as_text()?))
}

fn replace(text: &Value, part: &Value, by: &Value) -> Result<Value, EvalError> {
    let part = part.as_text()?;
    match part.len() > 1 && part.starts_with('/') && part.ends_with('/') {
        true => Err(EvalError::unsupported("replace() of a pattern")),
        false => two(text, by, |text, by| Value::text(text.replace(&part, by))),
    }
}

fn split(separator: &str, text: &str) -> Value {
    Value::list(text.split(separator).map(Value::text))
}

/// What is not known has nothing to say.
fn join(separator: &Value, lists: &[Value]) -> Result<Value, EvalError> {
    let mut texts = Vec::new();
    for list in lists {
        let known = list.as_list()?.iter().filter(|item| **item != Value::Unknown);
        texts.extend(known.map(Value::as_text).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(Value::text(texts.join(&separator.as_text()?)))
}
