//! Other bodies and URLs over which the signature would be good.

use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Encoding;

use super::Case;
use super::json_text::{Style, rewritten};

/// A hint about the first variant of the body over which the signature is good.
pub(super) fn body(case: &Case<'_>) -> Option<String> {
    let body = &case.request.body;
    let variants = endings(body).into_iter().chain(recodings(body)).chain(json(body));
    let mut others = variants.filter(|(_, other)| other != body);
    let (description, _) =
        others.find(|(_, other)| case.matches(&case.with_body(other.clone())))?;
    Some(format!("the signature is over another body than the request has: {description}"))
}

/// A description and the bytes of another body.
type Variant = (&'static str, Vec<u8>);

/// Other line ends, white space and byte order marks.
fn endings(body: &[u8]) -> Vec<Variant> {
    let with = |end: &[u8]| [body, end].concat();
    let mut variants = vec![
        ("with a newline at its end", with(b"\n")),
        ("with a carriage return and newline at its end", with(b"\r\n")),
        ("with LF line ends in place of CRLF", line_ends(body, false)),
        ("with CRLF line ends in place of LF", line_ends(body, true)),
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

/// Other encodings: base64, Latin-1, a JSON string.
fn recodings(body: &[u8]) -> Vec<Variant> {
    let mut variants = vec![("in base64", Encoding::Base64.encode(body).into_bytes())];
    let Ok(text) = std::str::from_utf8(body) else { return variants };
    let decoded = Encoding::Base64.decode(text.trim());
    variants.extend(decoded.map(|body| ("decoded from base64 once more", body)));
    let latin1: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    variants.extend(latin1.map(|body| ("in Latin-1 (ISO 8859-1), not UTF-8", body)));
    let quoted = serde_json::from_str::<String>(text).ok();
    variants.extend(quoted.map(|body| ("the text inside its JSON string", body.into_bytes())));
    variants
}

/// The same JSON in other styles, as programs write it after they have parsed it.
fn json(body: &[u8]) -> Vec<Variant> {
    let body = body.strip_prefix(BOM).unwrap_or(body);
    let styles = [
        ("the same JSON written compactly, without white space", Style::compact()),
        ("the same JSON written as Python does, a space after `,` and `:`", Style::python()),
        ("the same JSON indented by two spaces", Style::indented(2)),
        ("the same JSON indented by four spaces", Style::indented(4)),
    ];
    let written = styles.into_iter().flat_map(|(description, style)| {
        let escaped = style.escaped();
        [
            (description, style),
            ("the same JSON, characters beyond ASCII escaped as \\uXXXX", escaped),
        ]
    });
    written
        .filter_map(|(description, style)| Some((description, rewritten(body, style)?)))
        .collect()
}

/// A hint about the first variant of the URL over which the signature is good.
pub(super) fn url(case: &Case<'_>) -> Option<String> {
    let signs_url = case.schemes.iter().any(|parsed| parsed.scheme.signs_url());
    if !signs_url || case.request.url.is_empty() {
        return None;
    }
    let variants = url_variants(&case.request.url, case.request);
    let (description, _) = variants
        .into_iter()
        .find(|(_, url)| case.matches(&Request { url: url.clone(), ..case.request.clone() }))?;
    Some(format!(
        "the signature is over another URL: {description}. Set it as the source's `public_url`"
    ))
}

fn url_variants(url: &str, request: &Request) -> Vec<(&'static str, String)> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (path, String::new()),
    };
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let (other, port) = if scheme == "https" { ("http", 443) } else { ("https", 80) };
    let slashed = match path.strip_suffix('/') {
        Some(path) => ("without the slash at the end of its path", path.to_owned()),
        None => ("with a slash at the end of its path", format!("{path}/")),
    };
    let mut variants = vec![
        (if other == "http" { "with http" } else { "with https" }, format!("{other}://{rest}")),
        (slashed.0, format!("{scheme}://{authority}{}{query}", slashed.1)),
        ("without a port", format!("{scheme}://{host}{path}{query}")),
        ("with its port", format!("{scheme}://{host}:{port}{path}{query}")),
        ("without its query", format!("{scheme}://{authority}{path}")),
        ("the path by itself", format!("{path}{query}")),
        ("without its path", format!("{scheme}://{authority}")),
        ("an empty one", String::new()),
    ];
    for (header, description) in [
        ("host", "with the host in the header host"),
        ("x-forwarded-host", "with the host in the header x-forwarded-host"),
        ("x-original-host", "with the host in the header x-original-host"),
    ] {
        let host = request.headers.get(header);
        variants.extend(host.map(|host| (description, format!("{scheme}://{host}{path}{query}"))));
    }
    variants
}
