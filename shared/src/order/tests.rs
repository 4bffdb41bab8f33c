use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::dedupe::LedgerKey;
use crate::event::EventId;
use crate::reference::Version;
use crate::request::Request;

fn queue(ordering_key: Option<&str>) -> Queue {
    let queue = json!({
        "url": "u", "arn": "a", "dead_letter_url": "d", "max_attempts": 8,
        "backoff": { "base": 2, "factor": 2, "cap": 900 }, "max_receives": 100,
        "retention": 604_800, "maximum_concurrency": 10, "ordering_key": ordering_key,
    });
    serde_json::from_value(queue).unwrap()
}

fn reference() -> Reference {
    Reference {
        version: Version::CURRENT,
        life: 2,
        event_id: EventId::new(Timestamp::UNIX_EPOCH),
        source: "shop".into(),
        s3_key: "events/x.json".into(),
        size: 1,
        event_type: None,
        ledger_key: LedgerKey::of("shop", "1"),
        earlier: None,
        item: None,
    }
}

fn ordering(
    of: impl Fn(&Queue, &Subject<'_>, &Reference) -> Ordering,
    key: Option<&str>,
    body: &str,
) -> Ordering {
    let request = Request { body: body.into(), ..Request::default() };
    of(&queue(key), &Subject::whole("shop", None, &request), &reference())
}

#[test]
fn events_with_the_same_key_are_a_group() {
    let of = |key, body| ordering(Ordering::of, key, body);
    assert_eq!(of(None, r#"{"order":7}"#), Ordering::None);
    assert_eq!(of(Some("body.order"), r#"{"order":"o-7"}"#), Ordering::In("o-7".into()));
    assert_eq!(of(Some("body.order"), r#"{"order":7}"#), Ordering::In("7".into()));
    assert_eq!(of(Some("source"), ""), Ordering::In("shop".into()));
}

#[test]
fn an_event_without_the_key_is_a_group_of_its_own() {
    let alone = Ordering::Alone(reference().ledger_key.to_string());
    for body in ["{}", r#"{"order":null}"#, r#"{"order":""}"#, "not JSON", ""] {
        assert_eq!(ordering(Ordering::of, Some("body.order"), body), alone, "{body}");
    }
}

#[test]
fn a_list_comes_after_those_that_its_source_sent_before() {
    let of_list = |queue: &Queue, list: &Subject<'_>, _: &Reference| Ordering::of_list(queue, list);
    let of = |body| ordering(of_list, Some("body.order"), body);
    assert_eq!(of(r#"{"order":"o-7"}"#), Ordering::In("o-7".into()));
    assert_eq!(of("[]"), Ordering::In("shop".into()));
    assert_eq!(ordering(of_list, None, "[]"), Ordering::None);
}

#[test]
fn only_the_same_life_of_the_same_event_is_taken_for_the_same_message() {
    let place = |reference: &Reference| Ordering::In("g".into()).place(reference).unwrap();
    let reference = reference();
    let first = place(&reference);
    assert_eq!((&first.group[..], place(&reference)), ("g", first.clone()));
    let others = [
        reference.reborn_after(2),
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
    assert_eq!(Ordering::None.place(&reference), None);
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
