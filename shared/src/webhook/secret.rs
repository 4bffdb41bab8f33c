//! Secrets: how a configured value becomes keys, and never becomes text again.

mod public;

use std::fmt;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

/// At most this many secrets of a source are tried on a request.
pub const MAX_SECRETS: usize = 10;

/// Standard alphabet, padding optional: providers differ, and nothing hangs on it.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
/// The URL-safe alphabet, padding optional.
pub(crate) const BASE64_URL: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// A key's bytes. It cannot be printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The key for a MAC; a public key in the form that its algorithm takes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Eight hex digits by which an operator tells secrets apart: 32 bits of an HMAC with the secret,
    /// from which it cannot be had back, and by which a guess can hardly be confirmed.
    pub fn fingerprint(&self) -> String {
        // HMAC takes keys of any length (RFC 2104), so this cannot fail.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(b"catchment secret fingerprint");
        hex::encode(&mac.finalize().into_bytes()[..4])
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
    /// What the text is an encoding of.
    #[serde(default)]
    pub encoding: SecretEncoding,
    /// Taken off the front where it is there: `whsec_`.
    #[serde(default)]
    pub strip_prefix: Option<String>,
    /// What a text without that prefix is; the same as one with it where nothing is said.
    #[serde(default)]
    pub unprefixed: Option<SecretEncoding>,
}

/// What the text of a secret is an encoding of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretEncoding {
    /// The key is the text's own bytes.
    #[default]
    Utf8,
    /// The key is base64-encoded.
    Base64,
    /// The key is hex-encoded.
    Hex,
    /// The public key of an X.509 certificate, or a public key, in PEM.
    Pem,
    /// A public key on P-256 as a JWK (RFC 7517).
    Jwk,
    /// Such a text is no key.
    Refused,
}

/// Why a stored secret is of no use. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSecret {
    /// An empty key would let anyone sign.
    #[error("the secret is empty")]
    Empty,
    /// The text is not what its rule says.
    #[error("the secret is not {0:?}-encoded")]
    Encoding(SecretEncoding),
    /// A value that starts with `[` and is not a JSON list of texts, or of objects.
    #[error("the secret starts like a JSON list but is not a list of texts")]
    List,
    /// More than [`MAX_SECRETS`].
    #[error("more than {MAX_SECRETS} secrets")]
    TooMany,
}

/// Splits a stored value into its texts: a plain string, or a JSON list of several active secrets.
/// White space around a secret, which copying and editors leave behind, is not part of it.
pub fn texts(stored: &str) -> Result<Vec<String>, UnusableSecret> {
    let stored = stored.trim();
    let texts: Vec<_> = if stored.starts_with('[') {
        let list: Vec<Value> = serde_json::from_str(stored).map_err(|_| UnusableSecret::List)?;
        list.into_iter().map(item).collect::<Result<_, _>>()?
    } else {
        vec![stored.to_owned()]
    };
    match texts.len() {
        0 => Err(UnusableSecret::Empty),
        1..=MAX_SECRETS => Ok(texts),
        _ => Err(UnusableSecret::TooMany),
    }
}

/// A text, or JSON that is one secret by itself: credentials, or a JWK.
fn item(value: Value) -> Result<String, UnusableSecret> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Object(_) => Ok(value.to_string()),
        _ => Err(UnusableSecret::List),
    }
}

impl SecretRule {
    /// The key that a secret's text stands for.
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
            SecretEncoding::Pem => public::from_pem(text),
            SecretEncoding::Jwk => public::from_jwk(text),
            SecretEncoding::Refused => None,
        };
        match bytes {
            None => Err(UnusableSecret::Encoding(encoding)),
            Some(bytes) if bytes.is_empty() => Err(UnusableSecret::Empty),
            Some(bytes) => Ok(Secret(bytes)),
        }
    }

    /// The keys of all usable texts, with their positions. One that is unusable, such as the mistake
    /// that the current one has just put right, does not stand in the way of the others.
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
            unprefixed: None,
        }
    }

    #[test]
    fn a_prefix_is_stripped_where_it_is_there() {
        assert_eq!(whsec().key("whsec_aGk=").unwrap().bytes(), b"hi");
        assert_eq!(whsec().key("aGk").unwrap().bytes(), b"hi");
    }

    #[test]
    fn a_text_without_the_prefix_may_be_something_else() {
        let raw = SecretRule { unprefixed: Some(SecretEncoding::Utf8), ..whsec() };
        assert_eq!(raw.key("aGk=").unwrap().bytes(), b"aGk=");
        assert_eq!(raw.key("whsec_aGk=").unwrap().bytes(), b"hi");
        let refused = SecretRule { unprefixed: Some(SecretEncoding::Refused), ..whsec() };
        assert!(refused.key("aGk=").is_err());
    }

    #[test]
    fn a_fingerprint_tells_secrets_apart() {
        let of = |text| SecretRule::default().key(text).unwrap().fingerprint();
        assert_eq!(of("a").len(), 8);
        assert_ne!(of("a"), of("b"));
    }

    #[test]
    fn an_empty_key_is_refused_before_it_can_verify_anything() {
        assert_eq!(whsec().key(WHSEC), Err(UnusableSecret::Empty));
        assert_eq!(SecretRule::default().key(""), Err(UnusableSecret::Empty));
    }

    #[test]
    fn a_stored_value_is_a_string_or_a_list() {
        assert_eq!(texts(" one\r\n").unwrap(), ["one"]);
        assert_eq!(texts(r#"["one"," two\n"]"#).unwrap(), ["one", "two"]);
        assert_eq!(texts(r#"[{"kty":"EC"}]"#).unwrap(), [r#"{"kty":"EC"}"#]);
        assert_eq!(texts("[oops"), Err(UnusableSecret::List));
        assert_eq!(texts("[1]"), Err(UnusableSecret::List));
        assert_eq!(texts("[]"), Err(UnusableSecret::Empty));
    }

    #[test]
    fn the_number_of_secrets_is_bounded() {
        let many = serde_json::json!(vec!["x"; MAX_SECRETS + 1]).to_string();
        assert_eq!(texts(&many), Err(UnusableSecret::TooMany));
    }

    #[test]
    fn an_unusable_secret_does_not_stand_in_the_way_of_another() {
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
