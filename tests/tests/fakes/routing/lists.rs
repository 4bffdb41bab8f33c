//! Lists taken apart: each item an event with an id, routes, retries and an end of its own.

use catchment_tests::fakes::{Fault, message};
use catchment_tests::harness::{QUEUE, secret};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::event::reference::Reference;
use shared::ports::queue::MessageQueue;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use crate::routing::docs::config;
use crate::routing::world::{World, vector};

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

fn graph(routes: Value) -> World {
    World::with(&json!({ "graph": { "provider": GRAPH, "split": true } }), routes)
}

fn all_to_crm() -> Value {
    json!([{ "source": "graph", "destinations": ["crm"] }])
}

/// The items that a destination got, by their ids, in the order of delivery.
fn ids(world: &World, destination: &str) -> Vec<String> {
    let deliveries = world.deliveries().into_iter().filter(|(name, _)| name == destination);
    let id = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["id"].clone();
    deliveries.map(|(_, it)| id(&it.body).as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_example_takes_each_providers_list_apart() {
    let world = World::of_example("split");
    let (request, secret) = vector("sendgrid", "two events");
    let arn = config("split").sources["mail"].secret_arn.clone().unwrap();
    world.0.ingest.secrets.set(&arn, &secret, Timestamp::UNIX_EPOCH);
    world.post("mail", request).await;
    world.work().await;
    assert_eq!(world.bodies("integration_a"), [r#"{"event":"open","sg_event_id":"b3Bl"}"#]);
    let delivered =
        r#"{"email":"a@example.com","event":"delivered","sg_event_id":"ZGVs","timestamp":1}"#;
    assert_eq!(world.bodies("integration_b"), [delivered], "names in alphabetical order");

    let world = World::of_example("split");
    world.send("calendar", GRAPH, &changes(&[("1", "created"), ("2", "deleted")])).await;
    world.work().await;
    assert_eq!(ids(&world, "integration_a"), ["1"]);
    assert_eq!(ids(&world, "integration_b"), ["2"]);

    let world = World::of_example("split");
    let events = json!({ "events": [
        { "id": 1, "kind": "order", "total": 101 }, { "id": 2, "kind": "order", "total": 100 },
        { "id": 3, "kind": "refund", "total": 101 },
    ] });
    world.send("in_house", "hmac", &events.to_string()).await;
    world.work().await;
    assert_eq!(world.bodies("integration_a"), [r#"{"id":1,"kind":"order","total":101}"#]);
}

#[tokio::test]
async fn each_item_is_delivered_on_its_own_under_its_own_id() {
    let world = graph(all_to_crm());
    let whole = world.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "updated")])).await;
    world.work().await;
    assert_eq!(world.0.state(&whole), Some(State::Complete));
    let deliveries = world.deliveries();
    let items: Vec<_> = deliveries.iter().map(|(_, it)| (it.item, it.event_type.clone())).collect();
    assert_eq!(items, [(Some(0), Some("created".into())), (Some(1), Some("updated".into()))]);
    let (first, second) = (&deliveries[0].1, &deliveries[1].1);
    assert_ne!(first.webhook_id, second.webhook_id);
    assert!(![&first.webhook_id, &second.webhook_id].contains(&&whole.webhook_id()));
    assert_eq!((first.event_id, &first.s3_key), (second.event_id, &second.s3_key));
    assert_eq!(first.content_type.as_deref(), Some("application/json"));
    assert_eq!(world.0.ledger.faults.calls(), 6, "a claim and a completion for each of three");
}

#[tokio::test]
async fn a_retry_of_one_item_delivers_no_other_again() {
    let world = graph(all_to_crm());
    world.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    world.0.batch().await.unwrap();
    let items = world.0.ingest.queue.receive(QUEUE);
    world.0.destinations.answer("crm", Outcome::retry("HTTP status 500"));
    assert_eq!(world.0.work(&items[..1]).await.unwrap().len(), 1, "it comes back");
    world.0.destinations.answer("crm", Outcome::Delivered);
    assert!(world.0.work(&items).await.unwrap().is_empty());
    assert_eq!(ids(&world, "crm"), ["1", "1", "2"]);
    let ids: Vec<_> = world.deliveries().into_iter().map(|(_, it)| it.webhook_id).collect();
    assert_eq!(ids[0], ids[1], "the same event again");
}

#[tokio::test]
async fn an_item_that_is_rejected_is_a_dead_letter_of_its_own_and_is_redriven_alone() {
    let world = graph(json!([
        { "source": "graph", "filter": "type == 'created'", "destinations": ["crm"] },
        { "source": "graph", "otherwise": true, "destinations": ["bus"] },
    ]));
    world.0.destinations.answer("bus", Outcome::reject("HTTP status 400"));
    world.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "updated")])).await;
    world.work().await;
    let letters = world.0.dead_letters();
    assert_eq!(letters.len(), 1);
    let reference = Reference::parse(&letters[0].body).unwrap();
    assert_eq!((reference.item, reference.generation), (Some(1), 1));
    world.0.destinations.answer("bus", Outcome::Delivered);
    world.0.ingest.queue.send(QUEUE, message(letters[0].body.clone())).await.unwrap();
    world.work().await;
    assert_eq!((ids(&world, "crm"), ids(&world, "bus")), (vec!["1".into()], vec!["2".into(); 2]));
}

