//! The findings in words.

use std::collections::BTreeMap;

use super::Report;
use super::mistake::Mistake;
use crate::terraform::Value;

/// What a configuration has, as it is counted.
const COUNTED: [&str; 4] = ["sources", "queues", "destinations", "routes"];

/// How many there are of each.
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

/// A line for each mistake, as compilers write them; or one that says that all is sound.
pub fn of(report: &Report) -> String {
    let files = report.files.join(", ");
    if report.is_sound() {
        let counts = COUNTED.iter().filter_map(|name| Some((*name, *report.counts.get(name)?)));
        let counts: Vec<_> = counts.map(|(name, count)| counted(count, name)).collect();
        return format!("{files}: sound: {}\n", counts.join(", "));
    }
    let lines: String = report.mistakes.iter().map(|it| line(report, it)).collect();
    format!("{lines}{files}: {}\n", counted(report.mistakes.len(), "mistakes"))
}

fn counted(count: usize, names: &str) -> String {
    match count {
        1 => format!("1 {}", names.trim_end_matches('s')),
        count => format!("{count} {names}"),
    }
}

fn line(report: &Report, mistake: &Mistake) -> String {
    let Mistake { path, place, text, suggestion, .. } = mistake;
    let mut line = String::new();
    if let Some(place) = place {
        line += report.files.get(place.file).map_or("", String::as_str);
        line += &place.line.map_or(String::new(), |line| format!(":{line}"));
        line += ": ";
    }
    if !path.is_empty() {
        line += &format!("{path}: ");
    }
    line += text;
    if let Some(suggestion) = suggestion {
        line = format!("{}; did you mean `{suggestion}`?", line.trim_end_matches('.'));
    }
    // What is of several lines goes on below.
    let lines: Vec<_> = line.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.join("\n    ") + "\n"
}
