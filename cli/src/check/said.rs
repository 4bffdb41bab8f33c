//! What a rule of the module says, taken apart: it says everything that is wrong at once, a line each,
//! most of them beginning with a path, and at the end perhaps what there is to choose from.

use super::mistake::{Mistake, Of};
use super::suggest;

/// The mistakes in a message.
pub(super) fn mistakes(message: &str, variable: &str, of: &Of) -> Vec<Mistake> {
    let (choices, lines): (Vec<_>, Vec<_>) =
        message.lines().partition(|line| choices(line).is_some());
    let mistake = |line: &&str| {
        let (path, text) = parted(line, variable);
        let mut mistake = Mistake::at(path, of.clone(), text);
        for all in &choices {
            choose(&mut mistake, all);
        }
        mistake
    };
    lines.iter().filter(|line| !line.is_empty()).map(mistake).collect()
}

/// The path that a line begins with, and what it says: `sources.shop: public_url is …`,
/// `routes[0] (source "shop"): filter is …`, or `body_limit is …`.
fn parted<'l>(line: &'l str, variable: &str) -> (String, &'l str) {
    let (path, text) = line.split_once(": ").unwrap_or(("", line));
    let path = path.split(" (").next().unwrap_or_default();
    let is_path = !path.is_empty() && !path.contains(' ') && path.starts_with(variable);
    let (path, text) = if is_path { (path, text) } else { (variable, line) };
    match text.split_once(' ') {
        Some((about, rest)) if is_verb(rest) => match exact(path, about, variable) {
            Some(exact) => (exact, rest),
            None => (path.to_owned(), text),
        },
        _ => (path.to_owned(), text),
    }
}

fn is_verb(rest: &str) -> bool {
    ["is ", "must ", "has ", "may "].iter().any(|verb| rest.starts_with(verb))
}

/// Where a line says more exactly what it is about: `http.timeout is …`. Of all of a variable's names
/// together, no path can be told.
fn exact(path: &str, about: &str, variable: &str) -> Option<String> {
    if about == path || about.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')) {
        return Some(about.to_owned());
    }
    (path != variable).then(|| format!("{path}.{about}"))
}

/// `The queues are: default, slow.`
fn choices(line: &str) -> Option<Vec<&str>> {
    let (what, all) = line.strip_prefix("The ")?.split_once(" are: ")?;
    let all = all.split(';').next().unwrap_or(all).trim_end_matches('.');
    (!what.contains(' ')).then(|| all.split(", ").collect())
}

/// What was meant by a name that there is not, or else all that there are.
fn choose(mistake: &mut Mistake, line: &str) {
    let name = mistake.text.split('"').nth(1);
    let known = choices(line).unwrap_or_default();
    match name.and_then(|name| suggest::nearest(name, known)) {
        Some(meant) => mistake.suggestion = Some(meant.to_owned()),
        None => mistake.text = format!("{} {line}", mistake.text),
    }
}
