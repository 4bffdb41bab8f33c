//! Describes signature schemes for people.

use serde_json::{Map, Value};
use shared::webhook::scheme::algorithm::{Algorithm, Encoding};
use shared::webhook::scheme::timestamp::{Direction, TimestampRule, Unit};
use shared::webhook::scheme::{Canonical, Content, Scheme};
use shared::webhook::secret::{KeyDigest, SecretEncoding};

use crate::scheme_file::ParsedScheme;

/// The name of an algorithm, as specifications write it.
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

/// The name of an encoding, as it reads in a sentence.
pub(crate) fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64url => "base64url",
        Encoding::Base64hex => "base64 of hex",
        Encoding::Utf8 => "plain",
    }
}

/// The signed content: a template as the file has it, or what a named function covers.
pub(crate) fn content(parsed: &ParsedScheme) -> String {
    match &parsed.scheme.content {
        Content::Template(_) => {
            let content = parsed.file.get("content").and_then(Value::as_str);
            content.unwrap_or("{body}").replace('\n', "\\n")
        }
        Content::Canonical(canonical) => match canonical {
            Canonical::Adyen => "eight values of each item",
            Canonical::Contentful => "method, path, the headers it lists and {body}",
            Canonical::Sns => "the message's values by name",
            Canonical::Twilio => "{url} and the sorted form",
        }
        .to_owned(),
        Content::Jwt(jwt) if jwt.covers_body() => {
            "its claims, which have the body's hash".to_owned()
        }
        Content::Jwt(_) => "its claims, without the body".to_owned(),
    }
}

/// A scheme in one line: its algorithm, encoding and content.
pub(crate) fn scheme(parsed: &ParsedScheme) -> String {
    let scheme = &parsed.scheme;
    match scheme.algorithm {
        Algorithm::Token if scheme.encoding == Encoding::Utf8 => "the secret itself".to_owned(),
        Algorithm::Token => format!("the secret itself, in {}", encoding(scheme.encoding)),
        made if is_jwt(scheme) => format!("a JWT by {} over {}", jwt_name(made), content(parsed)),
        made => {
            format!("{} in {} over {}", algorithm(made), encoding(scheme.encoding), content(parsed))
        }
    }
}

/// A scheme in a table cell: its algorithm and encoding.
pub(crate) fn scheme_briefly(parsed: &ParsedScheme) -> String {
    let scheme = &parsed.scheme;
    let url = if scheme.signs_url() { ", with the URL" } else { "" };
    match scheme.algorithm {
        Algorithm::Token => "token".to_owned(),
        made if is_jwt(scheme) => format!("JWT {}", jwt_name(made)),
        made => format!("{} {}{url}", algorithm(made), encoding(scheme.encoding)),
    }
}

fn is_jwt(scheme: &Scheme) -> bool {
    matches!(scheme.content, Content::Jwt(_))
}

/// An algorithm's name in JWTs.
fn jwt_name(of: Algorithm) -> &'static str {
    of.jwt_name().unwrap_or_else(|| algorithm(of))
}

/// What a scheme demands of the claims of its JWTs, a text for each. Empty if its signature is no JWT.
pub(crate) fn claims(file: &Map<String, Value>) -> Vec<String> {
    let jwt = file.get("jwt");
    let claims = jwt.and_then(|jwt| jwt["claims"].as_object()).into_iter().flatten();
    let claim = |(name, claim): (&String, &Value)| match claim["param"].as_str() {
        Some(param) if claim["optional"] == true => {
            format!("{name} is the parameter {param}, if the source has it")
        }
        Some(param) => format!("{name} is the parameter {param}"),
        None => {
            let values = claim["is"].as_array().into_iter().flatten().map(Value::to_string);
            format!("{name} is {}", values.collect::<Vec<_>>().join(" or "))
        }
    };
    let hash = jwt.and_then(|jwt| jwt["body_hash"].as_str());
    let hash = hash.map(|name| format!("{name} is the body's SHA-256 in hex"));
    claims.map(claim).chain(hash).collect()
}

