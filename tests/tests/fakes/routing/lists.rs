//! Lists that are split: each item is an event with its own id, routes, retries and end.

use catchment_tests::fakes::{Fault, message};
use catchment_tests::harness::TestWorker;
use catchment_tests::harness::{QUEUE, secret};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::event::reference::Reference;
use shared::ports::queue::MessageQueue;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use crate::routing::docs::config;
use crate::routing::setup::{self, example, vector, with_sources};

const GRAPH: &str = "microsoft-graph";

/// Change notifications as Microsoft Graph sends them: ids, and what changed.
fn changes(changes: &[(&str, &str)]) -> String {
    let notification = |(id, change): &(&str, &str)| {
        json!({
            "id": id, "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
            "subscriptionExpirationDateTime": "2026-11-29T18:23:45.9356913Z",
            "clientState": secret(GRAPH), "changeType": change, "tenantId": "t1",
            "resource": format!("Users/ada/Messages/{id}"),
            "resourceData": { "@odata.type": "#Microsoft.Graph.Message", "id": id },
        })
    };
    json!({ "value": changes.iter().map(notification).collect::<Vec<_>>() }).to_string()
}

fn graph(routes: Value) -> TestWorker {
    with_sources(&json!({ "graph": { "provider": GRAPH, "split": true } }), routes)
}

fn all_to_crm() -> Value {
    json!([{ "source": "graph", "destinations": ["crm"] }])
}

/// The ids of the items that a destination got, in the order of delivery.
fn ids(test: &TestWorker, destination: &str) -> Vec<String> {
    let deliveries =
        test.destinations.deliveries().into_iter().filter(|(name, _)| name == destination);
    let id = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["id"].clone();
    deliveries.map(|(_, it)| id(&it.body).as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_example_takes_each_providers_list_apart() {
    let test = example("split");
    let (request, secret) = vector("sendgrid", "two events");
    let arn = config("split").sources["mail"].secret_arn.clone().unwrap();
    test.ingest.secrets.set(&arn, &secret, Timestamp::UNIX_EPOCH);
    test.post("mail", &request).await;
    test.drain().await;
    assert_eq!(
        test.destinations.sorted_bodies("integration_a"),
        [r#"{"event":"open","sg_event_id":"b3Bl"}"#]
    );
    let delivered =
        r#"{"email":"a@example.com","event":"delivered","sg_event_id":"ZGVs","timestamp":1}"#;
    assert_eq!(
        test.destinations.sorted_bodies("integration_b"),
        [delivered],
        "names in alphabetical order"
    );

    let test = example("split");
    test.send("calendar", GRAPH, &changes(&[("1", "created"), ("2", "deleted")])).await;
    test.drain().await;
    assert_eq!(ids(&test, "integration_a"), ["1"]);
    assert_eq!(ids(&test, "integration_b"), ["2"]);

    let test = example("split");
    let events = json!({ "events": [
        { "id": 1, "kind": "order", "total": 101 }, { "id": 2, "kind": "order", "total": 100 },
        { "id": 3, "kind": "refund", "total": 101 },
    ] });
    test.send("in_house", "hmac", &events.to_string()).await;
    test.drain().await;
    assert_eq!(
        test.destinations.sorted_bodies("integration_a"),
        [r#"{"id":1,"kind":"order","total":101}"#]
    );
}

#[tokio::test]
async fn each_item_is_delivered_on_its_own_under_its_own_id() {
    let test = graph(all_to_crm());
    let whole = test.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "updated")])).await;
    test.drain().await;
    assert_eq!(test.state(&whole), State::Complete);
    let deliveries = test.destinations.deliveries();
    let items: Vec<_> = deliveries.iter().map(|(_, it)| (it.item, it.event_type.clone())).collect();
    assert_eq!(items, [(Some(0), Some("created".into())), (Some(1), Some("updated".into()))]);
    let (first, second) = (&deliveries[0].1, &deliveries[1].1);
    assert_ne!(first.webhook_id, second.webhook_id);
    assert!(![&first.webhook_id, &second.webhook_id].contains(&&whole.webhook_id()));
    assert_eq!((first.event_id, &first.s3_key), (second.event_id, &second.s3_key));
    assert_eq!(first.content_type.as_deref(), Some("application/json"));
    assert_eq!(test.ledger.faults.calls(), 6, "a claim and a completion for each of three");
}

#[tokio::test]
async fn a_retry_of_one_item_delivers_no_other_again() {
    let test = graph(all_to_crm());
    test.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    test.batch().await;
    let items = test.ingest.queue.receive(QUEUE);
    test.destinations.answer("crm", Outcome::retry("HTTP status 500"));
    assert_eq!(test.process(&items[..1]).await.len(), 1, "it comes back");
    test.destinations.answer("crm", Outcome::Delivered);
    assert!(test.process(&items).await.is_empty());
    assert_eq!(ids(&test, "crm"), ["1", "1", "2"]);
    let ids: Vec<_> =
        test.destinations.deliveries().into_iter().map(|(_, it)| it.webhook_id).collect();
    assert_eq!(ids[0], ids[1], "the same event again");
}

