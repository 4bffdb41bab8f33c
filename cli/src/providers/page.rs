//! A text page for a terminal: headings, lists and wrapped lines.

/// The widest line, in characters.
const MAX_WIDTH: usize = 100;

/// The text of a page. Each method appends to it.
pub(super) struct Page(pub(super) String);

impl Page {
    /// Appends a heading after an empty line.
    pub(super) fn section(&mut self, title: &str) {
        self.0 += &format!("\n{title}\n");
    }

    /// Appends an item of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.wrapped("  - ", text);
    }

    /// Appends a line that belongs to the item above it.
    pub(super) fn below(&mut self, text: &str) {
        self.wrapped("      ", text);
    }

    /// Appends text after a mark. Its further lines are indented by the width of the mark.
    pub(super) fn wrapped(&mut self, mark: &str, text: &str) {
        let indent = mark.chars().count();
        let mut line = mark.to_owned();
        let mut width = indent;
        for word in text.split(' ') {
            let more = word.chars().count() + 1;
            if width > indent && width + more > MAX_WIDTH {
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
