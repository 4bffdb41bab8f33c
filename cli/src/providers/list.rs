//! The list of all providers: as a table for a terminal, and in Markdown for the documentation.

use super::Entry;
use crate::markdown::cell;
use crate::{Failure, describe, terminal};

const HEADINGS: [&str; 6] = ["NAME", "PROVIDER", "SCHEME", "TOLERANCE", "CERTAINTY", "HANDSHAKES"];

/// A table with one line for each provider, cut to the width of the terminal.
pub(super) fn table(entries: &[Entry]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(entries.iter().map(table_row));
    terminal::table(&rows, terminal::width())
        + "\nEverything known about one, and how to register it: catchment providers NAME\n"
}

fn table_row(entry: &Entry) -> [String; 6] {
    let schemes = describe::distinct(entry.schemes.iter().map(describe::scheme_briefly));
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

/// The beginning of the Markdown page.
const MARKDOWN_HEAD: &str = "\
# Providers

`cargo catchment providers --markdown` makes this page from the files in `shared/providers/`, and a test checks that it
is current. `cargo catchment providers NAME` shows everything known about one provider, and how to register it.

*Certainty* says where the scheme was read. **source**: in the provider's own SDK or server. **documentation**: in the
provider's own documentation. **third party**: in other people's code or tables. **memory**: not read; nothing was found.
*Tolerance* is how far the provider's timestamp may be from the time of receipt. Ingest answers handshakes and never
queues them.

| name | provider | scheme | tolerance | handshake | certainty | sources |
|---|---|---|---|---|---|---|
";

/// The page of all providers in the documentation, in Markdown.
pub fn markdown() -> Result<String, Failure> {
    Ok(Entry::all()?
        .iter()
        .fold(MARKDOWN_HEAD.to_owned(), |text, entry| text + &markdown_row(entry)))
}

fn markdown_row(entry: &Entry) -> String {
    let provider = &entry.provider;
    let handshakes = match provider.handshakes.len() {
        0 => "–".to_owned(),
        _ => cell(&entry.handshakes()),
    };
    let tolerance = entry.tolerance();
    let cells = [
        format!("`{}`", entry.name),
        format!("[{}]({})", cell(&provider.title), provider.docs),
        cell(&entry.describe_schemes().join("; or ")),
        if tolerance.is_empty() { "–".to_owned() } else { cell(&tolerance) },
        handshakes,
        entry.certainty().to_owned(),
        cell(&provider.sources.join("; ")),
    ];
    format!("| {} |\n", cells.join(" | "))
}
