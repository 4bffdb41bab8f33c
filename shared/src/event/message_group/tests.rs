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

fn ordering(
    of: impl Fn(Option<&Filter>, &EventView<'_>, &Reference) -> MessageGroup,
    key: Option<&str>,
    body: &str,
) -> MessageGroup {
    let request = Request { body: body.into(), ..Request::default() };
    of(key.map(filter).as_ref(), &EventView::whole("shop", None, &request), &reference())
}

#[test]
fn events_with_the_same_key_are_a_group() {
    let of = |key, body| ordering(MessageGroup::of_event, key, body);
    assert_eq!(of(None, r#"{"order":7}"#), MessageGroup::None);
    assert_eq!(of(Some("body.order"), r#"{"order":"o-7"}"#), MessageGroup::Group("o-7".into()));
    assert_eq!(of(Some("body.order"), r#"{"order":7}"#), MessageGroup::Group("7".into()));
    assert_eq!(of(Some("source"), ""), MessageGroup::Group("shop".into()));
}

#[test]
fn an_event_without_the_key_is_a_group_of_its_own() {
    let alone = MessageGroup::Unordered(reference().ledger_key.to_string());
    for body in ["{}", r#"{"order":null}"#, r#"{"order":""}"#, "not JSON", ""] {
        assert_eq!(ordering(MessageGroup::of_event, Some("body.order"), body), alone, "{body}");
    }
}

#[test]
fn a_list_comes_after_those_that_its_source_sent_before() {
    let of_list = |key: Option<&Filter>, list: &EventView<'_>, _: &Reference| {
        MessageGroup::of_list(key, list)
    };
    let of = |body| ordering(of_list, Some("body.order"), body);
    assert_eq!(of(r#"{"order":"o-7"}"#), MessageGroup::Group("o-7".into()));
    assert_eq!(of("[]"), MessageGroup::Group("shop".into()));
    assert_eq!(ordering(of_list, None, "[]"), MessageGroup::None);
}

#[test]
fn only_the_same_generation_of_the_same_event_is_taken_for_the_same_message() {
    let place =
        |reference: &Reference| MessageGroup::Group("g".into()).fifo_attributes(reference).unwrap();
    let reference = reference();
    let first = place(&reference);
    assert_eq!((&first.group[..], place(&reference)), ("g", first.clone()));
    let others = [
        reference.next_generation(2),
        Reference { item: Some(0), ..reference.clone() },
        Reference { item: Some(1), ..reference.clone() },
        Reference { event_id: EventId::new(Timestamp::UNIX_EPOCH), ..reference.clone() },
    ];
    let mut ids: Vec<_> = others.iter().map(|it| place(it).deduplication_id).collect();
    ids.push(first.deduplication_id);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert!(ids.iter().all(|id| id.len() <= LONGEST_GROUP), "{ids:?}");
    assert_eq!(MessageGroup::None.fifo_attributes(&reference), None);
}

#[test]
fn a_group_is_its_key_where_sqs_takes_it_and_a_hash_where_not() {
    assert_eq!(group("order-7!\"#~"), "order-7!\"#~");
    assert_eq!(group(&"k".repeat(128)), "k".repeat(128));
    for key in [&"k".repeat(129)[..], "order 7", "ü", "", "a\nb"] {
        let group = group(key);
        assert!(group.len() == 64 && group.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    }
    assert_ne!(group("a b"), group("b a"));
}
