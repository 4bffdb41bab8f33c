//! Credentials: how the text of a secret becomes a header.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::Deserialize;
use shared::ports::secrets::{SecretStore, Secrets};

/// A header that authenticates a delivery. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::deliver) struct Credential {
    /// The header's name.
    pub(in crate::deliver) name: HeaderName,
    /// Its value, which is marked as sensitive.
    pub(in crate::deliver) value: HeaderValue,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.name)
    }
}

/// How the text of a secret becomes a credential.
pub(super) enum CredentialRule {
    /// The text is a bearer token (RFC 6750).
    Bearer,
    /// The text is a user and a password (RFC 7617).
    Basic,
    /// The text is the value of this header.
    Header(HeaderName),
}

/// What a secret must be instead. It does not quote the secret.
pub(super) type Unusable = &'static str;

/// A user and a password as JSON.
#[derive(Deserialize)]
struct User {
    username: String,
    password: String,
}

impl CredentialRule {
    /// The credential of a secret's text.
    pub(super) fn credential(&self, text: &str) -> Result<Credential, Unusable> {
        match self {
            Self::Bearer => bearer(text),
            Self::Basic => basic(text),
            Self::Header(name) => Credential::new(name.clone(), text)
                .ok_or("it must be the value of a header, on one line"),
        }
    }
}

impl Credential {
    /// A header. `None` if the value is not valid in HTTP.
    fn new(name: HeaderName, value: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some(Self { name, value })
    }
}

/// `Authorization: Bearer` with a token.
pub(super) fn bearer(token: &str) -> Result<Credential, Unusable> {
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let credential =
        is_token.then(|| Credential::new(AUTHORIZATION, &format!("Bearer {token}"))).flatten();
    credential.ok_or("it must be a token without spaces, and without `Bearer` before it")
}

/// `Authorization: Basic` with a user and a password, each as it is to be sent.
pub(super) fn basic_of(user: &str, password: &str) -> Result<Credential, Unusable> {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    let credential = Credential::new(AUTHORIZATION, &format!("Basic {encoded}"));
    credential.ok_or("it is not valid in HTTP")
}

fn basic(text: &str) -> Result<Credential, Unusable> {
    const MUST: Unusable =
        "it must be `user:password`, or a JSON object with the texts `username` and `password`";
    let object = serde_json::from_str::<serde_json::Map<_, _>>(text);
    let (user, password) = match object {
        Ok(object) => {
            let user: User = serde_json::from_value(object.into()).map_err(|_| MUST)?;
            (user.username, user.password)
        }
        Err(_) => {
            let (user, password) = text.split_once(':').ok_or(MUST)?;
            (user.to_owned(), password.to_owned())
        }
    };
    let has_control = user.chars().chain(password.chars()).any(char::is_control);
    if has_control || user.contains(':') || (user.is_empty() && password.is_empty()) {
        return Err(MUST);
    }
    basic_of(&user, &password)
}

/// What `read` makes of the newest text of a secret. If it is not usable, the secret is fetched again at the next attempt.
pub(super) fn usable<T, K: SecretStore>(
    arn: &str,
    texts: &[String],
    secrets: &Secrets<K>,
    read: impl FnOnce(&str) -> Result<T, Unusable>,
) -> Result<T, String> {
    read(texts.first().map_or("", String::as_str)).map_err(|must| {
        secrets.forget(arn);
        format!("the secret {arn} cannot be used: {must}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(rule: &CredentialRule, text: &str) -> Option<String> {
        let credential = rule.credential(text).ok()?;
        assert!(!format!("{credential:?} {:?}", credential.value).contains(text));
        Some(format!("{}: {}", credential.name, credential.value.to_str().ok()?))
    }

    #[test]
    fn a_token_is_sent_as_a_bearer_token() {
        let of = |text| header(&CredentialRule::Bearer, text);
        assert_eq!(of("a.b-c_d~e+f/g==").unwrap(), "authorization: Bearer a.b-c_d~e+f/g==");
        for text in ["", "Bearer abc", "a b", "a\nb", "ü"] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }

    /// The first two are the examples of RFC 7617, sections 2 and 2.1.
    #[test]
    fn a_user_and_a_password_are_sent_by_http_basic() {
        let of = |text| header(&CredentialRule::Basic, text);
        let aladdin = Some("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned());
        assert_eq!(of("Aladdin:open sesame"), aladdin);
        assert_eq!(of("test:123£").unwrap(), "authorization: Basic dGVzdDoxMjPCow==");
        assert_eq!(of(r#"{"password":"open sesame","username":"Aladdin","host":"h"}"#), aladdin);
        let colons = STANDARD.encode("u:p:q");
        assert_eq!(of("u:p:q").unwrap(), format!("authorization: Basic {colons}"));
        assert!(of("sk_live:").is_some() && of(":token").is_some() && of("{u:p").is_some());
        for text in [
            "",
            ":",
            "nocolon",
            "u:p\u{7}",
            "u\n:p",
            r#"{"username":"u"}"#,
            r#"{"username":"u:v","password":"p"}"#,
            r#"{"username":"u","password":7}"#,
            r#"{"user":"u","password":"p"}"#,
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_header_of_its_own_has_the_secret_as_its_value() {
        let rule = CredentialRule::Header(HeaderName::from_static("x-api-key"));
        assert_eq!(header(&rule, "Token abc").unwrap(), "x-api-key: Token abc");
        assert_eq!(header(&rule, "a\r\nx-injected: 1"), None);
    }
}
