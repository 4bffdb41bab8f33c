//! What the Lambdas would be told, read as strictly as they read it.

use serde_path_to_error::{Error, Path, Segment};
use shared::config::Config;

use super::mistake::{Mistake, Of};
use crate::terraform::types::{item, member};
use crate::terraform::{Evaluation, Value};

/// The configuration as the Lambdas read it, or what is in the way, if nothing else is.
pub(super) fn check(evaluation: &Evaluation<'_>, mistakes: &mut Vec<Mistake>) -> Option<Config> {
    let json = match evaluation.local("config") {
        Ok(Value::Unknown) => return None,
        Ok(json) => json.as_text().unwrap_or_default(),
        Err(error) => {
            if mistakes.is_empty() {
                let text = format!("Terraform could not write the configuration: {error}");
                mistakes.push(Mistake::at("", Of::Config, text));
            }
            return None;
        }
    };
    let mut json = serde_json::Deserializer::from_str(&json);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(config) => Some(config),
        Err(error) => {
            let mistake = mistake(&error);
            // What was said already is not said again in other words.
            if !mistakes.iter().any(|other| {
                other.path.starts_with(&mistake.path) || mistake.path.starts_with(&other.path)
            }) {
                mistakes.push(mistake);
            }
            None
        }
    }
}

fn mistake(error: &Error<serde_json::Error>) -> Mistake {
    let text = error.inner().to_string();
    // A position in JSON that nobody sees.
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    Mistake::at(path(error.path()), Of::Config, text)
}

fn path(path: &Path) -> String {
    path.iter().fold(String::new(), |path, segment| match segment {
        Segment::Seq { index } => item(&path, *index),
        Segment::Map { key } => member(&path, key),
        Segment::Enum { variant } => member(&path, variant),
        Segment::Unknown => path,
    })
}
