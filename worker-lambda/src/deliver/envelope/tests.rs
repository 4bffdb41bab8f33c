use std::collections::BTreeMap;

use base64::Engine;
use serde_json::{Value, json};
use shared::webhook::request::Headers;

use super::*;

/// A limit that no envelope here reaches.
const PLENTY: usize = 100_000;

/// A delivery without a body.
pub(in crate::deliver) fn delivery() -> Delivery {
    Delivery {
        webhook_id: "msg_abc-_123".into(),
        event_id: "019ab0c4-0000-7000-8000-000000000000".parse().unwrap(),
        item: None,
        s3_key: "events/source=shop/date=2026-11-22/hour=09/019ab0c4.json".into(),
        source: "shop".into(),
        event_type: Some("order.paid".into()),
        received_at: "2026-11-22T09:09:29.361Z".parse().unwrap(),
        content_type: None,
        headers: Headers::default(),
        content_encoding: None,
        body: bytes::Bytes::new(),
        ordering_keys: BTreeMap::new(),
    }
}

fn with(content_type: Option<&str>, body: impl AsRef<[u8]>) -> Delivery {
    let body = bytes::Bytes::copy_from_slice(body.as_ref());
    Delivery { content_type: content_type.map(str::to_owned), body, ..delivery() }
}

