//! Regular expressions. Terraform's are RE2, which `regex-lite` reads alike: what `\s`, `\d` and `\w`
//! match is ASCII.

use std::cell::RefCell;
use std::collections::HashMap;

use regex_lite::{Captures, Regex};

use super::{EvalError, Value};

thread_local! {
    /// Those that were compiled: validations try the same ones again and again.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// `regex`: the first match.
pub(super) fn first(pattern: &str, text: &str) -> Result<Value, EvalError> {
    let pattern = compiled(pattern)?;
    let found = pattern.captures(text).map(|captures| value(&pattern, &captures));
    found.ok_or_else(|| EvalError::failed("the pattern matches nothing"))
}

/// `regexall`: all of them.
pub(super) fn all(pattern: &str, text: &str) -> Result<Value, EvalError> {
    let pattern = compiled(pattern)?;
    Ok(Value::list(pattern.captures_iter(text).map(|captures| value(&pattern, &captures))))
}

fn compiled(pattern: &str) -> Result<Regex, EvalError> {
    if let Some(compiled) = COMPILED.with_borrow(|all| all.get(pattern).cloned()) {
        return Ok(compiled);
    }
    let compiled = Regex::new(pattern)
        .map_err(|error| EvalError::unsupported(format!("the pattern {pattern:?} ({error})")))?;
    COMPILED.with_borrow_mut(|all| all.insert(pattern.to_owned(), compiled.clone()));
    Ok(compiled)
}

/// The match itself, or its groups: a map where they have names, a list where they have none.
fn value(pattern: &Regex, captures: &Captures<'_>) -> Value {
    let group =
        |at: usize| captures.get(at).map_or(Value::Null, |found| Value::text(found.as_str()));
    let names: Vec<_> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return group(0);
    }
    let groups = names.iter().enumerate().map(|(index, name)| (name, group(index + 1)));
    match names.iter().all(Option::is_some) {
        true => {
            Value::map(groups.map(|(name, value)| (name.unwrap_or_default().to_owned(), value)))
        }
        false => Value::list(groups.map(|(_, value)| value)),
    }
}
