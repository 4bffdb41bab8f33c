//! The rules of the module: validations of its variables and preconditions of its resources.
//!
//! A rule's message says everything that is wrong at once. Each line is about one mistake, most lines begin with a
//! path, and the last may list what there is to choose from. The messages are split here into diagnostics.

use super::diagnostic::{Diagnostic, Origin, nearest};
use crate::terraform::module::Rule;
use crate::terraform::{EvalError, Evaluation, Module, Value};

/// Adds what breaks a rule. Returns the rules that cannot be evaluated, which is often the consequence of another
/// mistake.
pub(super) fn check(
    module: &Module,
    evaluation: &Evaluation<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut undecided = Vec::new();
    let mut note =
        |owner: String, path: &str, result: Result<Option<String>, EvalError>| match result {
            Ok(None) => {}
            Ok(Some(message)) => {
                diagnostics.extend(split_message(&message, path, &Origin::Rule(owner)));
            }
            Err(error) => {
                let text = format!("Terraform could not tell whether it is right: {error}");
                undecided.push(Diagnostic::at(path, Origin::Rule(owner), text));
            }
        };
    for (name, variable) in &module.variables {
        for rule in &variable.rules {
            note(format!("var.{name}"), name, violation(evaluation, rule, &Value::Null));
        }
    }
    for (address, rule) in module.preconditions() {
        match evaluation.each_values(address) {
            Err(error) => note(address.to_owned(), "", Err(error)),
            Ok(each_values) => each_values
                .iter()
                .for_each(|each| note(address.to_owned(), "", violation(evaluation, &rule, each))),
        }
    }
    undecided
}

/// The message of a rule that is broken. A rule that depends on something unknown counts as kept.
fn violation(
    evaluation: &Evaluation<'_>,
    rule: &Rule,
    each: &Value,
) -> Result<Option<String>, EvalError> {
    match evaluation.evaluate_for_each(&rule.condition, each)? {
        Value::Unknown => Ok(None),
        condition if condition.as_bool()? => Ok(None),
        _ => Ok(Some(evaluation.evaluate_for_each(&rule.message, each)?.as_text()?)),
    }
}

/// The diagnostics in a rule's message.
fn split_message(message: &str, variable: &str, origin: &Origin) -> Vec<Diagnostic> {
    let (choices, lines): (Vec<_>, Vec<_>) =
        message.lines().partition(|line| choices(line).is_some());
    let diagnostic = |line: &&str| {
        let (path, text) = split_line(line, variable);
        let mut diagnostic = Diagnostic::at(path, origin.clone(), text);
        for line in &choices {
            suggest(&mut diagnostic, line);
        }
        diagnostic
    };
    lines.iter().filter(|line| !line.is_empty()).map(diagnostic).collect()
}

/// The path that a line begins with, and its text: `sources.shop: public_url is …`,
/// `routes[0] (source "shop"): filter is …`, or `body_limit is …`.
fn split_line<'l>(line: &'l str, variable: &str) -> (String, &'l str) {
    let (path, text) = line.split_once(": ").unwrap_or(("", line));
    let path = path.split(" (").next().unwrap_or_default();
    let is_path = !path.is_empty() && !path.contains(' ') && path.starts_with(variable);
    let (path, text) = if is_path { (path, text) } else { (variable, line) };
    match text.split_once(' ') {
        Some((about, rest)) if is_verb(rest) => match exact_path(path, about, variable) {
            Some(exact) => (exact, rest),
            None => (path.to_owned(), text),
        },
        _ => (path.to_owned(), text),
    }
}

fn is_verb(rest: &str) -> bool {
    ["is ", "must ", "has ", "may "].iter().any(|verb| rest.starts_with(verb))
}

/// The more exact path that a text begins with, as in `http.timeout is …`. A text about all of a variable's names
/// together has none.
fn exact_path(path: &str, about: &str, variable: &str) -> Option<String> {
    if about == path || about.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')) {
        return Some(about.to_owned());
    }
    (path != variable).then(|| format!("{path}.{about}"))
}

/// The names in a line such as `The queues are: default, slow.`
fn choices(line: &str) -> Option<Vec<&str>> {
    let (what, all) = line.strip_prefix("The ")?.split_once(" are: ")?;
    let all = all.split(';').next().unwrap_or(all).trim_end_matches('.');
    (!what.contains(' ')).then(|| all.split(", ").collect())
}

/// Adds the name that was probably meant in place of an unknown one, or else the line that lists all names.
fn suggest(diagnostic: &mut Diagnostic, line: &str) {
    let name = diagnostic.text.split('"').nth(1);
    let known = choices(line).unwrap_or_default();
    match name.and_then(|name| nearest(name, known)) {
        Some(meant) => diagnostic.suggestion = Some(meant.to_owned()),
        None => diagnostic.text = format!("{} {line}", diagnostic.text),
    }
}
