//! Text.

use sha2::{Digest, Sha256};

use super::{EvalError, Value};

/// Calls a function, if it is one of these.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    Some(match (name, arguments) {
        ("endswith", [text, end]) => two(text, end, |text, end| Value::Bool(text.ends_with(end))),
        ("join", [separator, lists @ ..]) => join(separator, lists),
        ("lower", [text]) => one(text, |text| Value::text(text.to_lowercase())),
        ("sha256", [text]) => one(text, |text| Value::text(hex::encode(Sha256::digest(text)))),
        ("startswith", [text, start]) => {
            two(text, start, |text, start| Value::Bool(text.starts_with(start)))
        }
        ("strcontains", [text, part]) => {
            two(text, part, |text, part| Value::Bool(text.contains(part)))
        }
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

/// What is not known has nothing to say.
fn join(separator: &Value, lists: &[Value]) -> Result<Value, EvalError> {
    let mut texts = Vec::new();
    for list in lists {
        let known = list.as_list()?.iter().filter(|item| **item != Value::Unknown);
        texts.extend(known.map(Value::as_text).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(Value::text(texts.join(&separator.as_text()?)))
}
