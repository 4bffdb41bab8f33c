//! What the Lambdas would be told, read as strictly as they read it.

use shared::config::{self, Config};

use super::mistake::{Mistake, Of};
use crate::terraform::{Evaluation, Value};

/// The configuration as the Lambdas read it, or what is in the way. What was said already is not said
/// again in other words.
pub(super) fn check(evaluation: &Evaluation<'_>, mistakes: &mut Vec<Mistake>) -> Option<Config> {
    match read(evaluation) {
        Ok(config) => config,
        Err(mistake) => {
            if !mistakes.iter().any(|other| is_about_the_same(&other.path, &mistake.path)) {
                mistakes.push(mistake);
            }
            None
        }
    }
}

/// Whether both are about one source, queue, destination or route: the one may well come of the other.
fn is_about_the_same(one: &str, other: &str) -> bool {
    let (one, other) = (subject(one), subject(other));
    one.starts_with(&other) || other.starts_with(&one)
}

fn subject(path: &str) -> String {
    path.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// Nothing where it cannot be known.
fn read(evaluation: &Evaluation<'_>) -> Result<Option<Config>, Mistake> {
    let unwritten = |error| {
        let text = format!("Terraform could not write the configuration: {error}");
        Mistake::at("", Of::Config, text)
    };
    let json = match evaluation.local("config").map_err(unwritten)? {
        Value::Unknown => return Ok(None),
        json => json.as_text().map_err(unwritten)?,
    };
    let read = config::parse(json.as_bytes());
    read.map(Some).map_err(|error| {
        let (path, text) = (error.path().to_string(), error.inner().to_string());
        // A position in JSON that nobody sees.
        let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
        Mistake::at(path.trim_start_matches('.'), Of::Config, text)
    })
}
