//! JSON as senders really write it, with what no Unicode text can hold taken out.
//!
//! JavaScript cuts texts between the halves of an emoji, and writes the half that is left as `\ud83d`.
//! Such JSON is well-formed, but has no reading as text; and an event whose id nobody can read would be
//! told apart by its body, and delivered twice.

use std::borrow::Cow;

/// What stands for what cannot be read: U+FFFD, as an escape.
const REPLACEMENT: &str = "\\ufffd";

/// The JSON with bytes that are no UTF-8, and halves of surrogate pairs, replaced.
pub(super) fn mended(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut mended = String::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (said, length) = escaped(escape);
        mended.push_str(&said);
        rest = escape.get(length..).unwrap_or_default();
    }
    mended.push_str(rest);
    mended
}

/// The escape at the start of a text, as it may stay, and how long it is there.
fn escaped(text: &str) -> (Cow<'_, str>, usize) {
    let pair = (unit(text), text.get(6..).and_then(unit));
    match pair {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (text[..12].into(), 12),
        (Some(0xd800..=0xdfff), _) => (REPLACEMENT.into(), 6),
        // An escaped backslash must not be taken for the start of another escape.
        _ => {
            let end = text.char_indices().nth(2).map_or(text.len(), |(end, _)| end);
            (text[..end].into(), end)
        }
    }
}

/// The UTF-16 code unit that `\uXXXX` at the start of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> serde_json::Value {
        serde_json::from_str(&mended(json)).unwrap()
    }

    #[test]
    fn half_an_emoji_is_replaced_and_a_whole_one_stays() {
        assert_eq!(read(br#"{"id":"e1","m":"cut \ud83d"}"#)["m"], "cut \u{fffd}");
        assert_eq!(
            read(br#"["\ud83d\ude00 \ude00x\ud83d\ud83d\ude00"]"#)[0],
            "😀 \u{fffd}x\u{fffd}😀"
        );
        assert_eq!(read(br#"["\\ud83d \"\n\u00e9"]"#)[0], "\\ud83d \"\n\u{e9}");
        assert_eq!(read("[\"ü\\\\\"]".as_bytes())[0], "ü\\");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(read(b"[\"a\xffb\"]")[0], "a\u{fffd}b");
    }

    #[test]
    fn what_ends_in_the_middle_is_left_alone() {
        for cut in ["\\", "\\u", "\\ud8", "\"\\ud83d\\u", "\\ü"] {
            assert!(!mended(cut.as_bytes()).is_empty(), "{cut}");
        }
    }
}
