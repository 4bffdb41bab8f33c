//! Twilio: the URL and the sorted parameters. Source: npm twilio@6.3.1, lib/webhooks/webhooks.js.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::webhook::request::Request;
use crate::webhook::scheme::{Refusal, sorted_form};

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
    let mut fields = sorted_form::fields(request)?;
    fields.sort_unstable();
    fields.dedup();
    Some(sorted_form::join(&fields))
}

/// The forms of a URL that Twilio may have signed, each once.
fn urls(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    urls.extend(with_other_port(url));
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

/// A URL, otherwise as received, without its port, or with its scheme's default port if it has none.
fn with_other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(format!("{scheme}://{host}{rest}"))
        }
        _ => {
            let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
            Some(format!("{scheme}://{authority}:{port}{rest}"))
        }
    }
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

    #[test]
    fn a_url_as_received_is_tried_with_and_without_its_port() {
        let other = |url| with_other_port(url).unwrap();
        assert_eq!(other("https://a.example/é?q=\"x"), "https://a.example:443/é?q=\"x");
        assert_eq!(other("https://a.example:443/é"), "https://a.example/é");
        assert_eq!(other("http://u:p@[::1]"), "http://u:p@[::1]:80");
    }
}
