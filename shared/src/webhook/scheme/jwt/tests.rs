use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::webhook::scheme::{check_before_keys, verify};

const NOW: i64 = 1_700_000_000;
const KEY: &str = "a secret of more than 32 characters";

fn scheme(jwt: Value) -> Scheme {
    let scheme = json!({"header": "authorization", "prefix": ["Bearer "], "jwt": jwt});
    let scheme: Scheme = serde_json::from_value(scheme).unwrap();
    let params = [("audience", "https://a.example/hook")];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    scheme.configured(&params.into_iter().collect(), &[])
}

/// Demands all that a scheme can demand.
fn strict() -> Scheme {
    scheme(json!({
        "claims": {
            "iss": {"is": ["issuer", "https://issuer"]},
            "aud": {"param": "audience"},
            "tenant": {"param": "tenant", "optional": true},
            "email_verified": {"is": [true]},
        },
        "body_hash": "hash", "fields": ["jti"],
    }))
}

fn claims() -> Value {
    json!({
        "iss": "issuer", "aud": "https://a.example/hook", "email_verified": true, "jti": "j1",
        "hash": hex::encode(Sha256::digest(b"{}")), "iat": NOW, "exp": NOW + 300,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn signed_text(header: &str, claims: &str) -> String {
    let content = format!("{}.{}", part(header), part(claims));
    let key = strict().secret.key(KEY).unwrap();
    let tag = strict().algorithm.tag(&key, &[Piece::Bytes(content.as_bytes().into())]).unwrap();
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn signed(claims: &Value) -> String {
    signed_text(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

fn request(jwt: &str) -> Request {
    let headers = [("Authorization", format!("Bearer {jwt}"))].into_iter().collect();
    Request { headers, body: b"{}".to_vec(), ..Request::default() }
}

fn verified_at(scheme: &Scheme, jwt: &str, at: i64) -> Result<Vec<(String, String)>, Refusal> {
    let now = Timestamp::from_second(at).unwrap();
    let schemes = [scheme.clone()];
    check_before_keys(&schemes, &request(jwt), now)?;
    match verify(&schemes, &[KEY.into()], request(jwt), now).unwrap() {
        Ok(verified) => Ok(verified.matched().fields.clone().into_iter().collect()),
        Err(refused) => Err(refused.refusal),
    }
}

fn refusal(jwt: &str) -> Refusal {
    verified_at(&strict(), jwt, NOW).unwrap_err()
}

fn is_malformed(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Malformed(_))
}

#[test]
fn a_jwt_that_covers_the_body_signs_its_time_and_the_claims_that_the_scheme_names() {
    let fields = verified_at(&strict(), &signed(&claims()), NOW).unwrap();
    let expected = [("iat", NOW.to_string()), ("jti", "j1".to_owned())];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value)));
    assert!(strict().covers_body() && !strict().signs_nothing());
    let other = signed(&with("iss", json!("https://issuer")));
    assert!(verified_at(&strict(), &other, NOW).is_ok(), "the other of the two values");
}

#[test]
fn a_jwt_without_the_bodys_hash_is_a_token_and_signs_no_fields() {
    let scheme = scheme(json!({"claims": {"iss": {"is": ["issuer"]}}}));
    assert!(!scheme.covers_body() && scheme.signs_nothing());
    assert_eq!(verified_at(&scheme, &signed(&claims()), NOW), Ok(Vec::new()));
}

#[test]
fn the_algorithm_is_that_of_the_scheme_whatever_the_jwt_says() {
    let text = claims().to_string();
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"["HS256"]"#,
        "",
    ] {
        assert!(is_malformed(&refusal(&signed_text(header, &text))), "{header}");
    }
    let none = format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&text));
    assert!(is_malformed(&refusal(&none)), "without a signature");
}