#[tokio::test]
async fn an_item_that_is_rejected_is_a_dead_letter_of_its_own_and_is_redriven_alone() {
    let test = graph(json!([
        { "source": "graph", "filter": "type == 'created'", "destinations": ["crm"] },
        { "source": "graph", "otherwise": true, "destinations": ["bus"] },
    ]));
    test.destinations.answer("bus", Outcome::reject("HTTP status 400"));
    test.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "updated")])).await;
    test.drain().await;
    let letters = test.dead_letters();
    assert_eq!(letters.len(), 1);
    let reference = Reference::parse(&letters[0].body).unwrap();
    assert_eq!((reference.item, reference.generation), (Some(1), 1));
    test.destinations.answer("bus", Outcome::Delivered);
    test.ingest.queue.send(QUEUE, message(letters[0].body.clone())).await.unwrap();
    test.drain().await;
    assert_eq!((ids(&test, "crm"), ids(&test, "bus")), (vec!["1".into()], vec!["2".into(); 2]));
}

#[tokio::test]
async fn the_same_list_again_and_a_known_item_in_another_list_deliver_nothing() {
    let test = graph(all_to_crm());
    let list = changes(&[("1", "created"), ("2", "created")]);
    for _ in 0..2 {
        test.send("graph", GRAPH, &list).await;
        test.drain().await;
    }
    assert_eq!(ids(&test, "crm"), ["1", "2"]);
    test.send("graph", GRAPH, &changes(&[("2", "created"), ("3", "created")])).await;
    test.drain().await;
    assert_eq!(ids(&test, "crm"), ["1", "2", "3"]);
}

/// What became of the items, the list's own entry does not know.
#[tokio::test]
async fn the_same_list_again_delivers_only_its_dead_lettered_items() {
    let test = graph(json!([
        { "source": "graph", "filter": "type == 'created'", "destinations": ["crm"] },
        { "source": "graph", "otherwise": true, "destinations": ["bus"] },
    ]));
    let list = changes(&[("1", "created"), ("2", "updated")]);
    test.destinations.answer("bus", Outcome::reject("HTTP status 400"));
    test.send("graph", GRAPH, &list).await;
    let received = test.ingest.queue.receive(QUEUE);
    assert!(test.process(&received).await.is_empty());
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.ingest.queue.depth(QUEUE), 3, "SQS's second delivery queues no items");
    test.drain().await;
    assert_eq!((ids(&test, "crm").len(), ids(&test, "bus").len()), (1, 1));

    test.destinations.answer("bus", Outcome::Delivered);
    test.send("graph", GRAPH, &list).await;
    let received = test.ingest.queue.receive(QUEUE);
    test.ingest.queue.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(test.process(&received).await.len(), 1, "one item is not queued");
    assert!(test.process(&received).await.is_empty());
    test.drain().await;
    assert_eq!((ids(&test, "crm").len(), ids(&test, "bus").len()), (1, 2));
}

/// The same for items that no route took: the list is complete, its item is not.
#[tokio::test]
async fn the_same_list_again_delivers_its_unrouted_items_once_a_route_takes_them() {
    let created =
        json!({ "source": "graph", "filter": "type == 'created'", "destinations": ["crm"] });
    let mut test = graph(json!([created]));
    let list = changes(&[("1", "created"), ("2", "updated")]);
    test.send("graph", GRAPH, &list).await;
    test.drain().await;
    let sources = json!({ "graph": { "provider": GRAPH, "split": true } });
    test.reconfigure(setup::config(&sources, all_to_crm()));
    for _ in 0..2 {
        test.send("graph", GRAPH, &list).await;
        test.drain().await;
        assert_eq!(ids(&test, "crm"), ["1", "2"]);
    }
}

#[tokio::test]
async fn two_items_with_one_id_have_one_effect() {
    let test = graph(all_to_crm());
    test.send("graph", GRAPH, &changes(&[("1", "created"), ("1", "created")])).await;
    test.batch().await;
    assert_eq!(test.ingest.queue.depth(QUEUE), 2);
    test.drain().await;
    assert_eq!(ids(&test, "crm"), ["1"]);
}

#[tokio::test]
async fn a_crash_between_its_items_and_its_completion_delivers_nothing_twice() {
    let test = graph(all_to_crm());
    let whole = test.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    let list = test.ingest.queue.receive(QUEUE);
    test.ledger.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(test.process(&list).await.len(), 1, "not acknowledged");
    test.ledger.change(&whole, |entry| entry.state = State::Leased(Timestamp::UNIX_EPOCH));
    assert!(test.process(&list).await.is_empty());
    test.ingest.queue.delete(QUEUE, &list[0].receipt);
    assert_eq!(test.ingest.queue.depth(QUEUE), 4, "its items are there twice");
    test.drain().await;
    assert_eq!(ids(&test, "crm"), ["1", "2"]);
}

