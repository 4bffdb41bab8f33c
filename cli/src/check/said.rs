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

/// The path that a line begins with, and what it says: `sources.shop: public_url is …`, or
/// `body_limit is …`.
fn parted<'l>(line: &'l str, variable: &'l str) -> (String, &'l str) {
    let is_path = |path: &str| {
        path.starts_with(variable) && !path.contains(' ')
            || path.starts_with(&format!("{variable}."))
    };
    let (path, text) = match line.split_once(": ") {
        Some((path, text)) if is_path(path) => (path.to_owned(), text),
        _ => (variable.to_owned(), line),
    };
    // Where a line says more exactly what it is about: `http.timeout is …`.
    let about = text.split([' ', ':']).next().unwrap_or_default();
    match text.strip_prefix(about).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) if about == path => (path, rest),
        Some(rest)
            if rest.starts_with("is ") || rest.starts_with("must ") || rest.starts_with("has ") =>
        {
            (format!("{path}.{about}"), rest)
        }
        _ => (path, text),
    }
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
