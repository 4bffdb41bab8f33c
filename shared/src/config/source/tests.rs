use serde_json::json;

use super::*;
use crate::event::EventView;
use crate::event::dedupe::LedgerKey;
use crate::event::split::{Item, MAX_ITEMS, Split, TooManyItems};
use crate::webhook::request::Request;

fn source(source: serde_json::Value) -> Source {
    let mut whole = json!({
        "provider": "hmac", "queue": "q", "secret_arn": null, "rotation_overlap": 0,
        "dedupe_window": 600, "public_url": null, "allow_cidrs": null, "scheme": null,
        "methods": null, "reply": null, "handshakes": null, "id": null, "type": null,
    });
    for (name, value) in source.as_object().unwrap() {
        whole[name] = value.clone();
    }
    serde_json::from_value(whole).unwrap()
}

fn items(split: &Split, body: &str) -> Result<Vec<Item>, TooManyItems> {
    let request = Request { body: body.into(), ..Request::default() };
    split.items(&EventView::whole("shop", None, &request))
}

#[test]
fn a_providers_list_is_split() {
    let sendgrid = source(json!({ "provider": "sendgrid", "split": true }));
    let split = sendgrid.split().unwrap().unwrap();
    let body = r#"[{"sg_event_id":"1","event":"open"},{"sg_event_id":"2","event":"click"}]"#;
    let found = items(&split, body).unwrap();
    let types: Vec<_> = found.iter().map(|item| item.event_type.as_deref()).collect();
    assert_eq!(types, [Some("open"), Some("click")]);
    assert_eq!(found[0].to_json(), r#"{"event":"open","sg_event_id":"1"}"#);
    let whole = LedgerKey::of("shop", "whole");
    let keys: Vec<_> = found.iter().map(|item| split.key("shop", item, &whole)).collect();
    assert_ne!(keys[0], keys[1]);
    let alone = &items(&split, r#"[{"sg_event_id":"2"}]"#).unwrap()[0];
    assert_eq!(split.key("shop", alone, &LedgerKey::of("shop", "other")), keys[1]);
}

#[test]
fn a_source_may_define_its_own_list() {
    let own = json!({ "split": true, "list": { "items": "body.all[]", "type": ["kind"] } });
    let split = source(own).split().unwrap().unwrap();
    let found = items(&split, r#"{"all":[{"kind":"a"},{"kind":"a"}]}"#).unwrap();
    let whole = LedgerKey::of("shop", "whole");
    assert_ne!(
        split.key("shop", &found[0], &whole),
        split.key("shop", &found[1], &whole),
        "without ids, items have keys by index"
    );
    assert!(items(&split, "{}").unwrap().is_empty());
    assert!(items(&split, "not JSON").unwrap().is_empty());
}

#[test]
fn lists_are_split_only_if_configured_and_only_if_the_list_is_known() {
    assert!(source(json!({})).split().unwrap().is_none());
    let error = source(json!({ "split": true })).split().unwrap_err();
    assert!(error.contains("`hmac` has no lists"), "{error}");
}

#[test]
fn a_list_with_too_many_items_is_not_split() {
    let own = json!({ "split": true, "list": { "items": "body" } });
    let split = source(own).split().unwrap().unwrap();
    let list = |length| format!("[{}0]", "0,".repeat(length - 1));
    assert_eq!(items(&split, &list(MAX_ITEMS)).unwrap().len(), MAX_ITEMS);
    assert_eq!(
        items(&split, &list(MAX_ITEMS + 1)).unwrap_err().to_string(),
        "its list has 10001 items, and at most 10000 are taken apart"
    );
}

fn secret_headers(settings: serde_json::Value) -> String {
    format!("{:?}", source(settings).secret_headers().unwrap())
}

#[test]
fn headers_with_the_secret_itself_are_those_of_all_token_schemes() {
    assert!(secret_headers(json!({ "provider": "gitlab" })).contains("x-gitlab-token"));
    let signing = json!({ "provider": "gitlab", "schemes": ["signing-token"] });
    let signing = secret_headers(signing);
    assert!(signing.contains("x-gitlab-token"), "GitLab may send both: {signing}");
    let renamed = json!({ "provider": "documenso", "header": "X-Renamed" });
    let renamed = secret_headers(renamed);
    assert!(renamed.contains("x-renamed") && renamed.contains("x-documenso-secret"), "{renamed}");
    let own = json!({ "provider": "custom", "scheme": { "header": "X-Key-*", "algorithm": "token", "encoding": "utf8" } });
    assert_eq!(secret_headers(own), "[x-key-*]");
}

#[test]
fn a_header_with_a_signature_is_not_one_with_the_secret() {
    assert_eq!(secret_headers(json!({ "provider": "github" })), "[]");
    let own = json!({ "provider": "hmac", "scheme": { "header": "x-signature" } });
    assert_eq!(secret_headers(own), "[]");
    let query = json!({ "query": "key", "algorithm": "token", "encoding": "utf8" });
    assert_eq!(secret_headers(json!({ "provider": "custom", "scheme": query })), "[]");
}
