//! The signature, written or placed in another way, or made by another algorithm.

use serde_json::{Map, Value, json};
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::algorithm::{Algorithm, Encoding};

use super::Case;
use crate::way::Way;
use crate::words;

/// What is often before a signature.
const PREFIXES: [&str; 9] =
    ["sha256=", "sha1=", "sha512=", "v0=", "v1=", "v1,", "hmac ", "Bearer ", "Basic "];
/// A header with a longer value has no signature in it.
const LONGEST: usize = 4096;
/// A request with more headers than this comes from nobody.
const MOST_HEADERS: usize = 100;

/// Another encoding, prefix or algorithm at the same place.
pub(super) fn hints(case: &Case<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    for way in &case.ways {
        let found = [encoding(case, way), prefix(case, way), algorithm(case, way)];
        hints.extend(found.into_iter().flatten());
    }
    words::distinct(hints)
}

fn encoding(case: &Case<'_>, way: &Way) -> Option<String> {
    let encodings = [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Utf8];
    let mut others = encodings.into_iter().filter(|other| *other != way.scheme.encoding);
    let other =
        others.find(|other| case.matches_by(&Scheme { encoding: *other, ..way.scheme.clone() }))?;
    let (other, own) = (words::encoding(other), words::encoding(way.scheme.encoding));
    Some(format!("the signature is good, but written in {other} where the scheme has {own}"))
}

fn prefix(case: &Case<'_>, way: &Way) -> Option<String> {
    let without = way.changed(|file| drop(file.remove("prefix")));
    if way.file.contains_key("prefix") && without.is_some_and(|scheme| case.matches_by(&scheme)) {
        return Some("the signature is good, but stands there without its prefix".to_owned());
    }
    let good = |prefix: &&str| {
        let scheme = way.changed(|file| drop(file.insert("prefix".to_owned(), json!([prefix]))));
        scheme.is_some_and(|scheme| case.matches_by(&scheme))
    };
    let prefix = PREFIXES.into_iter().find(good)?;
    Some(format!("the signature is good, but stands there behind `{prefix}`"))
}

fn algorithm(case: &Case<'_>, way: &Way) -> Option<String> {
    let macs = [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512];
    if !macs.contains(&way.scheme.algorithm) {
        return None;
    }
    let other = macs
        .into_iter()
        .find(|other| case.matches_by(&Scheme { algorithm: *other, ..way.scheme.clone() }))?;
    let (other, own) = (words::algorithm(other), words::algorithm(way.scheme.algorithm));
    Some(format!("the signature is good, but made by {other} where the scheme has {own}"))
}

/// The signature in a header of another name.
pub(super) fn elsewhere(case: &Case<'_>) -> Option<String> {
    case.ways.iter().find_map(|way| {
        let own = way.header()?;
        let stem = own.trim_end_matches('*');
        let names = case.request.headers.iter().filter(|(name, value)| {
            !name.starts_with(stem) && !value.is_empty() && value.len() <= LONGEST
        });
        let name = names
            .map(|(name, _)| name)
            .take(MOST_HEADERS)
            .find(|name| in_header(case, way, &own, name))?;
        Some(format!("a good signature is in the header {name}, where the scheme has {own}"))
    })
}

fn in_header(case: &Case<'_>, way: &Way, own: &str, name: &str) -> bool {
    let moved = |file: &mut Map<String, Value>| {
        file.insert("header".to_owned(), name.into());
        // What stands beside the signature in the same header moves with it.
        let fields = file.get_mut("fields").and_then(Value::as_object_mut).into_iter().flatten();
        for (_, field) in fields {
            if field["header"].as_str().is_some_and(|header| header.eq_ignore_ascii_case(own)) {
                field["header"] = name.into();
            }
        }
    };
    let bare = |file: &mut Map<String, Value>| {
        moved(file);
        file.remove("prefix");
    };
    [way.changed(moved), way.changed(bare)]
        .into_iter()
        .flatten()
        .any(|scheme| case.matches_by(&scheme))
}

/// The names of the headers, query parameters and top-level form fields that look like a signature's.
pub(super) fn candidates(case: &Case<'_>) -> Option<String> {
    let like = ["sig", "hmac", "digest", "token", "secret", "authorization", "verif"];
    let looks = |name: &&str| like.iter().any(|part| name.to_ascii_lowercase().contains(part));
    let names: Vec<_> = case.request.headers.iter().map(|(name, _)| name).filter(looks).collect();
    let shown: Vec<_> = names.iter().map(|name| name.escape_debug().to_string()).collect();
    Some(match shown.is_empty() {
        true => "no header of the request looks like a signature's".to_owned(),
        false => {
            format!("headers of the request that look like a signature's: {}", shown.join(", "))
        }
    })
}
