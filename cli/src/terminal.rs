//! The width of the terminal, and tables and lines that fit into it.

use std::fs::File;
use std::io::{IsTerminal, stdout};
use std::process::{Command, Stdio};

/// The narrowest column that a table is cut to, in characters.
const MIN_COLUMN: usize = 8;
/// Between two columns.
const GAP: usize = 2;

/// The width of the terminal in characters. `None` if standard output is a file or a pipe, for which nothing is cut.
pub fn width() -> Option<usize> {
    if !stdout().is_terminal() {
        return None;
    }
    let terminal = File::open("/dev/tty").ok()?;
    let size = Command::new("stty").arg("size").stdin(terminal).stderr(Stdio::null()).output();
    let size = String::from_utf8(size.ok()?.stdout).ok()?;
    let columns = size.split_whitespace().nth(1)?.parse().ok()?;
    // Some terminals without a known size say 0.
    Some(columns).filter(|columns| *columns > 0)
}

/// Rows as a table. If it is wider than `width`, the widest columns are cut, each cell with an ellipsis. The first column
/// has names, which are never cut.
pub fn table<const N: usize>(rows: &[[String; N]], width: Option<usize>) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = cell.chars().count().max(*column);
        }
    }
    let available =
        width.map_or(usize::MAX, |width| width.saturating_sub(GAP * N.saturating_sub(1)));
    while widths.iter().sum::<usize>() > available {
        match widths.iter_mut().skip(1).max() {
            Some(widest) if *widest > MIN_COLUMN => *widest -= 1,
            _ => break,
        }
    }
    let line = |row: &[String; N]| {
        let cells =
            row.iter().zip(widths).map(|(cell, width)| format!("{:<width$}", cut(cell, width)));
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// A text of at most `width` characters.
pub fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// A line broken between words, so that no part is longer than `width` unless a word is. All parts but the first are
/// indented.
pub fn wrap(line: &str, indent: usize, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| line.chars().count() > *width && indent < *width) else {
        return line.to_owned();
    };
    let (mut wrapped, mut length) = (String::new(), 0);
    // White space at the beginning and within columns is kept where it does not break a line.
    for word in line.split_inclusive(' ') {
        let word_length = word.trim_end().chars().count();
        if word_length > 0 && length > indent && length + word_length > width {
            wrapped = wrapped.trim_end().to_owned() + "\n" + &" ".repeat(indent);
            length = indent;
        }
        wrapped += word;
        length += word.chars().count();
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 3]) -> [String; 3] {
        cells.map(str::to_owned)
    }

    #[test]
    fn a_table_that_is_too_wide_loses_the_ends_of_its_widest_columns() {
        let rows = [
            row(["NAME", "SCHEME", "NOTE"]),
            row(["stripe", "HMAC-SHA-256 hex", "a long note about it"]),
        ];
        let whole =
            "NAME    SCHEME            NOTE\nstripe  HMAC-SHA-256 hex  a long note about it\n";
        assert_eq!(table(&rows, None), whole);
        assert_eq!(table(&rows, Some(46)), whole);
        let cut = table(&rows, Some(40));
        assert_eq!(
            cut,
            "NAME    SCHEME           NOTE\nstripe  HMAC-SHA-256 h…  a long note ab…\n"
        );
        let names = [row(["adobe-acrobat-sign", "token", "none"])];
        assert_eq!(table(&names, Some(5)), "adobe-acrobat-sign  token  none\n", "a name is whole");
        let narrow = table(&rows, Some(5));
        assert_eq!(
            narrow, "NAME    SCHEME    NOTE\nstripe  HMAC-SH…  a long …\n",
            "no column vanishes"
        );
    }

    #[test]
    fn a_long_line_is_broken_between_words_and_indented() {
        let line = "12:00:00Z  shop   paid   delivered to crm in 4 ms";
        assert_eq!(wrap(line, 4, None), line);
        assert_eq!(wrap(line, 4, Some(49)), line);
        let wrapped = "12:00:00Z  shop   paid\n    delivered to crm in 4\n    ms";
        assert_eq!(wrap(line, 4, Some(26)), wrapped);
        assert_eq!(wrap("http://127.0.0.1:1/a b", 2, Some(8)), "http://127.0.0.1:1/a\n  b");
    }
}
