//! Twilio: HMAC-SHA-1 over the URL and the sorted parameters. Source: twilio-node, lib/webhooks/webhooks.js.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::webhook::body::Body;
use crate::webhook::request::Request;
use crate::webhook::scheme::Refusal;

/// A query parameter with the body's SHA-256. If the URL has it, the URL alone is signed, without parameters.
const BODY_HASH: &str = "bodySHA256";

/// The contents that may have been signed. Twilio signs the URL with or without the port, and the query in
/// either of two encodings.
pub(super) fn contents(request: &Request) -> Result<Vec<Vec<u8>>, Refusal> {
    let parameters = match request.query_value(BODY_HASH) {
        Some(hash) => {
            check_body_hash(request, &hash)?;
            String::new()
        }
        None => parameters(request).ok_or(Refusal::Mismatch)?,
    };
    let with_parameters = |url: String| (url + &parameters).into_bytes();
    Ok(urls(&request.url).into_iter().map(with_parameters).collect())
}

fn check_body_hash(request: &Request, hash: &str) -> Result<(), Refusal> {
    let expected = hex::decode(hash).unwrap_or_default();
    let is_equal: bool = Sha256::digest(&request.body)[..].ct_eq(&expected).into();
    if is_equal { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// Names and values of the form, sorted and without duplicates. `None` if the body is not a URL-encoded form:
/// the signature would not cover it.
fn parameters(request: &Request) -> Option<String> {
    let mut fields = match Body::of(request) {
        _ if request.body.is_empty() => Vec::new(),
        Body::Fields(fields) if !is_multipart(request) => fields,
        _ => return None,
    };
    fields.sort_unstable();
    fields.dedup();
    Some(fields.iter().flat_map(|(name, value)| [&name[..], &value[..]]).collect())
}

/// Whether the body is a multipart form, whose files the signature would not cover.
fn is_multipart(request: &Request) -> bool {
    request
        .headers
        .get("content-type")
        .is_some_and(|value| value.trim_start().starts_with(['m', 'M']))
}

/// The forms of a URL that Twilio may have signed, each once.
fn urls(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    // Parsing removes control characters and white space, so a URL with any of them has no other form.
    let plain = !url.contains(char::is_control) && url.trim() == url;
    if let Some(parsed) = plain.then(|| Url::parse(url).ok()).flatten() {
        let ports = [without_port(&parsed), with_port(&parsed)];
        let recoded = ports.each_ref().map(|url| with_query_recoded(url));
        for url in ports.into_iter().chain(recoded) {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
    }
    urls
}

fn without_port(url: &Url) -> String {
    let mut url = url.clone();
    // Fails for URLs without a host only, which have no port.
    let _ = url.set_port(None);
    url.into()
}

/// The URL with its scheme's default port, which `Url` leaves out.
fn with_port(url: &Url) -> String {
    match (url.port(), url.port_or_known_default()) {
        (None, Some(port)) => {
            let end = url::Position::AfterHost;
            format!("{}:{port}{}", &url[..end], &url[end..])
        }
        _ => url.as_str().to_owned(),
    }
}

/// The URL with its query decoded and encoded again like Node's `querystring` does.
fn with_query_recoded(url: &str) -> String {
    let Some((start, query)) = url.split_once('?') else { return url.to_owned() };
    let encode = super::contentful::encode_component;
    let mut url = String::with_capacity(url.len());
    url.extend([start, "?"]);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !url.ends_with('?') {
            url.push('&');
        }
        url.extend(encode(&name).chain(["="]).chain(encode(&value)));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_tried_with_and_without_its_port_and_with_its_query_recoded() {
        let expected = [
            "https://a.example/x?q=it's",
            "https://a.example/x?q=it%27s",
            "https://a.example:443/x?q=it%27s",
            "https://a.example:443/x?q=it's",
        ];
        let mut found = urls("https://a.example/x?q=it's");
        found.sort();
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(found, expected);
        assert!(urls("http://a.example:1234/x").contains(&"http://a.example/x".to_owned()));
    }

    #[test]
    fn a_text_that_is_not_a_url_has_no_other_form() {
        assert_eq!(urls("nonsense"), ["nonsense"]);
    }
}
