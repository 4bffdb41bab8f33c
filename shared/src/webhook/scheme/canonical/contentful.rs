//! Contentful: HMAC-SHA-256 over method, path, headers and body. Source: @contentful/node-apps-toolkit,
//! signRequest.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode_str, utf8_percent_encode,
};

use crate::webhook::request::Request;
use crate::webhook::scheme::Refusal;
use crate::webhook::scheme::algorithm::Piece;
use crate::webhook::scheme::claim::Fields;

const SIGNED_HEADERS: &str = "x-contentful-signed-headers";
const TIMESTAMP: &str = "x-contentful-timestamp";

/// The characters that JavaScript's `encodeURIComponent` encodes: all but letters, digits and those removed
/// here.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// The characters that JavaScript's `encodeURI` encodes.
const URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

/// The most headers that a request may list as signed. Contentful signs far fewer.
const MAX_HEADERS: usize = 100;

/// The contents that may have been signed: method, path, the headers that the request lists, and the body, a
/// line each. The path is tried as received and with its query decoded, because it is encoded once more
/// before it is signed, and it depends on the sender whether it was encoded before. Adds the signed headers
/// to `fields`.
pub(super) fn contents<'a>(
    request: &'a Request,
    fields: &mut Fields<'a>,
) -> Result<Vec<Vec<Piece<'a>>>, Refusal> {
    let headers = signed_headers(request)?;
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    let lines = format!("\n{}\n", lines.join(";"));
    for (name, value) in headers {
        // The scheme's own fields, such as the time, are not replaced.
        fields.entry(name.replace('-', "_")).or_insert(value);
    }
    let content = |path: String| {
        let method = format!("{}\n", request.method);
        let head = [method, path, lines.clone()].map(|text| Cow::Owned(text.into_bytes()));
        let parts = head.into_iter().chain([Cow::Borrowed(&request.body[..])]);
        parts.map(Piece::Bytes).collect()
    };
    Ok(paths(request).map(content).collect())
}

/// The signed headers, sorted by name: those that the request lists, the list itself and the time.
fn signed_headers(request: &Request) -> Result<BTreeMap<&str, Cow<'_, str>>, Refusal> {
    let listed = request.headers.get(SIGNED_HEADERS).unwrap_or_default().split(',').map(str::trim);
    let mut headers = BTreeMap::<&str, Cow<'_, str>>::new();
    for name in listed.chain([SIGNED_HEADERS, TIMESTAMP]) {
        if let Some((name, value)) = request.headers.entry(&name.to_ascii_lowercase()) {
            headers.insert(name, value.trim().into());
        }
        if headers.len() > MAX_HEADERS {
            return Err(Refusal::Malformed(format!("header {SIGNED_HEADERS}")));
        }
    }
    Ok(headers)
}

/// The path with its query, encoded as Contentful does: from the query as received, and from the decoded
/// query.
fn paths(request: &Request) -> impl Iterator<Item = String> {
    let after_scheme = request.url.split_once("://").map_or("", |(_, rest)| rest);
    let path = after_scheme.find(['/', '?']).map_or("/", |start| &after_scheme[start..]);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let decoded = percent_decode_str(query).decode_utf8_lossy();
    let decoded = Some(decoded).filter(|decoded| decoded != query);
    [Some(Cow::Borrowed(query)), decoded].into_iter().flatten().map(move |query| {
        let question_mark = if query.is_empty() { "" } else { "?" };
        let query = encode_component(&query).flat_map(|part| utf8_percent_encode(part, URI));
        utf8_percent_encode(path, URI).chain([question_mark]).chain(query).collect()
    })
}

/// Encodes like JavaScript's `encodeURIComponent` and Node's `querystring.escape`.
pub(super) fn encode_component(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, COMPONENT)
}
