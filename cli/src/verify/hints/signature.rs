//! Other readings of the secret and of the signature, and other schemes, by which the request would have matched.

use serde_json::{Map, Value, json};
use shared::provider;
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::algorithm::{Algorithm, Encoding};
use shared::webhook::secret::{SecretEncoding, SecretRule};

use super::{Case, matches};
use crate::describe;
use crate::scheme_file::ParsedScheme;

/// Prefixes that are common before signatures.
const SIGNATURE_PREFIXES: [&str; 9] =
    ["sha256=", "sha1=", "sha512=", "v0=", "v1=", "v1,", "hmac ", "Bearer ", "Basic "];
/// The longest header value that is searched for a signature, in bytes.
const MAX_HEADER_LENGTH: usize = 4096;
/// The most headers that are searched. Real requests have fewer.
const MAX_HEADERS: usize = 100;

/// Prefixes that are common before secrets, and that may or may not be part of them.
const SECRET_PREFIXES: [&str; 5] = ["whsec_", "whpk_", "Bearer ", "Basic ", "sha256="];

/// A reading of a secret: its description, its text, and how that becomes a key.
type Reading = (String, String, SecretRule);

/// A hint about the first reading of each secret by which the signature is good.
pub(super) fn secrets(case: &Case<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    for (position, text) in case.texts().iter().enumerate() {
        let which = match case.texts().len() {
            1 => "the secret".to_owned(),
            _ => format!("secret {position}"),
        };
        let found = case.schemes.iter().find_map(|parsed| reading(case, &parsed.scheme, text));
        hints.extend(found.map(|found| format!("{which} {found} makes this signature")));
    }
    hints
}

fn reading(case: &Case<'_>, scheme: &Scheme, text: &str) -> Option<String> {
    let stored = &case.source.secrets.stored;
    let mut readings = spellings(&scheme.secret, stored, text);
    readings.extend(decodings(&scheme.secret, text));
    let good = |(_, text, rule): &Reading| {
        let scheme = Scheme { secret: rule.clone(), ..scheme.clone() };
        matches(&scheme, case.request, std::slice::from_ref(text))
    };
    readings.into_iter().find(good).map(|(description, ..)| description)
}

/// Other texts, decoded as the scheme decodes them.
fn spellings(own: &SecretRule, stored: &str, text: &str) -> Vec<Reading> {
    let mut texts = vec![
        ("with a newline at its end".to_owned(), format!("{text}\n")),
        ("with a carriage return and newline at its end".to_owned(), format!("{text}\r\n")),
        ("with the white space around it in the file".to_owned(), stored.to_owned()),
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
            (format!("is a JSON object, and its value of {name:?} alone"), value.to_owned())
        }));
    }
    for prefix in SECRET_PREFIXES {
        let bare = text.strip_prefix(prefix);
        texts.extend(bare.map(|bare| (format!("without its `{prefix}`"), bare.to_owned())));
        if bare.is_none() {
            texts.push((format!("with `{prefix}` before it"), format!("{prefix}{text}")));
        }
    }
    texts.into_iter().map(|(description, text)| (description, text, own.clone())).collect()
}

/// The same text, decoded otherwise.
fn decodings(own: &SecretRule, text: &str) -> Vec<Reading> {
    let encodings = [
        (SecretEncoding::Utf8, "used as text, undecoded,"),
        (SecretEncoding::Base64, "decoded as base64"),
        (SecretEncoding::Hex, "decoded as hex"),
        (SecretEncoding::Pem, "read as PEM"),
        (SecretEncoding::Jwk, "read as a JWK"),
    ];
    let mut readings = Vec::new();
    for (encoding, description) in encodings {
        let rule = |strip_prefix| SecretRule {
            encoding,
            strip_prefix,
            unprefixed: None,
            digest: own.digest,
        };
        readings.push((description.to_owned(), text.to_owned(), rule(None)));
        for prefix in SECRET_PREFIXES.into_iter().filter(|prefix| text.starts_with(prefix)) {
            let description = format!("without its `{prefix}`, {description}");
            readings.push((description, text.to_owned(), rule(Some(prefix.to_owned()))));
        }
        if encoding == SecretEncoding::Base64 && text.contains(['-', '_']) {
            let standard = text.replace('-', "+").replace('_', "/");
            readings.push(("decoded as base64url".to_owned(), standard, rule(None)));
        }
    }
    readings
}

