//! Markdown, for pages that are made from the project's own files.

/// A text as the cell of a Markdown table shows it.
pub(crate) fn cell(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*");
    escaped.replace('\n', " ")
}
