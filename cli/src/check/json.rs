//! The findings as one JSON object, for machines.

use serde_json::{Value, json};

use super::Report;
use super::mistake::Mistake;

/// All that was found; null where there is nothing.
pub(super) fn of(report: &Report) -> Value {
    let outcome = if report.is_sound() { "sound" } else { "mistakes" };
    let mistakes: Vec<_> = report.mistakes.iter().map(|it| mistake(report, it)).collect();
    json!({
        "outcome": outcome, "files": report.files, "counts": report.counts, "mistakes": mistakes,
    })
}

fn mistake(report: &Report, mistake: &Mistake) -> Value {
    let Mistake { path, place, text, suggestion, of } = mistake;
    json!({
        "path": path, "file": place.and_then(|place| report.files.get(place.file)),
        "line": place.and_then(|place| place.line), "of": of.word(), "text": text,
        "suggestion": suggestion,
    })
}