#[test]
fn a_claim_that_is_missing_or_of_another_kind_or_source_is_refused() {
    for name in ["iss", "aud", "email_verified", "hash"] {
        let missing = refusal(&signed(&without(name)));
        let place = format!("claim {name} of header authorization");
        assert_eq!(missing, Refusal::Malformed(place), "{name}");
    }
    for (name, value) in [
        ("aud", json!(["https://a.example/hook"])),
        ("aud", json!(["https://a.example/hook", "https://b.example"])),
        ("aud", json!([])),
        ("aud", json!({"a": "https://a.example/hook"})),
        ("aud", Value::Null),
        ("iss", json!(7)),
        ("email_verified", json!(1)),
        ("hash", json!(7)),
    ] {
        let refusal = refusal(&signed(&with(name, value.clone())));
        assert!(is_malformed(&refusal), "{name} {value}: {refusal:?}");
    }
    for (name, value) in [
        ("aud", json!("https://a.example/hook/")),
        ("aud", json!("https://b.example")),
        ("aud", json!("")),
        ("iss", json!("issuer ")),
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
    ] {
        let refusal = refusal(&signed(&with(name, value.clone())));
        assert!(matches!(refusal, Refusal::Forbidden(_)), "{name} {value}: {refusal:?}");
    }
}

#[test]
fn an_optional_param_demands_its_claim_only_from_a_source_that_has_it() {
    let mut scheme = strict();
    assert!(verified_at(&scheme, &signed(&claims()), NOW).is_ok());
    scheme.params.insert("tenant".into(), "t1".into());
    let missing = verified_at(&scheme, &signed(&claims()), NOW);
    assert!(matches!(missing, Err(Refusal::Malformed(_))), "{missing:?}");
    let other = verified_at(&scheme, &signed(&with("tenant", json!("t2"))), NOW);
    assert!(matches!(other, Err(Refusal::Forbidden(_))), "{other:?}");
    assert!(verified_at(&scheme, &signed(&with("tenant", json!("t1"))), NOW).is_ok());
    scheme.params.remove("audience");
    let unset = verified_at(&scheme, &signed(&claims()), NOW);
    assert_eq!(unset, Err(Refusal::Missing("parameter audience".into())));
}

#[test]
fn a_jwt_with_the_hash_of_another_body_is_a_mismatch() {
    let other = hex::encode(Sha256::digest(b"{} "));
    assert_eq!(refusal(&signed(&with("hash", json!(other)))), Refusal::Mismatch);
    for hash in ["", "00", "zz"] {
        assert_eq!(refusal(&signed(&with("hash", json!(hash)))), Refusal::Mismatch);
    }
}

#[test]
fn a_jwt_is_valid_between_its_times_and_clocks_may_differ_by_the_leeway() {
    let age = |claims: &Value, at| verified_at(&strict(), &signed(claims), at).err();
    assert_eq!(age(&claims(), NOW + 359), None);
    assert_eq!(age(&claims(), NOW + 360), Some(Refusal::Stale(360)), "its end is excluded");
    assert_eq!(age(&claims(), NOW - 60), None);
    assert_eq!(age(&claims(), NOW - 61), Some(Refusal::Stale(-61)), "made in the future");
    let later = with("nbf", json!(NOW + 100));
    assert_eq!(age(&later, NOW + 39), Some(Refusal::Stale(39)));
    assert_eq!(age(&later, NOW + 40), None);
    let mut fractions = with("exp", json!(NOW as f64 + 300.9));
    fractions["iat"] = json!(NOW as f64 + 0.5);
    assert_eq!(age(&fractions, NOW + 359), None);
    for (name, value) in [
        ("exp", json!("1700000300")),
        ("exp", Value::Null),
        ("exp", json!(1e300)),
        ("iat", json!(true)),
        ("iat", json!("1700000000")),
        ("nbf", json!(i64::MAX)),
        ("nbf", json!([NOW])),
    ] {
        let refusal = refusal(&signed(&with(name, value.clone())));
        assert!(is_malformed(&refusal), "{name} {value}: {refusal:?}");
    }
}

