//! What a `Content-Type` value says about a body.

/// A character encoding other than UTF-8 that text is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-16 with the least significant byte first.
    Utf16Le,
    /// UTF-16 with the most significant byte first, which is also the order if none is named (RFC 2781, 4.3).
    Utf16Be,
    /// ISO 8859-1.
    Latin1,
    /// UTF-8, an encoding that is not read, or none.
    Other,
}

/// The media type of a `Content-Type` value: without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a `Content-Type` value names JSON: `…/json` or `…+json`.
pub fn says_json(content_type: &str) -> bool {
    has_suffix(content_type, "json")
}

/// Whether a `Content-Type` value names XML: `…/xml` or `…+xml` (RFC 7303).
pub(crate) fn says_xml(content_type: &str) -> bool {
    has_suffix(content_type, "xml")
}

fn has_suffix(content_type: &str, suffix: &str) -> bool {
    let essence = essence(content_type);
    essence.strip_suffix(suffix).is_some_and(|rest| rest.ends_with(['/', '+']))
}

/// The character encoding that a `Content-Type` value names.
pub(super) fn charset(content_type: &str) -> Charset {
    let parameters = content_type.split(';').skip(1).filter_map(|text| text.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charsets.next().map_or(Charset::Other, |(_, value)| by_name(value.trim().trim_matches('"')))
}

/// The character encoding that XML names in its declaration, such as `<?xml version="1.0" encoding="ISO-8859-1"?>`.
pub(super) fn charset_of_xml(body: &[u8]) -> Charset {
    let declaration = body.strip_prefix(b"<?xml").and_then(|rest| {
        let end = rest.iter().position(|byte| *byte == b'>')?;
        std::str::from_utf8(&rest[..end]).ok()
    });
    let encoding = declaration.and_then(|declaration| declaration.split_once("encoding"));
    let quoted = encoding.and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    quoted.map_or(Charset::Other, by_name)
}

fn by_name(name: &str) -> Charset {
    match &name.to_ascii_lowercase()[..] {
        "utf-16le" => Charset::Utf16Le,
        "utf-16" | "utf-16be" => Charset::Utf16Be,
        "iso-8859-1" | "latin1" | "latin-1" => Charset::Latin1,
        _ => Charset::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_xml_are_recognised_with_parameters_and_in_any_case() {
        for json in
            ["application/json", "Application/JSON; charset=utf-8", "a/vnd.b+json", "text/json"]
        {
            assert!(says_json(json), "{json}");
        }
        for other in ["", "json", "application/jsonl", "text/plain; a=/json", "application/json5"] {
            assert!(!says_json(other), "{other}");
        }
        assert!(says_xml("text/xml; charset=utf-8") && says_xml("application/soap+xml"));
        assert!(!says_xml("text/html") && !says_xml("xml"));
    }

    #[test]
    fn the_charset_is_a_parameter_or_in_the_declaration_of_xml() {
        assert_eq!(charset("text/plain; format=flowed; Charset=\"ISO-8859-1\""), Charset::Latin1);
        assert_eq!(charset("text/plain; charset=UTF-16"), Charset::Utf16Be);
        assert_eq!(charset("text/plain"), Charset::Other);
        assert_eq!(charset("text/plain; charset=utf-8"), Charset::Other);
        let xml = b"<?xml version='1.0' encoding = 'latin1'?><a encoding='utf-16'/>";
        assert_eq!(charset_of_xml(xml), Charset::Latin1);
        assert_eq!(charset_of_xml(b"<a encoding='latin1'/>"), Charset::Other);
    }
}
