//! The body, written in other ways.

use shared::webhook::scheme::algorithm::Encoding;

use super::Case;
use super::json_text::{Style, rewritten};

/// The first other body over which the signature is good.
pub(super) fn hints(case: &Case<'_>) -> Option<String> {
    let body = &case.request.body;
    let variants = plain(body).into_iter().chain(texts(body)).chain(json(body));
    let mut others = variants.filter(|(_, other)| other != body);
    let (words, _) = others.find(|(_, other)| case.matches(&case.with_body(other.clone())))?;
    Some(format!("the signature is over another body than the request has: {words}"))
}

type Variant = (&'static str, Vec<u8>);

fn plain(body: &[u8]) -> Vec<Variant> {
    let with = |end: &[u8]| [body, end].concat();
    let mut variants = vec![
        ("with a newline at its end", with(b"\n")),
        ("with a carriage return and newline at its end", with(b"\r\n")),
        ("with line ends LF in place of CRLF", line_ends(body, false)),
        ("with line ends CRLF in place of LF", line_ends(body, true)),
        ("with a byte order mark before it", [BOM, body].concat()),
        ("an empty one", Vec::new()),
    ];
    let without = |end: &[u8]| body.strip_suffix(end).map(<[u8]>::to_vec);
    variants.extend(without(b"\r\n").map(|body| ("without the CRLF at its end", body)));
    variants.extend(without(b"\n").map(|body| ("without the newline at its end", body)));
    variants.push(("without the white space around it", body.trim_ascii().to_vec()));
    let marked = body.strip_prefix(BOM);
    variants.extend(marked.map(|body| ("without the byte order mark before it", body.to_vec())));
    variants
}

const BOM: &[u8] = "\u{feff}".as_bytes();

fn line_ends(body: &[u8], crlf: bool) -> Vec<u8> {
    let mut other = Vec::with_capacity(body.len());
    for &byte in body {
        match byte {
            b'\r' => {}
            b'\n' if crlf => other.extend(b"\r\n"),
            byte => other.push(byte),
        }
    }
    other
}

/// What becomes of a body that somebody took for a text, or for none.
fn texts(body: &[u8]) -> Vec<Variant> {
    let mut variants = vec![("in base64", Encoding::Base64.encode(body).into_bytes())];
    let Ok(text) = std::str::from_utf8(body) else { return variants };
    let decoded = Encoding::Base64.decode(text.trim());
    variants.extend(decoded.map(|body| ("decoded from base64 once more", body)));
    let latin1: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    variants.extend(latin1.map(|body| ("in Latin-1 (ISO 8859-1), not UTF-8", body)));
    let quoted = serde_json::from_str::<String>(text).ok();
    variants.extend(
        quoted.map(|body| ("the text inside the JSON string that it is", body.into_bytes())),
    );
    variants
}

/// JSON that somebody parsed and wrote again.
fn json(body: &[u8]) -> Vec<Variant> {
    let body = body.strip_prefix(BOM).unwrap_or(body);
    let styles = [
        ("the same JSON written compactly, without white space", Style::compact()),
        ("the same JSON written as Python does, a space after `,` and `:`", Style::python()),
        ("the same JSON indented by two spaces", Style::indented(2)),
        ("the same JSON indented by four spaces", Style::indented(4)),
    ];
    let written = styles.into_iter().flat_map(|(words, style)| {
        let escaped = style.escaped();
        [(words, style), ("the same JSON, characters beyond ASCII escaped as \\uXXXX", escaped)]
    });
    written.filter_map(|(words, style)| Some((words, rewritten(body, style)?))).collect()
}
