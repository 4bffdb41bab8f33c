//! `format`: `%s`, `%d` and `%v`, with a width, and `%%`.

use super::{EvalError, Value};
use crate::terraform::json;

/// Puts values where a text says.
pub(super) fn format(text: &str, values: &[Value]) -> Result<String, EvalError> {
    let mut made = String::new();
    let mut values = values.iter();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        made += before;
        let verb = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (width, from_verb) = after.split_at(verb);
        let mut chars = from_verb.chars();
        match chars.next() {
            Some('%') if width.is_empty() => made.push('%'),
            Some(verb) => {
                let value = values
                    .next()
                    .ok_or_else(|| EvalError::failed("format() has too few values"))?;
                made += &padded(&written(verb, value)?, width)?;
            }
            None => return Err(EvalError::failed("format() ends in %")),
        }
        rest = chars.as_str();
    }
    match values.next() {
        None => Ok(made + rest),
        Some(_) => Err(EvalError::failed("format() has too many values")),
    }
}

fn written(verb: char, value: &Value) -> Result<String, EvalError> {
    match (verb, value) {
        ('s', value) => value.as_text(),
        ('d', value) => Ok(value.as_number()?.trunc().to_string()),
        ('v', Value::Text(_) | Value::Reference(_) | Value::Number(_) | Value::Bool(_)) => {
            value.as_text()
        }
        ('v', value) => json::encode(value),
        (verb, _) => Err(EvalError::unsupported(format!("format() with %{verb}"))),
    }
}

/// As wide as is said, with zeros where the width begins with one.
fn padded(text: &str, width: &str) -> Result<String, EvalError> {
    if width.is_empty() {
        return Ok(text.to_owned());
    }
    let fill = if width.starts_with('0') { "0" } else { " " };
    let width: usize =
        width.parse().map_err(|_| EvalError::unsupported("format() with such a width"))?;
    Ok(fill.repeat(width.saturating_sub(text.chars().count())) + text)
}
