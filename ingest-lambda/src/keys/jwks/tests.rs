use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use shared::provider::{self, KeySource};

use super::*;
use crate::keys::Keys;
use crate::keys::tests::fake_hosts::{FakeHosts, Response};
use crate::keys::tests::{later, refused, unavailable};

const CERTS: &str = "https://www.googleapis.com/oauth2/v3/certs";

fn jwk(kid: &str) -> Value {
    json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": "AQAB", "e": "AQAB"})
}

fn set(keys: &[Value]) -> Response {
    Response::Body(json!({ "keys": keys }).to_string().into_bytes())
}

fn publishing(keys: &[Value]) -> Keys<FakeHosts> {
    Keys::new(FakeHosts::new([(CERTS, set(keys))]))
}

fn message(head: &Value) -> Request {
    let token = format!("Bearer {}.e30.AA", URL_SAFE_NO_PAD.encode(head.to_string()));
    Request { headers: [("Authorization", token)].into_iter().collect(), ..Request::default() }
}

async fn ask_with(
    keys: &Keys<FakeHosts>,
    source: &str,
    head: &Value,
    at: i64,
) -> Result<Vec<Value>, KeyError> {
    let provider = provider::find("google-pubsub").unwrap();
    let (from, none) = (provider.keys.unwrap(), BTreeMap::new());
    assert!(matches!(from, KeySource::Jwks(_)));
    let request = &message(head);
    let schemes = &provider.schemes;
    let of = KeyRequest { source, schemes, request, credentials: &[], params: &none };
    Ok(keys
        .find(&from, of, later(at))
        .await?
        .texts
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect())
}

async fn ask(keys: &Keys<FakeHosts>, kid: &str, at: i64) -> Result<Vec<Value>, KeyError> {
    ask_with(keys, "s", &json!({"alg": "RS256", "kid": kid}), at).await
}

#[tokio::test]
async fn the_set_is_fetched_once_an_hour_for_all_of_its_keys_and_all_sources() {
    let keys = publishing(&[jwk("a"), jwk("b")]);
    assert_eq!(ask(&keys, "a", 0).await, Ok(vec![jwk("a")]));
    assert_eq!(ask(&keys, "b", 3599).await, Ok(vec![jwk("b")]));
    let head = json!({"alg": "RS256", "kid": "a"});
    assert_eq!(ask_with(&keys, "other", &head, 3599).await, Ok(vec![jwk("a")]));
    assert_eq!(keys.calls(), [CERTS]);
    ask(&keys, "a", 3600).await.unwrap();
    assert_eq!(keys.calls().len(), 2);
}

#[tokio::test]
async fn a_key_that_was_published_since_is_found_by_fetching_the_set_once_more() {
    let keys = publishing(&[jwk("a")]);
    ask(&keys, "a", 0).await.unwrap();
    keys.hosts().set(CERTS, set(&[jwk("b")]));
    assert_eq!(ask(&keys, "b", 1).await, Ok(vec![jwk("b")]));
    assert_eq!(keys.calls().len(), 2);
    refused(ask(&keys, "a", 2).await);
    assert_eq!(keys.calls().len(), 3, "the key was withdrawn, or will be published again");
}

#[tokio::test]
async fn a_key_that_does_not_exist_causes_one_call_in_ten_seconds() {
    let keys = publishing(&[jwk("a")]);
    ask(&keys, "a", 0).await.unwrap();
    for at in [1, 2, 10] {
        refused(ask(&keys, "forged", at).await);
    }
    assert_eq!(keys.calls().len(), 2);
    refused(ask(&keys, "forged", 11).await);
    assert_eq!(keys.calls().len(), 3);
}

#[tokio::test]
async fn a_flood_of_forged_key_ids_causes_few_calls_and_keeps_no_genuine_key_away() {
    let keys = publishing(&[jwk("a")]);
    for number in 0..100 {
        ask(&keys, &format!("forged-{number}"), 0).await.unwrap_err();
    }
    assert!(keys.calls().len() <= 10, "{}", keys.calls().len());
    assert!(ask(&keys, "a", 0).await.is_ok(), "each of the calls brought it");
    let head = json!({"alg": "RS256", "kid": "new"});
    keys.hosts().set(CERTS, set(&[jwk("new")]));
    assert!(ask_with(&keys, "other", &head, 1).await.is_ok(), "another source has its own budget");
    assert!(ask(&keys, "new", 1).await.is_ok(), "and what it fetched is for all");
}

#[tokio::test]
async fn a_host_that_fails_is_not_called_again_for_ten_seconds_and_cached_keys_stay() {
    let keys = publishing(&[jwk("a")]);
    ask(&keys, "a", 0).await.unwrap();
    for failure in [
        Response::Status(500, ""),
        Response::Status(404, ""),
        Response::Body(b"<html>".to_vec()),
        Response::Body(br#"{"keys":[]}"#.to_vec()),
        Response::Body(br#"{"keys":"a"}"#.to_vec()),
        Response::Body(vec![0xff]),
    ] {
        let keys = Keys::new(FakeHosts::new([(CERTS, failure)]));
        for at in [0, 1, 9] {
            unavailable(ask(&keys, "a", at).await);
        }
        assert_eq!(keys.calls().len(), 1);
        keys.hosts().set(CERTS, set(&[jwk("a")]));
        assert!(ask(&keys, "a", 10).await.is_ok());
    }
    keys.hosts().set(CERTS, Response::Status(500, ""));
    for at in [1, 2] {
        unavailable(ask(&keys, "new", at).await);
        assert!(ask(&keys, "a", at).await.is_ok());
    }
    assert_eq!(keys.calls().len(), 2);
}

#[tokio::test]
async fn a_key_for_another_purpose_or_algorithm_is_not_used() {
    for (name, value) in [
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("alg", json!("HS256")),
        ("alg", json!(7)),
        ("kid", json!("b")),
        ("kid", json!(["a"])),
    ] {
        let mut other = jwk("a");
        other[name] = value;
        refused(ask(&publishing(&[other.clone()]), "a", 0).await);
        assert_eq!(ask(&publishing(&[other, jwk("a")]), "a", 0).await, Ok(vec![jwk("a")]));
    }
    let mut plain = jwk("a");
    for name in ["use", "alg"] {
        plain.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(ask(&publishing(&[plain.clone()]), "a", 0).await, Ok(vec![plain]));
}

#[tokio::test]
async fn a_jwt_without_a_key_id_or_of_another_algorithm_causes_no_call() {
    let keys = publishing(&[jwk("a")]);
    for head in [
        json!({"alg": "RS256"}),
        json!({"alg": "none", "kid": "a"}),
        json!({"alg": "HS256", "kid": "a"}),
        json!({"alg": "RS256", "kid": 7}),
        json!({"alg": "RS256", "kid": "a", "crit": ["b64"]}),
        json!({"alg": "RS256", "kid": "a", "jku": "x".repeat(1024)}),
    ] {
        refused(ask_with(&keys, "s", &head, 0).await);
    }
    let elsewhere = json!({"alg": "RS256", "kid": "a", "jku": "https://evil.example/", "x5u": "x"});
    assert!(ask_with(&keys, "s", &elsewhere, 0).await.is_ok(), "no URL in a JWT is read");
    assert_eq!(keys.calls(), [CERTS]);
}