#[tokio::test]
async fn the_same_list_again_delivers_nothing_and_a_known_item_in_another_neither() {
    let world = graph(all_to_crm());
    let list = changes(&[("1", "created"), ("2", "created")]);
    for _ in 0..2 {
        world.send("graph", GRAPH, &list).await;
        world.work().await;
    }
    assert_eq!(ids(&world, "crm"), ["1", "2"]);
    world.send("graph", GRAPH, &changes(&[("2", "created"), ("3", "created")])).await;
    world.work().await;
    assert_eq!(ids(&world, "crm"), ["1", "2", "3"]);
}

/// What became of the items, the list's own entry does not know.
#[tokio::test]
async fn the_same_list_again_delivers_what_is_dead_of_it_and_nothing_else() {
    let world = graph(json!([
        { "source": "graph", "filter": "type == 'created'", "destinations": ["crm"] },
        { "source": "graph", "otherwise": true, "destinations": ["bus"] },
    ]));
    let list = changes(&[("1", "created"), ("2", "updated")]);
    world.0.destinations.answer("bus", Outcome::reject("HTTP status 400"));
    world.send("graph", GRAPH, &list).await;
    let received = world.0.ingest.queue.receive(QUEUE);
    assert!(world.0.work(&received).await.unwrap().is_empty());
    assert!(world.0.work(&received).await.unwrap().is_empty());
    assert_eq!(world.0.ingest.queue.depth(QUEUE), 3, "SQS's second delivery queues no items");
    world.work().await;
    assert_eq!((ids(&world, "crm").len(), ids(&world, "bus").len()), (1, 1));

    world.0.destinations.answer("bus", Outcome::Delivered);
    world.send("graph", GRAPH, &list).await;
    let received = world.0.ingest.queue.receive(QUEUE);
    world.0.ingest.queue.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(world.0.work(&received).await.unwrap().len(), 1, "one item is not queued");
    assert!(world.0.work(&received).await.unwrap().is_empty());
    world.work().await;
    assert_eq!((ids(&world, "crm").len(), ids(&world, "bus").len()), (1, 2));
}

#[tokio::test]
async fn two_items_with_one_id_have_one_effect() {
    let world = graph(all_to_crm());
    world.send("graph", GRAPH, &changes(&[("1", "created"), ("1", "created")])).await;
    world.0.batch().await.unwrap();
    assert_eq!(world.0.ingest.queue.depth(QUEUE), 2);
    world.work().await;
    assert_eq!(ids(&world, "crm"), ["1"]);
}

#[tokio::test]
async fn a_crash_between_its_items_and_its_completion_delivers_nothing_twice() {
    let world = graph(all_to_crm());
    let whole = world.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    let list = world.0.ingest.queue.receive(QUEUE);
    world.0.ledger.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(world.0.work(&list).await.unwrap().len(), 1, "not acknowledged");
    world.0.ledger.change(&whole, |entry| entry.state = State::Leased(Timestamp::UNIX_EPOCH));
    assert!(world.0.work(&list).await.unwrap().is_empty());
    world.0.ingest.queue.delete(QUEUE, &list[0].receipt);
    assert_eq!(world.0.ingest.queue.depth(QUEUE), 4, "its items are there twice");
    world.work().await;
    assert_eq!(ids(&world, "crm"), ["1", "2"]);
}