#[test]
fn the_time_of_a_jwt_is_checked_like_any_other_timestamp() {
    let mut scheme = strict();
    let rule = json!({"field": "iat", "tolerance": 100, "direction": "past"});
    scheme.timestamp = Some(serde_json::from_value(rule).unwrap());
    assert!(verified_at(&scheme, &signed(&claims()), NOW + 100).is_ok());
    let old = verified_at(&scheme, &signed(&claims()), NOW + 101);
    assert_eq!(old, Err(Refusal::Stale(101)));
    assert!(verified_at(&scheme, &signed(&claims()), NOW - 900).is_ok(), "its clock is ahead");
    let untimed = verified_at(&scheme, &signed(&without("iat")), NOW);
    assert!(matches!(untimed, Err(Refusal::Malformed(_))), "{untimed:?}");
}

/// Anyone who saw it could send any body with it forever.
#[test]
fn a_jwt_that_neither_covers_the_body_nor_ends_is_refused() {
    let mut token = scheme(json!({}));
    let endless = verified_at(&token, &signed(&without("exp")), NOW);
    assert!(matches!(endless, Err(Refusal::Malformed(_))), "{endless:?}");
    assert!(verified_at(&strict(), &signed(&without("exp")), NOW).is_ok(), "its body is fixed");
    let rule = json!({"field": "iat", "tolerance": 300});
    token.timestamp = Some(serde_json::from_value(rule).unwrap());
    assert!(verified_at(&token, &signed(&without("exp")), NOW).is_ok(), "its time is limited");
}

#[test]
fn a_jwt_has_one_form() {
    let jwt = signed(&claims());
    let (content, signature) = jwt.rsplit_once('.').unwrap();
    let (header, claims) = content.split_once('.').unwrap();
    // The last character of 32 bytes in base64url has two spare bits, which another character sets.
    let last = signature.chars().last().unwrap();
    let spare = char::from(last as u8 + 1);
    for other in [
        format!("{jwt}."),
        format!("{jwt}.AA"),
        format!(".{jwt}"),
        format!("{jwt}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{content}.{}{spare}", &signature[..signature.len() - 1]),
        format!("{content}."),
        format!("{header}..{signature}"),
        format!("{header}.{signature}"),
        content.to_owned(),
        format!("{jwt} "),
        format!(" {jwt}"),
        format!("{header}.{}.{signature}", part("[]")),
        jwt.replace('-', "+").replace('_', "/") + "+",
        String::new(),
        "..".to_owned(),
        ".".repeat(10_000),
    ] {
        assert!(is_malformed(&refusal(&other)), "{other}");
    }
}

#[test]
fn a_jwt_that_no_provider_sends_for_its_length_is_refused() {
    let long = |length: usize| signed(&with("x", json!("x".repeat(length))));
    assert!(verified_at(&strict(), &long(5_000), NOW).is_ok());
    assert!(is_malformed(&refusal(&long(7_000))));
    let header = format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(1_000));
    assert!(is_malformed(&refusal(&signed_text(&header, &claims().to_string()))));
}

#[test]
fn a_request_names_its_key_by_the_header_of_its_jwt() {
    let key_id = |header: &str| {
        claimed_key_id(&[strict()], &request(&signed_text(header, &claims().to_string())))
    };
    assert_eq!(key_id(r#"{"alg":"HS256","kid":"k1"}"#).as_deref(), Ok("k1"));
    assert_eq!(key_id(r#"{"alg":"HS256"}"#), Err(NoKeyId::Absent));
    assert_eq!(key_id(r#"{"alg":"RS256","kid":"k1"}"#), Err(NoKeyId::Malformed));
    assert_eq!(claimed_key_id(&[strict()], &Request::default()), Err(NoKeyId::Missing));
}

#[test]
fn a_sample_is_a_jwt_that_verifies() {
    let (scheme, now) = (strict(), Timestamp::from_second(NOW).unwrap());
    let Content::Jwt(jwt) = &scheme.content else { panic!("not a JWT") };
    let content = jwt.unsigned(&scheme, b"{}", "u1", now).unwrap();
    let key = scheme.secret.key(KEY).unwrap();
    let tag = scheme.algorithm.tag(&key, &[Piece::Bytes(content.as_bytes().into())]).unwrap();
    let sample = format!("{content}.{}", URL_SAFE_NO_PAD.encode(tag));
    let fields = verified_at(&scheme, &sample, NOW).unwrap();
    assert!(fields.contains(&("jti".into(), "u1".into())), "{fields:?}");
}
