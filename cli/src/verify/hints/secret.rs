//! The secret, read in other ways.

use serde_json::Value;
use shared::webhook::scheme::Scheme;
use shared::webhook::secret::{SecretEncoding, SecretRule};

use super::{Case, made};

/// What is often before a secret and may or may not be part of it.
const PREFIXES: [&str; 5] = ["whsec_", "whpk_", "Bearer ", "Basic ", "sha256="];

/// A way to read a secret: in words, its text, and how that becomes a key.
type Reading = (String, String, SecretRule);

/// The first reading of each secret by which the signature is good.
pub(super) fn hints(case: &Case<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    for (position, text) in case.texts().iter().enumerate() {
        let which = match case.texts().len() {
            1 => "the secret".to_owned(),
            _ => format!("secret {position}"),
        };
        let found = case.ways.iter().find_map(|way| reading(case, &way.scheme, text));
        hints.extend(found.map(|found| format!("{which} {found} makes this signature")));
    }
    hints
}

fn reading(case: &Case<'_>, scheme: &Scheme, text: &str) -> Option<String> {
    let stored = &case.source.secrets.stored;
    let mut readings = writings(&scheme.secret, stored, text);
    readings.extend(encodings(text));
    let good = |(_, text, rule): &Reading| {
        let scheme = Scheme { secret: rule.clone(), ..scheme.clone() };
        made(&scheme, case.request, std::slice::from_ref(text))
    };
    readings.into_iter().find(good).map(|(words, ..)| words)
}

/// The text written otherwise, read as the scheme reads it.
fn writings(own: &SecretRule, stored: &str, text: &str) -> Vec<Reading> {
    let mut texts = vec![
        ("with a newline at its end".to_owned(), format!("{text}\n")),
        ("with a carriage return and newline at its end".to_owned(), format!("{text}\r\n")),
        ("with the white space around it that the file has".to_owned(), stored.to_owned()),
        ("in double quotes".to_owned(), format!("\"{text}\"")),
    ];
    let quoted = ['"', '\'', '`'].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q));
    texts.extend(quoted.map(|bare| ("without the quotes around it".to_owned(), bare.to_owned())));
    let marked = text.strip_prefix('\u{feff}');
    texts.extend(
        marked.map(|bare| ("without the byte order mark before it".to_owned(), bare.to_owned())),
    );
    let padded = text.trim_end_matches('=');
    if padded != text {
        texts.push(("without the `=` at its end".to_owned(), padded.to_owned()));
    }
    if let Ok(Value::Object(object)) = serde_json::from_str(text) {
        let values = object.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        texts.extend(values.map(|(name, value)| {
            (format!("is a JSON object, and its value of {name:?} by itself"), value.to_owned())
        }));
    }
    for prefix in PREFIXES {
        let bare = text.strip_prefix(prefix);
        texts.extend(bare.map(|bare| (format!("without its `{prefix}`"), bare.to_owned())));
        if bare.is_none() {
            texts.push((format!("with `{prefix}` before it"), format!("{prefix}{text}")));
        }
    }
    texts.into_iter().map(|(words, text)| (words, text, own.clone())).collect()
}

/// The text as it is, decoded otherwise.
fn encodings(text: &str) -> Vec<Reading> {
    let encodings = [
        (SecretEncoding::Utf8, "used as text, undecoded,"),
        (SecretEncoding::Base64, "decoded as base64"),
        (SecretEncoding::Hex, "decoded as hex"),
        (SecretEncoding::Pem, "read as PEM"),
        (SecretEncoding::Jwk, "read as a JWK"),
    ];
    let mut readings = Vec::new();
    for (encoding, words) in encodings {
        let rule = |strip_prefix| SecretRule { encoding, strip_prefix, unprefixed: None };
        readings.push((words.to_owned(), text.to_owned(), rule(None)));
        for prefix in PREFIXES.into_iter().filter(|prefix| text.starts_with(prefix)) {
            let words = format!("without its `{prefix}`, {words}");
            readings.push((words, text.to_owned(), rule(Some(prefix.to_owned()))));
        }
        if encoding == SecretEncoding::Base64 && text.contains(['-', '_']) {
            let standard = text.replace('-', "+").replace('_', "/");
            readings.push(("decoded as base64url".to_owned(), standard, rule(None)));
        }
    }
    readings
}
