//! Twilio: HMAC-SHA-1 over the URL and the sorted parameters (twilio-node, lib/webhooks/webhooks.js).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::webhook::body::Body;
use crate::webhook::request::Request;
use crate::webhook::scheme::Refusal;

/// Where the URL has this parameter, it ties the body to the URL, and no parameter is signed.
const BODY_HASH: &str = "bodySHA256";

/// What may have been signed: Twilio signs some requests with the port in the URL and some without,
/// and encodes the query in one way or the other.
pub(super) fn contents(request: &Request) -> Result<Vec<Vec<u8>>, Refusal> {
    let parameters = match request.query_value(BODY_HASH) {
        Some(hash) => {
            body_has(request, &hash)?;
            String::new()
        }
        None => parameters(request).ok_or(Refusal::Mismatch)?,
    };
    let with_parameters = |url: String| (url + &parameters).into_bytes();
    Ok(urls(&request.url).into_iter().map(with_parameters).collect())
}

fn body_has(request: &Request, hash: &str) -> Result<(), Refusal> {
    let written = hex::decode(hash).unwrap_or_default();
    let same: bool = Sha256::digest(&request.body)[..].ct_eq(&written).into();
    if same { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// Each name with its values, all sorted, each value once. A body that is no form would not be signed
/// at all.
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

/// Whose files would not be signed.
fn is_multipart(request: &Request) -> bool {
    request.headers.get("content-type").is_some_and(|is| is.trim_start().starts_with(['m', 'M']))
}

fn urls(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    // Parsing drops these: a URL that has them is only ever itself.
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
    // Fails for URLs without a host only, which have no port either.
    let _ = url.set_port(None);
    url.into()
}

/// With the scheme's standard port, which a parsed URL never shows.
fn with_port(url: &Url) -> String {
    match (url.port(), url.port_or_known_default()) {
        (None, Some(port)) => {
            let end = url::Position::AfterHost;
            format!("{}:{port}{}", &url[..end], &url[end..])
        }
        _ => url.as_str().to_owned(),
    }
}

/// The query decoded and encoded again, as Node's `querystring` does.
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
    fn what_is_no_url_is_signed_as_it_is() {
        assert_eq!(urls("nonsense"), ["nonsense"]);
    }
}
