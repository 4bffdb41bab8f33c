use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::event::EventId;
use crate::event::dedupe::LedgerKey;
use crate::event::reference::Version;
use crate::webhook::request::Request;

fn filter(text: &str) -> Filter {
    serde_json::from_value(json!(text)).unwrap()
}

fn reference() -> Reference {
    Reference {
        version: Version::CURRENT,
        generation: 2,
        event_id: EventId::new(Timestamp::UNIX_EPOCH),
        source: "shop".into(),
        s3_key: "events/x.json".into(),
        size: 1,
        event_type: None,
        ledger_key: LedgerKey::of("shop", "1"),
        previous_window: None,
        item: None,
    }
}

fn group_by(
    assign: impl Fn(Option<&Filter>, &EventView<'_>, &Reference) -> MessageGroup,
    key: Option<&str>,
    body: &str,
) -> MessageGroup {
    let request = Request { body: body.into(), ..Request::default() };
    assign(key.map(filter).as_ref(), &EventView::whole("shop", None, &request), &reference())
}

#[test]
fn events_with_the_same_ordering_key_share_a_group() {
    let group = |key, body| group_by(MessageGroup::of_event, key, body);
    assert_eq!(group(None, r#"{"order":7}"#), MessageGroup::None);
    assert_eq!(group(Some("body.order"), r#"{"order":"o-7"}"#), MessageGroup::Group("o-7".into()));
    assert_eq!(group(Some("body.order"), r#"{"order":7}"#), MessageGroup::Group("7".into()));
    assert_eq!(group(Some("source"), ""), MessageGroup::Group("shop".into()));
}

#[test]
fn an_event_without_the_ordering_key_has_a_group_of_its_own() {
    let alone = MessageGroup::Unordered(reference().ledger_key.to_string());
    for body in ["{}", r#"{"order":null}"#, r#"{"order":""}"#, "not JSON", ""] {
        assert_eq!(group_by(MessageGroup::of_event, Some("body.order"), body), alone, "{body}");
    }
}

#[test]
fn a_list_without_the_ordering_key_is_in_the_group_of_its_source() {
    let of_list = |key: Option<&Filter>, list: &EventView<'_>, _: &Reference| {
        MessageGroup::of_list(key, list)
    };
    let group = |body| group_by(of_list, Some("body.order"), body);
    assert_eq!(group(r#"{"order":"o-7"}"#), MessageGroup::Group("o-7".into()));
    assert_eq!(group("[]"), MessageGroup::Group("shop".into()));
    assert_eq!(group_by(of_list, None, "[]"), MessageGroup::None);
}

#[test]
fn deduplication_ids_differ_by_event_item_and_generation() {
    let attributes =
        |reference: &Reference| MessageGroup::Group("g".into()).fifo_attributes(reference).unwrap();
    let reference = reference();
    let first = attributes(&reference);
    assert_eq!((&first.group[..], attributes(&reference)), ("g", first.clone()));
    let others = [
        reference.next_generation(2),
        Reference { item: Some(0), ..reference.clone() },
        Reference { item: Some(1), ..reference.clone() },
        Reference { event_id: EventId::new(Timestamp::UNIX_EPOCH), ..reference.clone() },
    ];
    let mut ids: Vec<_> = others.iter().map(|other| attributes(other).deduplication_id).collect();
    ids.push(first.deduplication_id);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert!(ids.iter().all(|id| id.len() <= LONGEST_GROUP), "{ids:?}");
    assert_eq!(MessageGroup::None.fifo_attributes(&reference), None);
}

#[test]
fn a_group_is_its_ordering_key_if_sqs_allows_it_and_a_hash_otherwise() {
    assert_eq!(group("order-7!\"#~"), "order-7!\"#~");
    assert_eq!(group(&"k".repeat(128)), "k".repeat(128));
    for key in [&"k".repeat(129)[..], "order 7", "ü", "", "a\nb"] {
        let group = group(key);
        assert!(group.len() == 64 && group.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    }
    assert_ne!(group("a b"), group("b a"));
}
