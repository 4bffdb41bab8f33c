//! The functions that the module calls. Those of Terraform's that it does not call are not here.

mod collections;
mod files;
mod format;
mod network;
mod numbers;
mod pattern;
mod text;

use super::error::EvalError;
use super::json;
use super::value::Value;

/// Those that take a null.
const TAKE_NULL: [&str; 5] = ["coalesce", "compact", "format", "jsonencode", "merge"];

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, EvalError> {
    if arguments.contains(&Value::Unknown) {
        return Err(EvalError::Unknown);
    }
    if arguments.contains(&Value::Null) && !TAKE_NULL.contains(&name) {
        return Err(EvalError::failed(format!("{name}() cannot take null")));
    }
    let groups = [collections::call, text::call, numbers::call, files::call];
    for group in groups {
        if let Some(result) = group(name, arguments) {
            return result;
        }
    }
    match (name, arguments) {
        ("cidrhost", [prefix, number]) => {
            network::cidrhost(&prefix.as_text()?, number.as_number()?)
        }
        ("format", [text, values @ ..]) => {
            format::format(&text.as_text()?, values).map(Value::text)
        }
        ("jsonencode", [value]) => json::encode(value).map(Value::text),
        ("jsondecode", [text]) => json::decode(&text.as_text()?),
        ("regex", [pattern, text]) => pattern::first(&pattern.as_text()?, &text.as_text()?),
        ("regexall", [pattern, text]) => pattern::all(&pattern.as_text()?, &text.as_text()?),
        _ => Err(EvalError::unsupported(format!("{name}() of {} arguments", arguments.len()))),
    }
}
