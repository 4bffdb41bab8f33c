//! Lines under headings, no wider than a terminal.

/// The widest line, in characters.
const WIDTH: usize = 100;

/// A text that grows line by line.
pub(super) struct Page(pub(super) String);

impl Page {
    /// A heading, after an empty line.
    pub(super) fn section(&mut self, title: &str) {
        self.0 += &format!("\n{title}\n");
    }

    /// An item of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.wrapped("  - ", text);
    }

    /// What belongs to the item before.
    pub(super) fn below(&mut self, text: &str) {
        self.wrapped("      ", text);
    }

    /// Text behind a mark, its further lines indented alike.
    pub(super) fn wrapped(&mut self, mark: &str, text: &str) {
        let indent = mark.chars().count();
        let mut line = mark.to_owned();
        let mut width = indent;
        for word in text.split(' ') {
            let more = word.chars().count() + 1;
            if width > indent && width + more > WIDTH {
                self.0 += line.trim_end();
                self.0.push('\n');
                (line, width) = (" ".repeat(indent), indent);
            }
            if width > indent {
                line.push(' ');
            }
            line += word;
            width += more;
        }
        self.0 += &line;
        self.0.push('\n');
    }
}