#[tokio::test]
async fn items_that_cannot_all_be_queued_are_queued_again_and_delivered_once() {
    let world = graph(all_to_crm());
    let whole = world.send("graph", GRAPH, &changes(&[("1", "created"), ("2", "created")])).await;
    world.0.ingest.queue.faults.plan([Fault::None, Fault::Fails]);
    assert_eq!(world.0.batch().await.unwrap(), (1, 1));
    let entry = world.0.ledger.entry(&whole).unwrap();
    assert_eq!(entry.reason.as_deref(), Some("its items cannot be queued: queue: fault"));
    world.work().await;
    assert_eq!(world.0.state(&whole), Some(State::Complete));
    assert_eq!(ids(&world, "crm"), ["1", "2"]);
}

/// A source whose lists are as long as it likes.
fn in_house(list: &Value) -> World {
    let (sources, routes) = in_house_with(list);
    World::with(&sources, routes)
}

fn in_house_with(list: &Value) -> (Value, Value) {
    let scheme = json!({ "header": "X-Signature", "encoding": "hex" });
    let in_house = json!({ "provider": "hmac", "scheme": scheme, "split": true, "list": list });
    (json!({ "shop": in_house }), json!([{ "source": "shop", "destinations": ["crm"] }]))
}

#[tokio::test]
async fn more_than_ten_thousand_items_are_a_dead_letter_and_ten_thousand_are_not() {
    let list = |items: usize| json!(vec![json!({ "n": 0 }); items]).to_string();
    let world = in_house(&json!({ "items": "body" }));
    let key = world.send("shop", "hmac", &list(10_001)).await;
    world.0.batch().await.unwrap();
    assert_eq!(world.0.state(&key), Some(State::Dead));
    assert!(world.deliveries().is_empty());
    let reason = &world.0.dead_letters()[0].attributes["reason"];
    assert_eq!(reason, "its list has 10001 items, and at most 10000 are taken apart");
    let key = world.send("shop", "hmac", &list(10_000)).await;
    world.0.batch().await.unwrap();
    assert_eq!(world.0.state(&key), Some(State::Complete));
    assert_eq!(world.0.ingest.queue.depth(QUEUE), 10_000);
}

#[tokio::test]
async fn items_without_ids_are_told_apart_by_their_places() {
    let world = in_house(&json!({ "items": "body.events", "type": ["kind"] }));
    let list = r#"{"events":[{"kind":"a"},{"kind":"a"}]}"#;
    for _ in 0..2 {
        world.send("shop", "hmac", list).await;
        world.work().await;
    }
    assert_eq!(world.bodies("crm"), [r#"{"kind":"a"}"#; 2]);
}

#[tokio::test]
async fn a_body_without_a_list_is_an_event_like_any_other() {
    let world = in_house(&json!({ "items": "body.events" }));
    let bodies = ["not JSON", r#"{"events": []}"#, r#"{"events": {}}"#, r#"{"other": [1]}"#];
    for body in bodies {
        world.send("shop", "hmac", body).await;
        world.work().await;
    }
    let mut expected = bodies.to_vec();
    expected.sort_unstable();
    assert_eq!(world.bodies("crm"), expected, "byte for byte");
    assert!(world.deliveries().iter().all(|(_, it)| it.item.is_none()));
}

/// What waits while a source is told not to split any more.
#[tokio::test]
async fn an_item_that_cannot_be_found_again_is_a_dead_letter() {
    let mut world = graph(all_to_crm());
    world.send("graph", GRAPH, &changes(&[("1", "created")])).await;
    world.0.batch().await.unwrap();
    world.reconfigure(&json!({ "graph": { "provider": GRAPH } }), all_to_crm());
    world.work().await;
    let reason = world.0.dead_letters().remove(0).attributes["reason"].clone();
    assert_eq!(reason, "an item of a list whose source is not split any more");
    assert!(world.deliveries().is_empty());
}

/// The list is looked for elsewhere now, and at the item's place there is another.
#[tokio::test]
async fn an_item_is_never_taken_for_another() {
    let list = |items: &str| json!({ "items": items, "id": ["id"] });
    let mut world = in_house(&list("body.events"));
    let body = r#"{"events":[{"id":"1","kind":"a"},{"id":"2","kind":"b"}]}"#;
    world.send("shop", "hmac", body).await;
    world.0.batch().await.unwrap();
    let (sources, routes) = in_house_with(&list("body.events[?kind == 'b']"));
    world.reconfigure(&sources, routes);
    world.work().await;
    assert!(world.deliveries().is_empty(), "neither under the other's name");
    let letters = world.0.dead_letters();
    assert!(letters[0].attributes["reason"].starts_with("item 0, which is another one now"));
    assert_eq!(letters.len(), 2);
}
