//! Repairs JSON that contains invalid UTF-8 or unpaired surrogates.
//!
//! JavaScript may cut a string between the two halves of an emoji and write the remaining half as `\ud83d`.
//! Such JSON is well-formed (RFC 8259, 8.2), but no Unicode string can hold it. Without the repair, such an
//! event's id could not be read, so that the event would be deduplicated by its body and could be delivered
//! twice.

use std::borrow::Cow;

/// U+FFFD, the replacement character, as an escape.
const REPLACEMENT: &str = "\\ufffd";

/// Replaces bytes that are not UTF-8, and unpaired surrogates, by U+FFFD.
pub(super) fn repair_surrogates(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        repaired.push_str(before);
        let (kept, length) = repair_escape(escape);
        repaired.push_str(&kept);
        rest = escape.get(length..).unwrap_or_default();
    }
    repaired.push_str(rest);
    repaired
}

/// The escape at the start of `text`, repaired, and its original length in bytes.
fn repair_escape(text: &str) -> (Cow<'_, str>, usize) {
    let pair = (code_unit(text), text.get(6..).and_then(code_unit));
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

/// The UTF-16 code unit of a `\uXXXX` escape at the start of `text`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> serde_json::Value {
        serde_json::from_str(&repair_surrogates(json)).unwrap()
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
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(read(b"[\"a\xffb\"]")[0], "a\u{fffd}b");
    }

    #[test]
    fn a_truncated_escape_is_left_as_it_is() {
        for cut in ["\\", "\\u", "\\ud8", "\"\\ud83d\\u", "\\ü"] {
            assert!(!repair_surrogates(cut.as_bytes()).is_empty(), "{cut}");
        }
    }
}