/// Hints about another encoding, prefix or algorithm at the same place.
pub(super) fn formats(case: &Case<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    for parsed in &case.schemes {
        let found = [encoding(case, parsed), prefix(case, parsed), algorithm(case, parsed)];
        hints.extend(found.into_iter().flatten());
    }
    describe::distinct(hints)
}

fn encoding(case: &Case<'_>, parsed: &ParsedScheme) -> Option<String> {
    let encodings =
        [Encoding::Hex, Encoding::Base64, Encoding::Base64url, Encoding::Base64hex, Encoding::Utf8];
    let mut others = encodings.into_iter().filter(|other| *other != parsed.scheme.encoding);
    let other = others
        .find(|other| case.matches_by(&Scheme { encoding: *other, ..parsed.scheme.clone() }))?;
    let (other, own) = (describe::encoding(other), describe::encoding(parsed.scheme.encoding));
    Some(format!("the signature is good, but written in {other} where the scheme has {own}"))
}

fn prefix(case: &Case<'_>, parsed: &ParsedScheme) -> Option<String> {
    let without = parsed.changed(|file| drop(file.remove("prefix")));
    if parsed.file.contains_key("prefix") && without.is_some_and(|scheme| case.matches_by(&scheme))
    {
        return Some("the signature is good, but has no prefix".to_owned());
    }
    let good = |prefix: &&str| {
        let scheme = parsed.changed(|file| drop(file.insert("prefix".to_owned(), json!([prefix]))));
        scheme.is_some_and(|scheme| case.matches_by(&scheme))
    };
    let prefix = SIGNATURE_PREFIXES.into_iter().find(good)?;
    Some(format!("the signature is good, but has the prefix `{prefix}`"))
}

fn algorithm(case: &Case<'_>, parsed: &ParsedScheme) -> Option<String> {
    let macs = [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512];
    if !macs.contains(&parsed.scheme.algorithm) {
        return None;
    }
    let other = macs
        .into_iter()
        .find(|other| case.matches_by(&Scheme { algorithm: *other, ..parsed.scheme.clone() }))?;
    let (other, own) = (describe::algorithm(other), describe::algorithm(parsed.scheme.algorithm));
    Some(format!("the signature is good, but made by {other} where the scheme has {own}"))
}

/// A hint about a good signature in another header.
pub(super) fn elsewhere(case: &Case<'_>) -> Option<String> {
    case.schemes.iter().find_map(|parsed| {
        let own = parsed.header()?;
        let stem = own.trim_end_matches('*');
        let names = case.request.headers.iter().filter(|(name, value)| {
            !name.starts_with(stem) && !value.is_empty() && value.len() <= MAX_HEADER_LENGTH
        });
        let name = names
            .map(|(name, _)| name)
            .take(MAX_HEADERS)
            .find(|name| in_header(case, parsed, &own, name))?;
        Some(format!("a good signature is in the header {name}, where the scheme has {own}"))
    })
}

fn in_header(case: &Case<'_>, parsed: &ParsedScheme, own: &str, name: &str) -> bool {
    let moved = |file: &mut Map<String, Value>| {
        file.insert("header".to_owned(), name.into());
        // Fields in the header of the signature move with it.
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
    [parsed.changed(moved), parsed.changed(bare)]
        .into_iter()
        .flatten()
        .any(|scheme| case.matches_by(&scheme))
}

/// The names of the request's headers that look like a signature's.
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

/// A hint about the other providers by whose schemes the request matches.
pub(super) fn other_providers(case: &Case<'_>) -> Option<String> {
    let names = provider::names().into_iter();
    let mut others = names
        .filter(|name| *name != case.source.rules.provider && is_signed_as(case, name))
        .peekable();
    others.peek()?;
    let names: Vec<_> = others.map(|name| format!("`{name}`")).collect();
    Some(format!("the request is signed with the secret as {} signs", names.join(" or ")))
}

fn is_signed_as(case: &Case<'_>, name: &str) -> bool {
    let file = provider::file(name).ok().and_then(|file| serde_json::from_str::<Value>(file).ok());
    let schemes = file.as_ref().and_then(|file| file["schemes"].as_array()).into_iter().flatten();
    let params = &case.source.rules.params;
    let mut schemes = schemes.filter_map(|file| ParsedScheme::parse(file, params, &[]).ok());
    schemes.any(|parsed| case.matches_by(&parsed.scheme))
}
