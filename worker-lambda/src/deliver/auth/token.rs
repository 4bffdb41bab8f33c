//! The token request of OAuth 2 client credentials (RFC 6749, section 4.4), and its answer.

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::Deserialize;
use serde_json::Value;
use shared::config::{ClientAuthentication, OAuth2};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::credential::{Credential, Unusable, basic_of, bearer};

/// How long a token is used if the answer does not say how long it is valid.
const DEFAULT_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// The longest time for which a token is used.
const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// How long before its end a token is not used any more, so that it does not end while a delivery is under way. A fifth of
/// its lifetime, if that is shorter.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// The client's credentials, as the secret has them.
#[derive(Deserialize)]
pub(super) struct Client {
    client_id: String,
    client_secret: String,
}

impl Client {
    /// Reads the text of a secret.
    pub(super) fn read(text: &str) -> Result<Self, Unusable> {
        let client = serde_json::from_str::<Self>(text).ok();
        let is_set = |it: &Self| !it.client_id.is_empty() && !it.client_secret.is_empty();
        client
            .filter(is_set)
            .ok_or("it must be a JSON object with the texts `client_id` and `client_secret`")
    }

    /// The request for a token.
    pub(super) fn request(&self, url: &Url, oauth2: &OAuth2) -> Result<Request, Unusable> {
        let mut request = Request::new(Method::POST, url.clone());
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        let asked_for = [("scope", &oauth2.scope), ("audience", &oauth2.audience)];
        for (name, value) in asked_for {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        let headers = request.headers_mut();
        match oauth2.client_authentication {
            ClientAuthentication::ClientSecretBasic => {
                let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let basic = basic_of(&encode(&self.client_id), &encode(&self.client_secret))?;
                headers.insert(basic.name, basic.value);
            }
            ClientAuthentication::ClientSecretPost => {
                form.append_pair("client_id", &self.client_id);
                form.append_pair("client_secret", &self.client_secret);
            }
        }
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(form.finish().into());
        Ok(request)
    }
}

/// A token.
#[derive(Clone)]
pub(super) struct Token {
    /// The header that has it.
    pub(super) credential: Credential,
    fresh_until: Timestamp,
}

/// The answer to a token request (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Value>,
}

impl Token {
    /// Reads the answer to a request that was sent at `now`. `None` if it is not a bearer token.
    pub(super) fn read(answer: &[u8], now: Timestamp) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(answer).ok()?;
        let is_bearer = |kind: &String| kind.eq_ignore_ascii_case("bearer");
        if !answer.token_type.as_ref().is_none_or(is_bearer) {
            return None;
        }
        let credential = bearer(&answer.access_token).ok()?;
        let lifetime = answer.expires_in.as_ref().and_then(lifetime).unwrap_or(DEFAULT_LIFETIME);
        let used_for = lifetime - MARGIN.min(lifetime / 5);
        Some(Self { credential, fresh_until: now.saturating_add(used_for).unwrap_or(now) })
    }

    /// Whether it may still be used.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fresh_until
    }
}

/// A number of seconds. Some authorization servers write it as a text.
fn lifetime(seconds: &Value) -> Option<SignedDuration> {
    let seconds = match seconds {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let seconds = seconds.filter(|seconds| !seconds.is_nan())?;
    let seconds = seconds.clamp(0.0, MAX_LIFETIME.as_secs_f64());
    SignedDuration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "my app";
    const SECRET: &str = "a:b%c&d+ü";

    fn request(settings: &str) -> Request {
        let oauth2 = format!(r#"{{"secret_arn":"a","token_url":"t"{settings}}}"#);
        let oauth2: OAuth2 = serde_json::from_str(&oauth2).unwrap();
        let client = Client { client_id: ID.into(), client_secret: SECRET.into() };
        client.request(&Url::parse("https://idp.example/token").unwrap(), &oauth2).unwrap()
    }

    fn body(request: &Request) -> &str {
        std::str::from_utf8(request.body().unwrap().as_bytes().unwrap()).unwrap()
    }

    /// RFC 6749, 2.3.1: id and secret are form-encoded before they become user and password.
    #[test]
    fn a_client_authenticates_by_http_basic_with_encoded_parts() {
        let request = request(r#","scope":"a b","audience":"https://api""#);
        let encoded = basic_of("my+app", "a%3Ab%25c%26d%2B%C3%BC").unwrap().value;
        assert_eq!(request.headers()["authorization"], encoded);
        let expected = "grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi";
        assert_eq!(body(&request), expected);
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    }

    #[test]
    fn a_client_authenticates_in_the_body_if_configured() {
        let request = request(r#","client_authentication":"client_secret_post""#);
        assert!(request.headers().get("authorization").is_none());
        let expected =
            "grant_type=client_credentials&client_id=my+app&client_secret=a%3Ab%25c%26d%2B%C3%BC";
        assert_eq!(body(&request), expected);
    }

    #[test]
    fn a_secret_without_id_or_secret_is_not_usable() {
        assert!(Client::read(r#"{"client_id":"a","client_secret":"b","more":1}"#).is_ok());
        for text in
            ["", "a:b", "{}", r#"{"client_id":"a"}"#, r#"{"client_id":"a","client_secret":""}"#]
        {
            assert!(Client::read(text).is_err(), "{text}");
        }
    }

    /// For how many seconds the token of an answer is fresh.
    fn fresh_for(more: &str) -> i64 {
        let answer = format!(r#"{{"access_token":"t"{more}}}"#);
        let token = Token::read(answer.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let end = token.fresh_until.as_second();
        assert!(!token.is_fresh(at(end)) && (end == 0 || token.is_fresh(at(end - 1))));
        end
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end() {
        assert_eq!(fresh_for(r#","expires_in":3600,"token_type":"Bearer""#), 3540);
        assert_eq!(fresh_for(r#","expires_in":"3600","token_type":"bearer""#), 3540);
        assert_eq!(fresh_for(r#","expires_in":100"#), 80, "a fifth is shorter than a minute");
        assert_eq!(fresh_for(""), 240, "five minutes if the answer does not say");
        assert_eq!(fresh_for(r#","expires_in":null"#), 240);
        assert_eq!(fresh_for(r#","expires_in":0"#), 0);
        assert_eq!(fresh_for(r#","expires_in":-5"#), 0);
        assert_eq!(fresh_for(r#","expires_in":1e300"#), 86_400 - 60);
    }

    #[test]
    fn an_answer_that_is_not_a_bearer_token_is_none() {
        for answer in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nx: 1"}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
        ] {
            assert!(Token::read(answer.as_bytes(), Timestamp::UNIX_EPOCH).is_none(), "{answer}");
        }
    }
}
