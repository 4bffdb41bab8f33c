//! docs/reference/providers.md.

use super::Entry;
use crate::Failure;

const HEAD: &str = "\
# Providers

Made by `cargo catchment providers --markdown` from the files in `shared/providers/`; a test holds it
against them. `cargo catchment providers NAME` says all that is known of one, and how to register it.

*Certainty* is how sure the scheme is: **source**, read in the provider's own SDK or server;
**documentation**, in its own pages; **third party**, in others' code or tables; **memory**, nothing to
read was found. *Tolerance* is how far the provider's timestamp may be off. Handshakes are answered by
ingest, and never queued.

| name | provider | scheme | tolerance | handshake | certainty | sources |
|---|---|---|---|---|---|---|
";

/// The text of docs/reference/providers.md.
pub fn markdown() -> Result<String, Failure> {
    Ok(Entry::all()?.iter().fold(HEAD.to_owned(), |text, entry| text + &row(entry)))
}

fn row(entry: &Entry) -> String {
    let provider = &entry.provider;
    let handshakes = match provider.handshakes.len() {
        0 => "–".to_owned(),
        _ => cell(&entry.handshakes()),
    };
    let tolerance = entry.tolerance();
    let cells = [
        format!("`{}`", entry.name),
        format!("[{}]({})", cell(&provider.title), provider.docs),
        cell(&entry.schemes().join("; or ")),
        if tolerance.is_empty() { "–".to_owned() } else { cell(&tolerance) },
        handshakes,
        entry.certainty().to_owned(),
        cell(&provider.sources.join("; ")),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// Text that stands in a table as it is.
fn cell(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*");
    escaped.replace('\n', " ")
}
