//! Signing secrets: how a stored value becomes keys. A key cannot be printed.

mod fingerprint;
mod public_key;

use std::fmt;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha1::{Digest, Sha1};

pub use self::fingerprint::{EmptyKey, FingerprintKey};

/// The most secrets that a source may have. Each is tried on a request until one matches.
pub const MAX_SECRETS: usize = 10;

/// The standard alphabet (RFC 4648, 4). Padding is optional, because providers differ.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
/// The URL-safe alphabet (RFC 4648, 5). Padding is optional.
pub(crate) const BASE64_URL: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// A key: its bytes cannot be printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The key's bytes: a MAC key, or a public key in the form that its
    /// [`Algorithm`](crate::webhook::scheme::algorithm::Algorithm) takes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How the text of a secret becomes a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRule {
    /// How the text encodes the key.
    #[serde(default)]
    pub encoding: SecretEncoding,
    /// A prefix that is removed if the text has it, such as `whsec_`.
    #[serde(default)]
    pub strip_prefix: Option<String>,
    /// The encoding of a text without that prefix. The same as with it if this is not set.
    #[serde(default)]
    pub unprefixed: Option<SecretEncoding>,
    /// A hash whose value is the key, instead of what is hashed.
    #[serde(default)]
    pub digest: Option<KeyDigest>,
}

/// A hash by which a secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyDigest {
    /// The 20 bytes of SHA-1.
    Sha1,
}

/// How the text of a secret encodes the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretEncoding {
    /// The key is the text itself, in UTF-8.
    #[default]
    Utf8,
    /// The key is base64-encoded.
    Base64,
    /// The key is hex-encoded.
    Hex,
    /// The key is the public key of an X.509 certificate in PEM, or a public key in PEM.
    Pem,
    /// The key is a public key as a JWK (RFC 7517): on the curve P-256, or RSA.
    Jwk,
    /// A text of this form is not accepted as a key.
    Refused,
}

/// Why a stored secret cannot be used. The messages do not quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSecret {
    /// The secret is empty. With an empty key, anyone could sign.
    #[error("the secret is empty")]
    Empty,
    /// The text does not have the encoding that its [`SecretRule`] names.
    #[error("the secret is not {0:?}-encoded")]
    Encoding(SecretEncoding),
    /// The value holds more than [`MAX_SECRETS`] secrets.
    #[error("more than {MAX_SECRETS} secrets")]
    TooMany,
}

/// Splits a stored value into the texts of its secrets. White space around a secret is removed, since copying
/// and editors add it.
///
/// A JSON list of secrets holds several active ones, the newest first. Each is a text that is not empty, or an
/// object: a JWK, or Plaid's credentials. Any other value is one secret, because a provider may generate a
/// secret that begins with `[`. [`resembles_list`] tells an operator's mistake from such a secret.
pub fn texts(stored: &str) -> Result<Vec<String>, UnusableSecret> {
    let stored = stored.trim();
    match list(stored) {
        _ if stored.is_empty() => Err(UnusableSecret::Empty),
        None => Ok(vec![stored.to_owned()]),
        Some(texts) if texts.is_empty() => Err(UnusableSecret::Empty),
        Some(texts) if texts.len() > MAX_SECRETS => Err(UnusableSecret::TooMany),
        Some(texts) => Ok(texts),
    }
}

/// Whether a value that is one secret looks like a list of secrets with a mistake in it: it begins like a list
/// of texts or objects, or it is JSON. If no request can be verified with it, it was probably meant as a list.
pub fn resembles_list(stored: &str) -> bool {
    let stored = stored.trim();
    let Some(first) = stored.strip_prefix('[') else { return false };
    let begins_like_one = first.trim_start().starts_with(['"', '{', '\'']);
    let is_json = || serde_json::from_str::<IgnoredAny>(stored).is_ok();
    list(stored).is_none() && (begins_like_one || is_json())
}

/// The texts of a list of secrets. `None` if the value is not such a list.
fn list(stored: &str) -> Option<Vec<String>> {
    let values: Vec<Value> = serde_json::from_str(stored).ok()?;
    values.into_iter().map(secret_text).collect()
}

/// The text of one item of a list of secrets. `None` if it is not a secret.
fn secret_text(value: Value) -> Option<String> {
    match &value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Object(members) => {
            let is_secret = OBJECT_MEMBERS.iter().any(|member| members.contains_key(*member));
            is_secret.then(|| value.to_string())
        }
        _ => None,
    }
}

/// Members by which an object is a secret: `kty` of a JWK (RFC 7517, 4.1), `client_id` of Plaid's credentials.
const OBJECT_MEMBERS: [&str; 2] = ["kty", "client_id"];

