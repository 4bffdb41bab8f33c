use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::provider::{self, KeySource};
use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;

use super::*;
use crate::keys::tests::fake_hosts::{FakeHosts, Response};
use crate::keys::tests::{later, now, refused, unavailable};
use crate::keys::{KeyRequest, Keys};

const PRODUCTION: &str = "https://production.plaid.com/webhook_verification_key/get";
const SANDBOX: &str = "https://sandbox.plaid.com/webhook_verification_key/get";
const ID: &str = "bfbd5111-8e33-4643-8ced-b2e642a72f3c";
const CREDENTIALS: &str = r#"{"client_id":"our-client","secret":"our-secret"}"#;

fn schemes() -> Vec<Scheme> {
    provider::find("plaid").unwrap().schemes
}

fn webhook(head: &Value) -> Request {
    let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(head.to_string()));
    let headers = [("Plaid-Verification", token)].into_iter().collect();
    Request { headers, ..Request::default() }
}

fn jwk() -> Value {
    json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": ID, "x": "O5", "y": "Xl"})
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn answer(jwk: &Value) -> Response {
    Response::Body(json!({"key": jwk, "request_id": "1"}).to_string().into_bytes())
}

async fn find(
    keys: &Keys<FakeHosts>,
    request: &Request,
    credentials: &[String],
    params: &BTreeMap<String, String>,
    at: Timestamp,
) -> Result<FoundKeys, KeyError> {
    let schemes = &schemes();
    let of = KeyRequest { source: "s", schemes, request, credentials, params };
    keys.find(&KeySource::Plaid, of, at).await
}

async fn ask(
    keys: &Keys<FakeHosts>,
    texts: &[&str],
    environment: Option<&str>,
    at: i64,
) -> Result<Vec<String>, KeyError> {
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    let params = environment.map(|is| ("environment".to_owned(), is.to_owned()));
    let webhook = webhook(&json!({"alg": "ES256", "kid": ID, "typ": "JWT"}));
    let params = params.into_iter().collect();
    let found = find(keys, &webhook, &texts, &params, later(at)).await?;
    Ok(found.texts)
}

async fn answered(jwk: &Value) -> Result<Vec<String>, KeyError> {
    ask(&Keys::new(FakeHosts::new([(PRODUCTION, answer(jwk))])), &[CREDENTIALS], None, 0).await
}

#[tokio::test]
async fn plaid_is_asked_for_a_key_with_the_credentials_once_an_hour() {
    let keys = Keys::new(FakeHosts::new([(PRODUCTION, answer(&jwk()))]));
    for at in [0, 3599, 3600] {
        let key = ask(&keys, &[CREDENTIALS], None, at).await.unwrap();
        assert_eq!(key.iter().map(|key| serde_json::from_str(key).unwrap()).next(), Some(jwk()));
    }
    let asked = keys.calls();
    assert_eq!(asked.len(), 2);
    let body: Value = serde_json::from_str(asked[0].strip_prefix(PRODUCTION).unwrap()).unwrap();
    assert_eq!(body, json!({"client_id": "our-client", "secret": "our-secret", "key_id": ID}));
}

#[tokio::test]
async fn each_environment_has_its_own_host_and_an_unknown_one_is_a_configuration_error() {
    let keys = Keys::new(FakeHosts::new([(SANDBOX, answer(&jwk()))]));
    ask(&keys, &[CREDENTIALS], Some("sandbox"), 0).await.unwrap();
    unavailable(ask(&keys, &[CREDENTIALS], Some("production"), 0).await);
    let other = ask(&keys, &[CREDENTIALS], Some("evil.example/"), 0).await;
    assert!(matches!(other, Err(KeyError::Misconfigured(_))), "{other:?}");
    assert_eq!(keys.calls().len(), 2);
}

#[tokio::test]
async fn an_expired_key_is_refused_and_no_key_is_cached_after_its_expiry() {
    let expired = with(jwk(), "expired_at", json!(now().as_second()));
    assert_eq!(refused(answered(&expired).await), "the key has expired");
    let ending = with(jwk(), "expired_at", json!(later(60).as_second()));
    let keys = Keys::new(FakeHosts::new([(PRODUCTION, answer(&ending))]));
    ask(&keys, &[CREDENTIALS], None, 0).await.unwrap();
    assert_eq!(refused(ask(&keys, &[CREDENTIALS], None, 60).await), "the key has expired");
    assert!(answered(&with(jwk(), "expired_at", Value::Null)).await.is_ok());
    unavailable(answered(&with(jwk(), "expired_at", json!("tomorrow"))).await);
}

#[tokio::test]
async fn a_key_of_another_id_or_type_is_not_accepted() {
    for (name, value) in [("kty", "RSA"), ("crv", "P-384"), ("alg", "HS256"), ("kid", "another")] {
        unavailable(answered(&with(jwk(), name, json!(value))).await);
    }
}

#[tokio::test]
async fn plaids_error_code_says_whether_the_request_or_the_operator_is_at_fault() {
    let key = async |body: &'static str| {
        let keys = Keys::new(FakeHosts::new([(PRODUCTION, Response::Status(400, body))]));
        ask(&keys, &[CREDENTIALS], None, 0).await
    };
    refused(key(r#"{"error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID"}"#).await);
    let operator = key(r#"{"error_code": "INVALID_API_KEYS"}"#).await;
    assert!(matches!(operator, Err(KeyError::Misconfigured(_))), "{operator:?}");
    unavailable(key(r#"{"error_code": "SOMETHING_ELSE"}"#).await);
    unavailable(key("<html>").await);
}

#[tokio::test]
async fn after_a_rotation_each_pair_of_credentials_is_tried() {
    let rejected = Response::Status(400, r#"{"error_code": "INVALID_API_KEYS"}"#);
    let keys = Keys::new(FakeHosts::new([(PRODUCTION, rejected)]));
    let other = r#"{"client_id":"other","secret":"s"}"#;
    ask(&keys, &["not json", CREDENTIALS, other], None, 0).await.unwrap_err();
    assert_eq!(keys.calls().len(), 2);
}

#[tokio::test]
async fn a_jwk_in_the_sources_secret_is_used_as_it_is() {
    let keys = Keys::new(FakeHosts::new([(PRODUCTION, answer(&jwk()))]));
    let set = jwk().to_string();
    assert_eq!(ask(&keys, &[&set, CREDENTIALS], None, 0).await, Ok(vec![set]));
    let another = with(jwk(), "kid", json!("another")).to_string();
    assert_eq!(ask(&keys, &[&another], None, 0).await, Ok(vec![another.clone()]));
    assert_eq!(keys.calls().len(), 0);
    assert_eq!(ask(&keys, &[&another, CREDENTIALS], None, 0).await.unwrap().len(), 1);
    assert_eq!(keys.calls().len(), 1, "the JWK in the secret has another id, so Plaid is asked");
}

#[tokio::test]
async fn a_secret_without_credentials_is_a_configuration_error() {
    let keys = Keys::new(FakeHosts::default());
    for texts in [&[][..], &["secret"], &["{}"], &[r#"{"client_id":"a"}"#], &["[1]"]] {
        let unusable = ask(&keys, texts, None, 0).await;
        assert!(matches!(unusable, Err(KeyError::Misconfigured(_))), "{texts:?} {unusable:?}");
    }
}

#[tokio::test]
async fn an_invalid_jwt_causes_no_call() {
    let keys = Keys::new(FakeHosts::default());
    let long = "k".repeat(129);
    let mut forged: Vec<Request> = [
        json!({"alg": "none", "kid": ID}),
        json!({"alg": "HS256", "kid": ID}),
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "kid": ""}),
        json!({"alg": "ES256", "kid": long}),
        json!({"alg": "ES256", "kid": "../x"}),
        json!({"alg": "ES256", "kid": "a\u{0}"}),
        json!({"alg": "ES256", "kid": ID, "x": "y".repeat(1024)}),
    ]
    .iter()
    .map(webhook)
    .collect();
    for token in ["", ".", "e30", "!!.e30.AA", "e30.e30.AA"] {
        let headers = [("plaid-verification", token)].into_iter().collect();
        forged.push(Request { headers, ..Request::default() });
    }
    forged.push(Request::default());
    for webhook in forged {
        let (texts, params) = ([CREDENTIALS.to_owned()], BTreeMap::new());
        let found = find(&keys, &webhook, &texts, &params, now());
        refused(found.await);
    }
    assert_eq!(keys.calls().len(), 0);
}
