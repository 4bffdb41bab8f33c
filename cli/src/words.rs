//! Schemes in words.

use serde_json::{Map, Value};
use shared::webhook::scheme::algorithm::{Algorithm, Encoding};
use shared::webhook::scheme::timestamp::{Direction, TimestampRule, Unit};
use shared::webhook::scheme::{Canonical, Content};
use shared::webhook::secret::SecretEncoding;

use crate::way::Way;

/// An algorithm's name.
pub(crate) fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HmacSha1 => "HMAC-SHA-1",
        Algorithm::HmacSha256 => "HMAC-SHA-256",
        Algorithm::HmacSha512 => "HMAC-SHA-512",
        Algorithm::Token => "token",
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::EcdsaP256Sha256 => "ECDSA P-256",
        Algorithm::EcdsaP256Sha256Fixed => "ECDSA P-256 (JWT)",
        Algorithm::RsaSha256 => "RSA with SHA-256",
        Algorithm::RsaSha1 => "RSA with SHA-1",
    }
}

/// An encoding's name.
pub(crate) fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64url => "base64url",
        Encoding::Utf8 => "plain",
    }
}

/// What is signed: a template as it is written, a named function in words.
pub(crate) fn content(way: &Way) -> String {
    match &way.scheme.content {
        Content::Template(_) => {
            way.file.get("content").and_then(Value::as_str).unwrap_or("{body}").to_owned()
        }
        Content::Canonical(canonical) => match canonical {
            Canonical::Adyen => "eight values of each item",
            Canonical::Contentful => "method, path, the headers it lists and {body}",
            Canonical::Plaid => "a JWT that has the body's hash",
            Canonical::Sns => "the message's values by name",
            Canonical::Twilio => "{url} and the sorted form",
        }
        .to_owned(),
    }
}

/// A scheme in a few words.
pub(crate) fn scheme(way: &Way) -> String {
    let scheme = &way.scheme;
    match scheme.algorithm {
        Algorithm::Token if scheme.encoding == Encoding::Utf8 => "the secret itself".to_owned(),
        Algorithm::Token => format!("the secret itself, in {}", encoding(scheme.encoding)),
        made => {
            format!("{} in {} over {}", algorithm(made), encoding(scheme.encoding), content(way))
        }
    }
}

/// A scheme in as few words as will do.
pub(crate) fn briefly(way: &Way) -> String {
    let scheme = &way.scheme;
    let url = if scheme.signs_url() { ", with the URL" } else { "" };
    match scheme.algorithm {
        Algorithm::Token => "token".to_owned(),
        made => format!("{} {}{url}", algorithm(made), encoding(scheme.encoding)),
    }
}

/// How a list of values is written at a place: what parts it, and what stands before each.
pub(crate) fn writing(field: &Map<String, Value>) -> String {
    let mut words = String::new();
    if let Some(prefixes) = field.get("prefix").and_then(Value::as_array) {
        let shown: Vec<_> = prefixes.iter().filter_map(Value::as_str).map(prefix).collect();
        words += &format!(", behind {}", shown.join(" or "));
    }
    if let Some(at) = field.get("entry").and_then(Value::as_u64) {
        words += &format!(", entry {}", at + 1);
    }
    if let Some(separator) = field.get("separator").and_then(Value::as_str) {
        words += &format!(", entries parted by `{separator}`");
    }
    words
}

fn prefix(prefix: &str) -> String {
    if prefix.is_empty() { "nothing".to_owned() } else { format!("`{prefix}`") }
}

/// How a secret's text becomes a key.
pub(crate) fn secret(way: &Way) -> String {
    let rule = &way.scheme.secret;
    let key = match rule.encoding {
        SecretEncoding::Utf8 => "used as text",
        SecretEncoding::Base64 => "decoded as base64",
        SecretEncoding::Hex => "decoded as hex",
        SecretEncoding::Pem => "a certificate or public key in PEM",
        SecretEncoding::Jwk => "a public key as a JWK",
        SecretEncoding::Refused => "refused",
    };
    let Some(prefix) = &rule.strip_prefix else { return key.to_owned() };
    let without = match rule.unprefixed {
        Some(SecretEncoding::Refused) => "; a text without that prefix is none of its keys",
        Some(SecretEncoding::Utf8) => "; without that prefix, used as text",
        _ => "",
    };
    format!("{key} behind `{prefix}`{without}")
}

/// How far a timestamp may be off.
pub(crate) fn tolerance(rule: Option<&TimestampRule>) -> String {
    match rule {
        None => "no timestamp".to_owned(),
        Some(rule) => match rule.tolerance.filter(|_| rule.is_checked()) {
            None => "recorded, not checked".to_owned(),
            Some(seconds) => match rule.direction {
                Direction::Both => format!("{seconds} s"),
                Direction::Past => format!("{seconds} s, past only"),
            },
        },
    }
}

/// How a timestamp is written.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "Unix seconds",
        Unit::Milliseconds => "Unix milliseconds",
        Unit::Rfc3339 => "RFC 3339",
    }
}

/// A time span, whichever its direction, with its order of magnitude.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        0..600 => return format!("{seconds} s"),
        600..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{seconds} s ({count} {unit})")
}

/// The parts of a request besides headers and the like that a signature is over.
pub(crate) fn parts(way: &Way) -> Vec<String> {
    let content = match &way.scheme.content {
        Content::Template(_) if way.scheme.algorithm == Algorithm::Token => String::new(),
        Content::Template(_) => content(way),
        Content::Canonical(Canonical::Contentful) => "{method}{url}{body}".to_owned(),
        Content::Canonical(Canonical::Twilio) => "{url}{body}".to_owned(),
        Content::Canonical(_) => "{body}".to_owned(),
    };
    let parts = [("{method}", "method"), ("{url}", "public URL"), ("{body", "body")];
    let parts = parts.into_iter().filter(|(variable, _)| content.contains(variable));
    parts.map(|(_, part)| part.to_owned()).collect()
}

/// The words of a list that are not the same as the ones before them.
pub(crate) fn distinct(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}
