//! Text: strings, `format` and regular expressions.
//!
//! Terraform's regular expressions are RE2, and `regex-lite` reads them alike: `\s`, `\d` and `\w` match ASCII only.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex_lite::{Captures, Regex};
use sha2::{Digest, Sha256};

use super::{EvalError, Result, Value};
use crate::terraform::json;

thread_local! {
    /// The compiled patterns. Validations try the same few again and again.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Calls a function of text, if there is one of this name.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value>> {
    Some(match (name, arguments) {
        ("base64encode", [text]) => one(text, |text| Value::text(STANDARD.encode(text))),
        ("endswith", [text, end]) => two(text, end, |text, end| Value::Bool(text.ends_with(end))),
        ("format", [text, values @ ..]) => {
            text.as_text().and_then(|text| format(&text, values)).map(Value::text)
        }
        ("join", [separator, lists @ ..]) => join(separator, lists),
        ("lower", [text]) => one(text, |text| Value::text(text.to_lowercase())),
        ("regex", [pattern, text]) => regex(pattern, text),
        ("regexall", [pattern, text]) => regexall(pattern, text),
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

fn one(text: &Value, make: impl FnOnce(&str) -> Value) -> Result<Value> {
    Ok(make(&text.as_text()?))
}

fn two(first: &Value, second: &Value, make: impl FnOnce(&str, &str) -> Value) -> Result<Value> {
    Ok(make(&first.as_text()?, &second.as_text()?))
}

fn replace(text: &Value, part: &Value, by: &Value) -> Result<Value> {
    let part = part.as_text()?;
    match part.len() > 1 && part.starts_with('/') && part.ends_with('/') {
        true => Err(EvalError::unsupported("replace() of a pattern")),
        false => two(text, by, |text, by| Value::text(text.replace(&part, by))),
    }
}

/// Without a separator, as in Terraform, each character is a part.
fn split(separator: &str, text: &str) -> Value {
    match separator {
        "" => Value::list(text.chars().map(|character| Value::text(character.to_string()))),
        separator => Value::list(text.split(separator).map(Value::text)),
    }
}

/// Joins the known items of lists. Unknown items are left out: joined texts are mostly messages.
fn join(separator: &Value, lists: &[Value]) -> Result<Value> {
    let mut texts = Vec::new();
    for list in lists {
        let known = list.as_list()?.iter().filter(|item| **item != Value::Unknown);
        texts.extend(known.map(Value::as_text).collect::<Result<Vec<_>>>()?);
    }
    Ok(Value::text(texts.join(&separator.as_text()?)))
}

/// `format`: `%s`, `%d` and `%v`, each with an optional width, and `%%`.
fn format(text: &str, values: &[Value]) -> Result<String> {
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
                made += &padded(&formatted(verb, value)?, width)?;
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

fn formatted(verb: char, value: &Value) -> Result<String> {
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

/// Pads a text on its left to a width: with zeros if the width begins with a zero, else with spaces.
fn padded(text: &str, width: &str) -> Result<String> {
    if width.is_empty() {
        return Ok(text.to_owned());
    }
    let fill = if width.starts_with('0') { "0" } else { " " };
    let width: usize =
        width.parse().map_err(|_| EvalError::unsupported("format() with such a width"))?;
    Ok(fill.repeat(width.saturating_sub(text.chars().count())) + text)
}

/// `regex`: the first match.
fn regex(pattern: &Value, text: &Value) -> Result<Value> {
    let (pattern, text) = (compiled(&pattern.as_text()?)?, text.as_text()?);
    let found = pattern.captures(&text).map(|captures| matched(&pattern, &captures));
    found.ok_or_else(|| EvalError::failed("the pattern matches nothing"))
}

/// `regexall`: all matches.
fn regexall(pattern: &Value, text: &Value) -> Result<Value> {
    let (pattern, text) = (compiled(&pattern.as_text()?)?, text.as_text()?);
    Ok(Value::list(pattern.captures_iter(&text).map(|captures| matched(&pattern, &captures))))
}

fn compiled(pattern: &str) -> Result<Regex> {
    if let Some(compiled) = COMPILED.with_borrow(|all| all.get(pattern).cloned()) {
        return Ok(compiled);
    }
    let compiled = Regex::new(pattern)
        .map_err(|error| EvalError::unsupported(format!("the pattern {pattern:?} ({error})")))?;
    COMPILED.with_borrow_mut(|all| all.insert(pattern.to_owned(), compiled.clone()));
    Ok(compiled)
}

/// A match as Terraform returns it: the whole match if the pattern has no groups, a map of its groups if they have
/// names, and a list of them otherwise.
fn matched(pattern: &Regex, captures: &Captures<'_>) -> Value {
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
