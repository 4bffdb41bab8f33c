//! How deliveries to an HTTP destination authenticate.

use std::fmt;

use serde::Deserialize;

/// How deliveries authenticate, with a credential from Secrets Manager.
#[derive(Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Bearer`. The secret is the token.
    Bearer {
        /// The ARN of the secret.
        secret_arn: String,
    },
    /// `Authorization: Basic`. The secret is `user:password`, or a JSON object with `username` and `password`.
    Basic {
        /// The ARN of the secret.
        secret_arn: String,
    },
    /// A header of its own. The secret is its value.
    Header {
        /// The ARN of the secret.
        secret_arn: String,
        /// The header's name.
        header: String,
    },
    /// A bearer token from an OAuth 2 token endpoint.
    OAuth2(OAuth2),
}

/// OAuth 2 with client credentials (RFC 6749, section 4.4).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// The ARN of the secret: a JSON object with `client_id` and `client_secret`.
    pub secret_arn: String,
    /// The token endpoint's URL: `https`, or `http` if the destination's `allow_private` is set.
    pub token_url: String,
    /// The scope to ask for, if any.
    pub scope: Option<String>,
    /// The audience to ask for, if any. It is not in RFC 6749, but several authorization servers require it.
    pub audience: Option<String>,
    /// How the client authenticates to the token endpoint.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
}

/// How a client authenticates to the token endpoint (RFC 6749, section 2.3.1), by the names of RFC 7591.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// By HTTP Basic authentication, which every authorization server supports.
    #[default]
    ClientSecretBasic,
    /// By parameters in the body.
    ClientSecretPost,
}

impl Auth {
    /// The ARN of the secret with the credential.
    pub fn secret_arn(&self) -> &str {
        match self {
            Self::Bearer { secret_arn }
            | Self::Basic { secret_arn }
            | Self::Header { secret_arn, .. } => secret_arn,
            Self::OAuth2(oauth2) => &oauth2.secret_arn,
        }
    }
}

/// Shows the kind only: a token endpoint's URL may contain credentials.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer { .. } => "Bearer",
            Self::Basic { .. } => "Basic",
            Self::Header { .. } => "Header",
            Self::OAuth2(_) => "OAuth2",
        })
    }
}

/// Hides the URL, which may contain credentials.
impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client_authentication, .. } = self;
        f.debug_struct("OAuth2")
            .field("client_authentication", client_authentication)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(auth: Value) -> Result<Auth, String> {
        serde_json::from_value(auth).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_has_its_own_attributes_and_no_others() {
        for auth in [
            json!({ "type": "bearer", "secret_arn": "a" }),
            json!({ "type": "basic", "secret_arn": "a" }),
            json!({ "type": "header", "secret_arn": "a", "header": "x-api-key" }),
            json!({ "type": "oauth2", "secret_arn": "a", "token_url": "https://t.example" }),
        ] {
            assert_eq!(parse(auth.clone()).unwrap().secret_arn(), "a", "{auth}");
            let mut more = auth;
            more["oops"] = json!("1");
            assert!(parse(more.clone()).is_err(), "{more}");
        }
        for auth in [
            json!({ "type": "digest", "secret_arn": "a" }),
            json!({ "type": "bearer", "secret_arn": "a", "header": "x" }),
            json!({ "type": "header", "secret_arn": "a" }),
            json!({ "type": "oauth2", "secret_arn": "a" }),
            json!({ "type": "bearer" }),
        ] {
            assert!(parse(auth.clone()).is_err(), "{auth}");
        }
    }

    #[test]
    fn a_client_authenticates_by_http_basic_unless_configured_otherwise() {
        let oauth2 = |authentication: Value| {
            let mut auth =
                json!({ "type": "oauth2", "secret_arn": "a", "token_url": "https://t.example" });
            if !authentication.is_null() {
                auth["client_authentication"] = authentication;
            }
            match parse(auth).unwrap() {
                Auth::OAuth2(oauth2) => oauth2.client_authentication,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(oauth2(Value::Null), ClientAuthentication::ClientSecretBasic);
        assert_eq!(oauth2(json!("client_secret_post")), ClientAuthentication::ClientSecretPost);
    }
}
