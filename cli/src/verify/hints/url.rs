//! The URL, written in other ways.

use shared::webhook::request::Request;

use super::Case;

/// The first other URL over which the signature is good.
pub(super) fn hints(case: &Case<'_>) -> Option<String> {
    let signs_url = case.ways.iter().any(|way| way.scheme.signs_url());
    if !signs_url || case.request.url.is_empty() {
        return None;
    }
    let variants = variants(&case.request.url, case.request);
    let (words, _) = variants
        .into_iter()
        .find(|(_, url)| case.matches(&Request { url: url.clone(), ..case.request.clone() }))?;
    Some(format!("the signature is over another URL: {words}. A source's `public_url` says which"))
}

fn variants(url: &str, request: &Request) -> Vec<(&'static str, String)> {
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
        ("none at all", String::new()),
    ];
    for (header, words) in [
        ("host", "with the host that the header host has"),
        ("x-forwarded-host", "with the host that the header x-forwarded-host has"),
        ("x-original-host", "with the host that the header x-original-host has"),
    ] {
        let host = request.headers.get(header);
        variants.extend(host.map(|host| (words, format!("{scheme}://{host}{path}{query}"))));
    }
    variants
}