fn event(content_type: Option<&str>, body: impl AsRef<[u8]>) -> Value {
    let text = inline(&with(content_type, body), PLENTY).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_envelope_has_the_attributes_and_the_body() {
    let delivery = with(Some("application/json; charset=utf-8"), "{ \"n\": 1.50 }\r\n");
    let event: Value = serde_json::from_str(&inline(&delivery, PLENTY).unwrap()).unwrap();
    let expected = json!({
        "specversion": "1.0", "id": "msg_abc-_123", "source": "/shop", "type": "order.paid",
        "time": "2026-11-22T09:09:29.361Z", "eventid": "019ab0c4-0000-7000-8000-000000000000",
        "datacontenttype": "application/json; charset=utf-8", "data": { "n": 1.5 },
    });
    assert_eq!(event, expected);
}

#[test]
fn an_item_has_its_place_and_an_event_without_a_type_is_a_webhook() {
    let item = Delivery { item: Some(7), event_type: None, ..delivery() };
    let event: Value = serde_json::from_str(&inline(&item, PLENTY).unwrap()).unwrap();
    assert_eq!((&event["item"], &event["type"]), (&json!(7), &json!("webhook")));
    assert!(event.get("data").is_none() && event.get("data_base64").is_none(), "no body, no data");
}

#[test]
fn json_is_embedded_byte_for_byte() {
    for json in [
        "{\"b\":1,\"a\":2,\"a\":3, \"n\" : 1.50e+03}",
        "[\n\t\"\\u00fc \\ud83d\" ]",
        "\"ü\"",
        "9007199254740993",
    ] {
        for content_type in [Some("application/json"), Some("text/vnd.x+JSON;v=1"), None] {
            let text = inline(&with(content_type, format!(" {json}\n")), PLENTY).unwrap();
            assert!(text.ends_with(&format!("\"data\":{json}}}")), "{text}");
        }
    }
}

#[test]
fn other_text_with_a_content_type_is_embedded_as_a_string() {
    for (content_type, body) in [
        ("application/x-www-form-urlencoded", "a=x+y&b=%C3%BC"),
        ("text/plain", "{\"json\": \"by content only\"}"),
        ("application/xml", "<a>\n\u{1}\"ü\"\\</a>"),
    ] {
        let event = event(Some(content_type), body);
        assert_eq!(
            (&event["data"], &event["datacontenttype"]),
            (&json!(body), &json!(content_type))
        );
    }
}

#[test]
fn a_body_that_is_not_text_or_contradicts_its_content_type_is_embedded_in_base64() {
    let deep = "[".repeat(MAX_DEPTH + 1) + &"]".repeat(MAX_DEPTH + 1);
    for (content_type, body) in [
        (Some("application/json"), &b"a=x"[..]),
        (Some("application/json"), b"{\"a\":1}{}"),
        (Some("application/json"), b"\xef\xbb\xbf{}"),
        (Some("application/json"), deep.as_bytes()),
        (Some("application/json"), b"\"\xff\""),
        (Some("text/plain"), b"\xff\0"),
        (None, b"a=x"),
        (Some("text/pl\u{1}ain"), b"a=x"),
        (Some(" "), b"a=x"),
    ] {
        let event = event(content_type, body);
        assert_eq!(STANDARD.decode(event["data_base64"].as_str().unwrap()).unwrap(), body);
        assert!(event.get("data").is_none());
        let is_valid = |it: &&str| it.starts_with("application") || *it == "text/plain";
        let expected = content_type.filter(is_valid);
        assert_eq!(event.get("datacontenttype").and_then(Value::as_str), expected);
    }
}

#[test]
fn brackets_in_strings_do_not_count_as_nesting() {
    let flat = format!("[\"{}\\\"{}\"]", "[".repeat(1000), "{".repeat(1000));
    assert!(is_shallow(&flat));
    assert!(is_shallow(&("[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH))));
    assert!(is_shallow(&"[]".repeat(1000)), "one after the other");
    assert!(!is_shallow(&"{\"a\":".repeat(MAX_DEPTH + 1)));
}

#[test]
fn characters_that_xml_does_not_allow_are_escaped_without_a_change_of_meaning() {
    let body = "{\"a\":\"\u{fffe}x\u{ffff}\"}";
    for content_type in ["application/json", "text/plain"] {
        let text = inline(&with(Some(content_type), body), PLENTY).unwrap();
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(allowed), "{text:?}");
        let data = &serde_json::from_str::<Value>(&text).unwrap()["data"];
        let text = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
        assert_eq!(text, body);
    }
}

#[test]
fn the_limit_applies_to_the_whole_envelope_to_the_byte() {
    for (content_type, body) in [
        (Some("application/json"), "{\"a\":\"\u{ffff}\"}".to_owned()),
        (Some("text/plain"), "\"".repeat(500)),
        (Some("image/png"), "ü".repeat(500)),
        (None, "no JSON".repeat(100)),
    ] {
        let delivery = with(content_type, body);
        let length = inline(&delivery, PLENTY).unwrap().len();
        assert_eq!(inline(&delivery, length).map(|text| text.len()), Some(length));
        assert_eq!(inline(&delivery, length - 1), None);
    }
    assert_eq!(inline(&delivery(), 0), None);
}

#[test]
fn an_envelope_by_reference_names_the_object_with_the_body_and_says_what_it_is() {
    let large = with(Some("image/png"), vec![0; 1_000_000]);
    let large = Delivery { content_encoding: Some("gzip".to_owned()), ..large };
    let text = by_reference(&large, "a-bucket", "bodies/x", "https://s3.example/x?a=b&c=d");
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["dataref"], "https://s3.example/x?a=b&c=d");
    assert_eq!((&event["s3bucket"], &event["s3key"]), (&json!("a-bucket"), &json!("bodies/x")));
    assert_eq!(event["datacontenttype"], "image/png");
    assert_eq!(event["contentencoding"], "gzip");
    assert_eq!(event["id"], "msg_abc-_123");
    assert!(event.get("data").is_none() && event.get("data_base64").is_none());
    assert!(text.len() < 600, "{} bytes", text.len());
}

#[test]
fn a_body_has_one_key_beside_its_event_and_so_has_each_item() {
    let key = "bodies/source=shop/date=2026-11-22/hour=09/019ab0c4";
    assert_eq!(body_key(&delivery()), key);
    for place in [0, 7] {
        let item = Delivery { item: Some(place), ..delivery() };
        assert_eq!(body_key(&item), format!("{key}-{place}"));
    }
}

#[test]
fn what_cannot_be_a_header_is_not_sent_to_s3() {
    assert!(is_printable("application/json; charset=utf-8"));
    for text in ["", " ", "text/\u{1}", "text/pl\u{e4}in", "a\nb"] {
        assert!(!is_printable(text), "{text:?}");
    }
}

#[test]
fn a_body_with_a_content_coding_is_embedded_in_base64_beside_the_coding() {
    let delivery = Delivery {
        content_encoding: Some("gzip".to_owned()),
        ..with(Some("application/json"), "{}")
    };
    let event: Value = serde_json::from_str(&inline(&delivery, PLENTY).unwrap()).unwrap();
    assert_eq!(event["data_base64"], json!("e30="));
    assert_eq!(event["contentencoding"], json!("gzip"));
    assert_eq!(event["datacontenttype"], json!("application/json"));
    assert!(event.get("data").is_none());
}