/// How a header or parameter with several values is read: prefix, position and separator. It is empty or begins with
/// a comma.
pub(crate) fn list_format(field: &Map<String, Value>) -> String {
    let mut text = String::new();
    if let Some(prefixes) = field.get("prefix").and_then(Value::as_array) {
        let shown: Vec<_> = prefixes.iter().filter_map(Value::as_str).map(prefix).collect();
        text += &format!(", after {}", shown.join(" or "));
    }
    if let Some(at) = field.get("entry").and_then(Value::as_u64) {
        text += &format!(", entry {}", at + 1);
    }
    if let Some(after) = field.get("after").and_then(Value::as_str) {
        text += &format!(", behind the first `{after}`");
    }
    if let Some(separator) = field.get("separator").and_then(Value::as_str) {
        text += &format!(", entries separated by `{separator}`");
    }
    text
}

fn prefix(prefix: &str) -> String {
    if prefix.is_empty() { "nothing".to_owned() } else { format!("`{prefix}`") }
}

/// How the text of a secret becomes a key.
pub(crate) fn secret(parsed: &ParsedScheme) -> String {
    let rule = &parsed.scheme.secret;
    let key = match rule.encoding {
        SecretEncoding::Utf8 => "used as text",
        SecretEncoding::Base64 => "decoded as base64",
        SecretEncoding::Hex => "decoded as hex",
        SecretEncoding::Pem => "a certificate or public key in PEM",
        SecretEncoding::Jwk => "a public key as a JWK",
        SecretEncoding::Refused => "not accepted",
    };
    let key = match rule.digest {
        Some(KeyDigest::Sha1) => format!("{key}; the key is its SHA-1"),
        None => key.to_owned(),
    };
    let Some(prefix) = &rule.strip_prefix else { return key };
    let without = match rule.unprefixed {
        Some(SecretEncoding::Refused) => "; a secret without that prefix is not accepted",
        Some(SecretEncoding::Utf8) => "; without that prefix, used as text",
        _ => "",
    };
    format!("{key} after `{prefix}`{without}")
}

/// The tolerance of a scheme's timestamp.
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

/// How long a request stays fresh by a scheme. A JWT has an end of its own.
pub(crate) fn freshness(parsed: &ParsedScheme) -> String {
    let rule = parsed.scheme.timestamp.as_ref();
    match &parsed.scheme.content {
        Content::Jwt(jwt) if !rule.is_some_and(TimestampRule::is_checked) => {
            let end = if jwt.covers_body() { ", if it does" } else { "" };
            format!("until the JWT expires{end}")
        }
        _ => tolerance(rule),
    }
}

/// The format of a timestamp.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "Unix seconds",
        Unit::Milliseconds => "Unix milliseconds",
        Unit::Rfc3339 => "RFC 3339",
    }
}

/// The length of a time span, without its sign. From 10 minutes on it is also rounded to a larger unit.
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

/// Which of method, public URL and body a signature covers.
pub(crate) fn parts(parsed: &ParsedScheme) -> Vec<String> {
    let content = match &parsed.scheme.content {
        Content::Template(_) if parsed.scheme.algorithm == Algorithm::Token => String::new(),
        Content::Template(_) => content(parsed),
        Content::Canonical(Canonical::Contentful) => "{method}{url}{body}".to_owned(),
        Content::Canonical(Canonical::Twilio) => "{url}{body}".to_owned(),
        Content::Canonical(_) => "{body}".to_owned(),
        Content::Jwt(jwt) if jwt.covers_body() => "{body}".to_owned(),
        Content::Jwt(_) => String::new(),
    };
    let parts = [
        ("{method}", "method"),
        ("{url}", "public URL"),
        ("{body", "body"),
        ("{sorted_form", "body"),
    ];
    let parts = parts.into_iter().filter(|(variable, _)| content.contains(variable));
    parts.map(|(_, part)| part.to_owned()).collect()
}

/// The texts without duplicates, in their order.
pub(crate) fn distinct(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
