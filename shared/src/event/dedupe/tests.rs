use super::*;
use crate::webhook::scheme::algorithm::Piece;
use crate::webhook::scheme::{Scheme, verify};

fn key(id: &[&str], json: &str) -> DedupeKey {
    let id: Vec<_> = id.iter().map(|text| Expression::compile(text).unwrap()).collect();
    let request = Request { body: json.into(), ..Request::default() };
    DedupeKey::of(&id, &Document::parse(json.as_bytes()).unwrap(), &request, Covered::default())
}

#[test]
fn an_id_consists_of_all_its_parts_and_keeps_them_separate() {
    let first = key(&["a", "b"], r#"{"a":"1","b":"23"}"#);
    assert_eq!(first, DedupeKey::Id(r#"["1","23"]"#.into()));
    assert_ne!(first, key(&["a", "b"], r#"{"a":"12","b":"3"}"#));
}

#[test]
fn an_id_with_a_missing_part_falls_back_to_the_body() {
    assert!(matches!(key(&["a", "b"], r#"{"a":"1"}"#), DedupeKey::Body(_)));
    assert!(matches!(key(&["a || ''"], "{}"), DedupeKey::Body(_)));
    assert!(matches!(key(&[], r#"{"a":"1"}"#), DedupeKey::Body(_)));
}

#[test]
fn the_bodys_hash_ties_an_unsigned_id_to_its_event() {
    let id = ["id", "body_sha256"];
    let first = key(&id, r#"{"id":"1","n":1}"#);
    assert_eq!(first, key(&id, r#"{"id":"1","n":1}"#));
    assert_ne!(first, key(&id, r#"{"id":"1","n":2}"#));
    assert!(matches!(key(&id, r#"{"n":1}"#), DedupeKey::Body(_)));
}

#[test]
fn a_query_is_part_of_the_hash_if_it_is_signed_or_the_body_is_empty() {
    let key = |query: &str, body: &str, url_signed| {
        let request = Request { query: query.into(), body: body.into(), ..Request::default() };
        let covered = Covered { url_signed, ..Covered::default() };
        let none = Document::parse(b"null").unwrap();
        let DedupeKey::Body(hash) = DedupeKey::of(&[], &none, &request, covered) else {
            panic!("there is no id")
        };
        hash
    };
    assert_ne!(key("Digits=1", "", false), key("Digits=2", "", false));
    assert_eq!(key("Digits=1", "", false), key("Digits=1", "", false));
    assert_ne!(key("step=1", "x", true), key("step=2", "x", true));
    assert_eq!(key("step=1", "x", false), key("step=2", "x", false), "anyone may have added it");
}

#[test]
fn ids_have_one_key_and_bodies_have_one_for_each_window() {
    let keys = |key: &DedupeKey, second| {
        key.ledger_keys("shop", Timestamp::from_second(second).unwrap(), 600)
    };
    let id = DedupeKey::Id("1".into());
    assert_eq!(keys(&id, 0), keys(&id, 1_000_000));
    let body = DedupeKey::Body("abc".into());
    assert_eq!(keys(&body, 600).key, keys(&body, 1199).key);
    let (before, after) = (keys(&body, 1199), keys(&body, 1200));
    assert_ne!(before.key, after.key);
    let earlier = after.previous_window.unwrap();
    assert_eq!(earlier.ledger_key, before.key);
    assert_eq!(earlier.since.as_second(), 600);
}

#[test]
fn sources_do_not_share_ledger_keys() {
    assert_ne!(LedgerKey::of("a", "x"), LedgerKey::of("b", "x"));
    assert_ne!(LedgerKey::of("a", "bx"), LedgerKey::of("ab", "x"));
}

#[test]
fn items_have_keys_by_id_or_by_index() {
    let item = |json: &str| Document::parse(json.as_bytes()).unwrap();
    let id = [Expression::compile("id").unwrap()];
    let key = |json| LedgerKey::of_item("shop", &id, &item(json));
    assert_eq!(key(r#"{"id":"1","n":1}"#), key(r#"{"id":"1","n":2}"#));
    assert_ne!(key(r#"{"id":"1"}"#), key(r#"{"id":"2"}"#));
    assert_eq!([key("{}"), key(r#"{"id":""}"#), key("7")], [None; 3]);
    assert_eq!(LedgerKey::of_item("shop", &[], &item("{}")), None);
    let whole = LedgerKey::of("shop", r#"["1"]"#);
    assert_ne!(key(r#"{"id":"1"}"#), Some(whole), "an item does not have its list's key");
    assert_ne!(whole.of_place(0), whole.of_place(1));
    assert_eq!(whole.of_place(1), whole.of_place(1));
}

/// The key by the signed content of a request. The scheme signs the header `id` and the body, or the header alone.
fn signed_key(content: &str, id: &[&str], headers: [(&str, &str); 2], body: &str) -> DedupeKey {
    let scheme = format!(
        r#"{{"header":"s","content":"{content}","body_unsigned":{},
            "fields":{{"id":{{"header":"id"}}}}}}"#,
        !content.contains("{body}")
    );
    let scheme: Scheme = serde_json::from_str(&scheme).unwrap();
    let signed = content.replace("{id}", headers[0].1).replace("{body}", body);
    let key = scheme.secret.key("k").unwrap();
    let tag = scheme.algorithm.tag(&key, &[Piece::Bytes(signed.as_bytes().into())]).unwrap();
    let signature = hex::encode(tag);
    let headers = headers.into_iter().chain([("s", &signature[..])]).collect();
    let request = Request { headers, body: body.into(), ..Request::default() };
    let schemes = [scheme];
    let verified = verify(&schemes, &["k".into()], request, Timestamp::UNIX_EPOCH);
    let verified = verified.unwrap().unwrap();
    let document = document::document("shop", &verified, None);
    let id: Vec<_> = id.iter().map(|text| Expression::compile(text).unwrap()).collect();
    let body_signed = schemes[0].covers_body();
    let covered = Covered::default();
    DedupeKey::of_signed_content(&id, &document, &verified, covered, body_signed)
}

#[test]
fn requests_with_the_same_signed_content_are_one_event() {
    let github = ["headers.other", "body_sha256"];
    let key = |other, body| signed_key("{body}", &github, [("id", "1"), ("other", other)], body);
    assert_eq!(key("a", "{}"), key("b", "{}"));
    assert_ne!(key("a", "{}"), key("a", "[]"));
    let by_id = |other, body| {
        signed_key("{body}", &["body.id", "headers.other"], [("id", "1"), ("other", other)], body)
    };
    assert_eq!(by_id("a", r#"{"id":1,"n":1}"#), by_id("b", r#"{"id":1,"n":2}"#));
    assert_ne!(by_id("a", r#"{"id":1}"#), by_id("a", r#"{"id":2}"#));
    let none = |body| signed_key("{body}", &[], [("id", "1"), ("other", "")], body);
    assert!(matches!(none("{}"), DedupeKey::Id(_)), "valid beyond the dedupe window");
}

#[test]
fn if_the_body_is_not_signed_the_signed_values_tell_events_apart() {
    let key = |id, body| signed_key("{id}", &["body.id"], [("id", id), ("other", "")], body);
    assert_eq!(key("a", r#"{"id":1}"#), key("a", r#"{"id":2}"#));
    assert_ne!(key("a", r#"{"id":1}"#), key("b", r#"{"id":1}"#));
}

#[test]
fn a_ledger_key_is_the_same_after_serialisation() {
    let key = LedgerKey::of("a", "x");
    let json = serde_json::to_string(&key).unwrap();
    assert_eq!(json.len(), 66);
    assert_eq!(serde_json::from_str::<LedgerKey>(&json).unwrap(), key);
    assert!(serde_json::from_str::<LedgerKey>("\"abc\"").is_err());
    assert!(key.webhook_id().starts_with("msg_"));
}

/// Otherwise anyone could compress a captured request again, and it would be another event.
#[test]
fn a_body_that_is_signed_decoded_has_one_hash_however_it_is_coded() {
    let key = |id: &[&str], coding: &str, body: &str, decoded_body| {
        let id: Vec<_> = id.iter().map(|text| Expression::compile(text).unwrap()).collect();
        let headers = [("Content-Encoding", coding)].into_iter().collect();
        let request = Request { headers, body: hex::decode(body).unwrap(), ..Request::default() };
        let covered = Covered { decoded_body, ..Covered::default() };
        DedupeKey::of(&id, &Document::parse(b"null").unwrap(), &request, covered)
    };
    // `{}` as it is, and twice by zlib: stored, and compressed.
    let (plain, stored, deflated) = ("7b7d", "7801010200fdff7b7d017500f9", "789cabae0500017500f9");
    for id in [&["body_sha256"][..], &[]] {
        let of_plain = key(id, "", plain, true);
        assert_eq!(of_plain, key(id, "deflate", stored, true));
        assert_eq!(of_plain, key(id, "deflate", deflated, true));
        assert_ne!(of_plain, key(id, "deflate", stored, false), "the bytes are signed");
        assert_eq!(of_plain, key(id, "", plain, false));
    }
}