impl SecretRule {
    /// Decodes a secret's text into a key.
    pub fn key(&self, text: &str) -> Result<Secret, UnusableSecret> {
        let stripped = self.strip_prefix.as_deref().map(|prefix| text.strip_prefix(prefix));
        let (text, encoding) = match stripped {
            Some(None) => (text, self.unprefixed.unwrap_or(self.encoding)),
            Some(Some(rest)) => (rest, self.encoding),
            None => (text, self.encoding),
        };
        let bytes = match encoding {
            SecretEncoding::Utf8 => Some(text.as_bytes().to_vec()),
            SecretEncoding::Base64 => BASE64.decode(text).ok(),
            SecretEncoding::Hex => hex::decode(text).ok(),
            SecretEncoding::Pem => public_key::from_pem(text),
            SecretEncoding::Jwk => public_key::from_jwk(text),
            SecretEncoding::Refused => None,
        };
        match bytes {
            None => Err(UnusableSecret::Encoding(encoding)),
            Some(bytes) if bytes.is_empty() => Err(UnusableSecret::Empty),
            Some(bytes) => Ok(Secret(match self.digest {
                Some(KeyDigest::Sha1) => Sha1::digest(bytes).to_vec(),
                None => bytes,
            })),
        }
    }

    /// Decodes all texts that can be decoded, and returns the keys with their positions in `texts`. An
    /// unusable text is skipped: it may be a mistake that a newer secret has corrected.
    pub fn keys(&self, texts: &[String]) -> Vec<(usize, Secret)> {
        let key = |(position, text): (usize, &String)| Some((position, self.key(text).ok()?));
        texts.iter().enumerate().filter_map(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHSEC: &str = "whsec_";

    fn whsec() -> SecretRule {
        SecretRule {
            encoding: SecretEncoding::Base64,
            strip_prefix: Some(WHSEC.into()),
            ..SecretRule::default()
        }
    }

    #[test]
    fn a_prefix_is_stripped_if_the_text_has_it() {
        assert_eq!(whsec().key("whsec_aGk=").unwrap().bytes(), b"hi");
        assert_eq!(whsec().key("aGk").unwrap().bytes(), b"hi");
    }

    #[test]
    fn a_text_without_the_prefix_may_have_another_encoding() {
        let raw = SecretRule { unprefixed: Some(SecretEncoding::Utf8), ..whsec() };
        assert_eq!(raw.key("aGk=").unwrap().bytes(), b"aGk=");
        assert_eq!(raw.key("whsec_aGk=").unwrap().bytes(), b"hi");
        let refused = SecretRule { unprefixed: Some(SecretEncoding::Refused), ..whsec() };
        assert!(refused.key("aGk=").is_err());
    }

    #[test]
    fn a_key_may_be_the_hash_of_the_secret() {
        let hashed = SecretRule { digest: Some(KeyDigest::Sha1), ..SecretRule::default() };
        let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
        assert_eq!(hex::encode(hashed.key("abc").unwrap().bytes()), sha1);
        assert_eq!(hashed.key(""), Err(UnusableSecret::Empty), "not the hash of nothing");
    }

    #[test]
    fn an_empty_key_is_unusable() {
        assert_eq!(whsec().key(WHSEC), Err(UnusableSecret::Empty));
        assert_eq!(SecretRule::default().key(""), Err(UnusableSecret::Empty));
    }

    #[test]
    fn a_stored_value_is_a_string_or_a_list() {
        assert_eq!(texts(" one\r\n").unwrap(), ["one"]);
        assert_eq!(texts(r#"["one"," two\n"]"#).unwrap(), ["one", "two"]);
        assert_eq!(texts(r#"[{"kty":"EC"}]"#).unwrap(), [r#"{"kty":"EC"}"#]);
        assert_eq!(texts(""), Err(UnusableSecret::Empty));
        assert_eq!(texts("[]"), Err(UnusableSecret::Empty));
    }

    #[test]
    fn what_is_not_a_list_of_secrets_is_one_secret() {
        for one in
            ["[oops", "[x!9a]", "[1]", r#"["a",""]"#, r#"["a",1]"#, r#"["a""#, r#"[{"a":1}]"#]
        {
            assert_eq!(texts(one).unwrap(), [one]);
        }
    }

    #[test]
    fn a_list_with_a_mistake_is_told_from_a_secret_that_begins_like_one() {
        for mistake in ["[\"a\"", "['a']", "[1]", r#"["a",""]"#, r#"[ {"a":1} ]"#, "[\"a\" \"b\"]"]
        {
            assert!(resembles_list(mistake), "{mistake}");
        }
        for other in ["[x!9a]", "[oops", "a", "", r#"["a"]"#] {
            assert!(!resembles_list(other), "{other}");
        }
    }

    #[test]
    fn the_number_of_secrets_is_bounded() {
        let many = serde_json::json!(vec!["x"; MAX_SECRETS + 1]).to_string();
        assert_eq!(texts(&many), Err(UnusableSecret::TooMany));
    }

    #[test]
    fn an_unusable_secret_is_skipped() {
        let keys = whsec().keys(&["whsec_!".into(), "whsec_aGk=".into()]);
        assert_eq!(keys.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [1]);
        assert!(whsec().keys(&["whsec_!".into()]).is_empty());
    }

    #[test]
    fn neither_debug_nor_errors_show_a_secret() {
        let secret = SecretRule::default().key("hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let error = SecretRule { encoding: SecretEncoding::Hex, ..SecretRule::default() };
        assert!(!format!("{:?}", error.key("hunter2")).contains("hunter2"));
    }
}