#[tokio::test]
async fn items_that_cannot_all_be_queued_are_queued_again_and_delivered_once() {
    let test = graph(all_to_crm());
    let whole = test.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    test.ingest.queue.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(test.batch().await, (1, 1));
    let entry = test.ledger.entry(&whole).unwrap();
    assert_eq!(entry.reason.as_deref(), Some("its items cannot be queued: queue: fault"));
    test.drain().await;
    assert_eq!(test.state(&whole), State::Complete);
    assert_eq!(ids(&test, "crm"), ["1", "2"]);
}

/// A source whose lists are as long as it likes.
fn in_house(list: &Value) -> TestWorker {
    let (sources, routes) = in_house_with(list);
    with_sources(&sources, routes)
}

fn in_house_with(list: &Value) -> (Value, Value) {
    let scheme = json!({ "header": "X-Signature", "encoding": "hex" });
    let in_house = json!({ "provider": "hmac", "scheme": scheme, "split": true, "list": list });
    (json!({ "shop": in_house }), json!([{ "source": "shop", "destinations": ["crm"] }]))
}

#[tokio::test]
async fn more_than_ten_thousand_items_are_a_dead_letter_and_ten_thousand_are_not() {
    let list = |items: usize| json!(vec![json!({ "n": 0 }); items]).to_string();
    let test = in_house(&json!({ "items": "body" }));
    let key = test.send("shop", "hmac", &list(10_001)).await;
    test.batch().await;
    assert_eq!(test.state(&key), State::Dead);
    assert!(test.destinations.deliveries().is_empty());
    let reason = &test.dead_letters()[0].attributes["reason"];
    assert_eq!(reason, "its list has 10001 items, and at most 10000 are taken apart");
    let key = test.send("shop", "hmac", &list(10_000)).await;
    test.batch().await;
    assert_eq!(test.state(&key), State::Complete);
    assert_eq!(test.ingest.queue.depth(QUEUE), 10_000);
}

#[tokio::test]
async fn items_without_ids_are_identified_by_their_positions() {
    let test = in_house(&json!({ "items": "body.events", "type": ["kind"] }));
    let list = r#"{"events":[{"kind":"a"},{"kind":"a"}]}"#;
    for _ in 0..2 {
        test.send("shop", "hmac", list).await;
        test.drain().await;
    }
    assert_eq!(test.destinations.sorted_bodies("crm"), [r#"{"kind":"a"}"#; 2]);
}

#[tokio::test]
async fn a_body_without_a_list_is_an_event_like_any_other() {
    let test = in_house(&json!({ "items": "body.events" }));
    let bodies = ["not JSON", r#"{"events": []}"#, r#"{"events": {}}"#, r#"{"other": [1]}"#];
    for body in bodies {
        test.send("shop", "hmac", body).await;
        test.drain().await;
    }
    let mut expected = bodies.to_vec();
    expected.sort_unstable();
    assert_eq!(test.destinations.sorted_bodies("crm"), expected, "byte for byte");
    assert!(test.destinations.deliveries().iter().all(|(_, it)| it.item.is_none()));
}

/// An item waits while its source is reconfigured not to split lists.
#[tokio::test]
async fn an_item_that_cannot_be_found_again_is_a_dead_letter() {
    let mut test = graph(all_to_crm());
    test.send("graph", GRAPH, &changes(&[("1", "created")])).await;
    test.batch().await;
    let whole = json!({ "graph": { "provider": GRAPH } });
    test.reconfigure(setup::config(&whole, all_to_crm()));
    test.drain().await;
    let reason = test.dead_letters().remove(0).attributes["reason"].clone();
    assert_eq!(reason, "an item of a list whose source is not split any more");
    assert!(test.destinations.deliveries().is_empty());
}

/// The new configuration finds the list elsewhere, with another item at this position.
#[tokio::test]
async fn an_item_is_never_taken_for_another() {
    let list = |items: &str| json!({ "items": items, "id": ["id"] });
    let mut test = in_house(&list("body.events"));
    let body = r#"{"events":[{"id":"1","kind":"a"},{"id":"2","kind":"b"}]}"#;
    test.send("shop", "hmac", body).await;
    test.batch().await;
    let (sources, routes) = in_house_with(&list("body.events[?kind == 'b']"));
    test.reconfigure(setup::config(&sources, routes));
    test.drain().await;
    assert!(test.destinations.deliveries().is_empty(), "neither under the other's name");
    let letters = test.dead_letters();
    assert!(letters[0].attributes["reason"].starts_with("item 0, which is another one now"));
    assert_eq!(letters.len(), 2);
}
