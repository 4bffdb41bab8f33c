//! Who publishes verification keys, for providers that sign with keys that must be fetched.

use serde::Deserialize;
use url::Url;

/// Who publishes verification keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// Amazon SNS, as certificates.
    Sns,
    /// PayPal, as certificates.
    Paypal,
    /// Plaid, as JWKs. The source's secret has the credentials for fetching them.
    Plaid,
    /// Anyone, as a JWK set at this URL (RFC 7517, 5).
    Jwks(JwksUrl),
}

impl KeySource {
    /// Whether a source needs a secret besides the published keys.
    pub fn needs_secret(&self) -> bool {
        match self {
            Self::Plaid => true,
            Self::Sns | Self::Paypal | Self::Jwks(_) => false,
        }
    }
}

/// The URL of a JWK set. No request can choose another one: it is in the provider's file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JwksUrl(Url);

/// The URL of a JWK set cannot be called.
#[derive(Debug, thiserror::Error)]
#[error("keys.jwks: must be an https URL of a host and a path alone")]
pub struct InvalidJwksUrl;

impl JwksUrl {
    /// The URL: https, with a host and a path, and without user, port, query and fragment.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for JwksUrl {
    type Error = InvalidJwksUrl;

    fn try_from(text: String) -> Result<Self, InvalidJwksUrl> {
        let url = Url::parse(&text).ok().filter(|url| url.as_str() == text);
        let is_plain = |url: &Url| {
            url.scheme() == "https"
                && url.host_str().is_some_and(|host| host.contains('.'))
                && (url.username(), url.password(), url.port()) == ("", None, None)
                && (url.query(), url.fragment()) == (None, None)
        };
        url.filter(is_plain).map(Self).ok_or(InvalidJwksUrl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(json: &str) -> Result<KeySource, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_are_those_of_a_known_provider_or_at_a_url() {
        assert_eq!(keys(r#""plaid""#), Ok(KeySource::Plaid));
        let google = keys(r#"{"jwks":"https://keys.example.com/certs"}"#).unwrap();
        assert!(!google.needs_secret() && KeySource::Plaid.needs_secret());
        assert!(keys(r#""google""#).is_err());
    }

    #[test]
    fn the_url_of_a_jwk_set_is_plain_https() {
        for url in [
            "http://keys.example.com/certs",
            "https://localhost/certs",
            "https://u@keys.example.com/certs",
            "https://u:p@keys.example.com/certs",
            "https://keys.example.com:8443/certs",
            "https://keys.example.com/certs?a=b",
            "https://keys.example.com/certs#a",
            "https://KEYS.example.com/certs",
            "certs",
        ] {
            let error = keys(&format!(r#"{{"jwks":"{url}"}}"#)).unwrap_err();
            assert!(error.contains("keys.jwks"), "{url}: {error}");
        }
    }
}
