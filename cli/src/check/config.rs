//! The configuration as the Lambdas read it, and its JMESPath expressions.

use std::collections::BTreeMap;
use std::fmt::Display;

use shared::config::{self, Config};
use shared::query::expression::Expression;
use shared::query::filter::Filter;

use super::diagnostic::{Diagnostic, Origin};
use crate::terraform::evaluate::Names;
use crate::terraform::types::{item, member};
use crate::terraform::{Evaluation, Value};

/// The configuration as the Lambdas would read it, or `None` if they would not start with it. The reason is added to
/// `diagnostics`, unless a diagnostic about the same source, queue, destination or route is there already: the reason
/// is probably its consequence.
pub(super) fn check(
    evaluation: &Evaluation<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Config> {
    match read(evaluation) {
        Ok(config) => config,
        Err(diagnostic) => {
            if !diagnostics.iter().any(|other| is_about_the_same(&other.path, &diagnostic.path)) {
                diagnostics.push(diagnostic);
            }
            None
        }
    }
}

fn is_about_the_same(one: &str, other: &str) -> bool {
    let (one, other) = (subject(one), subject(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The first two parts of a path: the source, queue, destination or route.
fn subject(path: &str) -> String {
    path.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// Reads the configuration that the module would write. `None` if a part of it is unknown.
fn read(evaluation: &Evaluation<'_>) -> Result<Option<Config>, Diagnostic> {
    let unwritten = |error| {
        let text = format!("Terraform could not write the configuration: {error}");
        Diagnostic::at("", Origin::Config, text)
    };
    let json = match evaluation.local("config").map_err(unwritten)? {
        Value::Unknown => return Ok(None),
        json => json.as_text().map_err(unwritten)?,
    };
    let read = config::parse(json.as_bytes());
    read.map(Some).map_err(|error| {
        let (path, text) = (error.path().to_string(), error.inner().to_string());
        // The position is one in the generated JSON, which the operator does not see.
        let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
        Diagnostic::at(path.trim_start_matches('.'), Origin::Config, text)
    })
}

/// Compiles an expression, and returns the error if it does not compile.
type Compile = fn(String) -> Option<String>;

/// The paths of expressions; `*` stands for any key or index.
const EXPRESSIONS: [(&str, Compile); 8] = [
    ("sources.*.id.*", error::<Expression>),
    ("sources.*.type.*", error::<Expression>),
    ("sources.*.list.items", error::<Filter>),
    ("sources.*.list.id.*", error::<Expression>),
    ("sources.*.list.type.*", error::<Expression>),
    ("destinations.*.sqs.ordering_key", error::<Filter>),
    ("queues.*.ordering_key", error::<Filter>),
    ("routes.*.filter", error::<Filter>),
];

fn error<T: TryFrom<String, Error: Display>>(text: String) -> Option<String> {
    T::try_from(text).err().map(|error| error.to_string())
}

/// Compiles every expression by itself, so that all errors are reported at once. Reading the configuration stops at
/// the first.
pub(super) fn check_expressions(
    variables: &BTreeMap<String, Value>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let root = Value::map(variables.clone());
    for (pattern, compile) in EXPRESSIONS {
        let parts: Vec<_> = pattern.split('.').collect();
        walk(&root, &parts, "", &mut |path, text| {
            let error = compile(text.to_owned());
            diagnostics.extend(error.map(|error| Diagnostic::at(path, Origin::Expression, error)));
        });
    }
}

/// Calls `found` with the path and content of every text that a pattern matches.
fn walk(value: &Value, pattern: &[&str], path: &str, found: &mut dyn FnMut(&str, &str)) {
    match (pattern.split_first(), value) {
        (None, Value::Text(text)) => found(path, text),
        (Some((&"*", rest)), Value::List(items)) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| walk(value, rest, &item(path, index), found));
        }
        (Some((&"*", rest)), Value::Map(pairs)) => {
            pairs.iter().for_each(|(key, value)| walk(value, rest, &member(path, key), found));
        }
        (Some((name, rest)), Value::Map(pairs)) => {
            pairs
                .get(*name)
                .into_iter()
                .for_each(|value| walk(value, rest, &member(path, name), found));
        }
        _ => {}
    }
}
