//! The findings as text and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Report;
use super::diagnostic::Diagnostic;
use crate::terraform::Value;

/// The variables whose items are counted.
const COUNTED: [&str; 4] = ["sources", "queues", "destinations", "routes"];

/// The number of items of each counted variable.
pub(super) fn counts(variables: &BTreeMap<String, Value>) -> BTreeMap<&'static str, usize> {
    let count = |name: &&'static str| {
        let count = match variables.get(*name)? {
            Value::List(items) => items.len(),
            Value::Map(pairs) => pairs.len(),
            _ => return None,
        };
        Some((*name, count))
    };
    COUNTED.iter().filter_map(count).collect()
}

/// The findings as text: a line for each diagnostic in the form that compilers use, and a last line with their number.
/// If nothing is wrong, one line with the counts.
pub fn text(report: &Report) -> String {
    let files = report.files.join(", ");
    if report.is_sound() {
        let counts = COUNTED.iter().filter_map(|name| Some((*name, *report.counts.get(name)?)));
        let counts: Vec<_> = counts.map(|(name, count)| counted(count, name)).collect();
        return format!("{files}: sound: {}\n", counts.join(", "));
    }
    let lines: String = report.diagnostics.iter().map(|it| line(report, it)).collect();
    format!("{lines}{files}: {}\n", counted(report.diagnostics.len(), "mistakes"))
}

fn counted(count: usize, names: &str) -> String {
    match count {
        1 => format!("1 {}", names.trim_end_matches('s')),
        count => format!("{count} {names}"),
    }
}

fn line(report: &Report, diagnostic: &Diagnostic) -> String {
    let Diagnostic { path, span, text, suggestion, .. } = diagnostic;
    let mut line = String::new();
    if let Some(span) = span {
        line += report.files.get(span.file).map_or("", String::as_str);
        line += &span.line.map_or(String::new(), |line| format!(":{line}"));
        line += ": ";
    }
    if !path.is_empty() {
        line += &format!("{path}: ");
    }
    line += text;
    if let Some(suggestion) = suggestion {
        line = format!("{}; did you mean `{suggestion}`?", line.trim_end_matches('.'));
    }
    // The further lines of a text are indented.
    let lines: Vec<_> = line.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.join("\n    ") + "\n"
}

/// The findings as one JSON object, with null for what is not known.
pub(super) fn json(report: &Report) -> Json {
    let outcome = if report.is_sound() { "sound" } else { "mistakes" };
    let mistakes: Vec<_> = report.diagnostics.iter().map(|it| json_of(report, it)).collect();
    json!({
        "outcome": outcome, "files": report.files, "counts": report.counts, "mistakes": mistakes,
    })
}

fn json_of(report: &Report, diagnostic: &Diagnostic) -> Json {
    let Diagnostic { path, span, text, suggestion, origin } = diagnostic;
    json!({
        "path": path, "file": span.and_then(|span| report.files.get(span.file)),
        "line": span.and_then(|span| span.line), "of": origin.name(), "text": text,
        "suggestion": suggestion,
    })
}
