//! Writes JSON again in another style: the same names in the same order, and numbers digit by digit.

use serde_json::Value;

/// A style of JSON.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Between one item and the next.
    comma: &'static str,
    /// Between a name and its value.
    colon: &'static str,
    /// The number of spaces by which a level is indented; `None` writes everything on one line.
    indent: Option<usize>,
    /// Whether characters beyond ASCII are escaped.
    escaped: bool,
}

impl Style {
    pub(super) fn compact() -> Self {
        Self { comma: ",", colon: ":", indent: None, escaped: false }
    }

    pub(super) fn python() -> Self {
        Self { comma: ", ", colon: ": ", indent: None, escaped: false }
    }

    pub(super) fn indented(by: usize) -> Self {
        Self { comma: ",", colon: ": ", indent: Some(by), escaped: false }
    }

    pub(super) fn escaped(self) -> Self {
        Self { escaped: true, ..self }
    }
}

/// JSON in another style, or `None` if the text is not JSON.
pub(super) fn rewritten(json: &[u8], style: Style) -> Option<Vec<u8>> {
    serde_json::from_slice::<serde::de::IgnoredAny>(json).ok()?;
    let text = std::str::from_utf8(json).ok()?;
    let mut writer = Writer { style, text: String::with_capacity(json.len() * 2), depth: 0 };
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, after) = token(rest);
        let after = after.trim_start();
        writer.token(token, after);
        rest = after;
    }
    Some(writer.text.into_bytes())
}

/// The first token of valid JSON.
fn token(text: &str) -> (&str, &str) {
    let end = match text.as_bytes()[0] {
        b'"' => string_end(text),
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        _ => text.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(text.len()),
    };
    text.split_at(end)
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

struct Writer {
    style: Style,
    text: String,
    depth: usize,
}

impl Writer {
    fn token(&mut self, token: &str, after: &str) {
        match token {
            "{" | "[" => {
                self.text += token;
                self.depth += 1;
                if !after.starts_with(['}', ']']) {
                    self.line();
                }
            }
            "}" | "]" => {
                self.depth = self.depth.saturating_sub(1);
                if !self.text.ends_with(['{', '[']) {
                    self.line();
                }
                self.text += token;
            }
            "," => {
                self.text += self.style.comma;
                self.line();
            }
            ":" => self.text += self.style.colon,
            string if string.starts_with('"') => self.string(string),
            scalar => self.text += scalar,
        }
    }

    fn line(&mut self) {
        if let Some(by) = self.style.indent {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', by * self.depth));
        }
    }

    /// Strings are decoded and encoded again, because programs differ in which characters they escape.
    fn string(&mut self, token: &str) {
        let Ok(Value::String(text)) = serde_json::from_str(token) else {
            return self.text += token;
        };
        let written = Value::String(text).to_string();
        if !self.style.escaped {
            return self.text += &written;
        }
        for c in written.chars() {
            match c.is_ascii() {
                true => self.text.push(c),
                false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    self.text += &format!("\\u{unit:04x}");
                }),
            }
        }
    }
}
