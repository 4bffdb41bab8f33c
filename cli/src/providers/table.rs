//! The list of all providers, for a terminal.

use super::Entry;
use crate::words;

const HEADINGS: [&str; 6] = ["NAME", "PROVIDER", "SCHEME", "TOLERANCE", "CERTAINTY", "HANDSHAKES"];

/// A line a provider, in columns.
pub(super) fn of(entries: &[Entry]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(entries.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2, 3, 4, 5].map(|column| width(column).unwrap_or_default());
    let mut table = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        table += cells.collect::<Vec<_>>().join("  ").trim_end();
        table.push('\n');
    }
    table + "\nAll that is known of one, and how to register it: catchment providers NAME\n"
}

fn row(entry: &Entry) -> [String; 6] {
    let schemes = words::distinct(entry.ways.iter().map(words::briefly));
    let scheme = match &schemes[..] {
        [] => "the source's own".to_owned(),
        [one] => one.clone(),
        [first, others @ ..] => format!("{first}, +{}", others.len()),
    };
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        entry.name.to_owned(),
        entry.provider.title.clone(),
        scheme,
        or_none(entry.tolerance().replace("no timestamp", "-")),
        entry.certainty().to_owned(),
        or_none(entry.handshakes()),
    ]
}
