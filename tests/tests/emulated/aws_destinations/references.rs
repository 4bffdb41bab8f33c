//! Events that are too large for their destination.

use std::collections::BTreeMap;

use catchment_tests::aws_targets::unique;
use catchment_tests::clients::{self, Clients};
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::{Fault, MemoryStore};
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::harness::{self, TestIngest};
use catchment_tests::{samples, wait};
use serde_json::{Value, json};
use shared::event::Event;
use shared::ports::store::{EventStore, S3Store};
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::{SOON, emulator};

/// An event as ingest stores it, by its key.
async fn stored(body: &[u8]) -> (String, Vec<u8>) {
    let ingest = TestIngest::new();
    let secret = harness::secret("github");
    let sample = samples::sign("github", &secret, "id-1", body, ingest.now).unwrap();
    let answer = ingest.receive(&harness::http_api_event("github", &sample)).await;
    assert_eq!(answer.status, 200);
    let key = ingest.store.keys().pop().unwrap();
    let object = ingest.store.object(&key).unwrap();
    (key, object)
}

fn queue(name: &str, url: &str) -> Value {
    json!({ "sqs": {
        "arn": format!("arn:aws:sqs:us-east-1:000000000000:{name}"), "url": url,
        "ordering_key": null, "inline_limit": 1024,
    } })
}

#[tokio::test]
async fn a_large_event_is_delivered_by_reference_and_can_be_read_at_its_url() {
    for kind in [Kind::LocalStack, Kind::MiniStack] {
        let (endpoint, Clients { s3, sqs, .. }) = emulator(kind).await;
        let name = unique("large");
        s3.create_bucket().bucket(&name).send().await.unwrap();
        let url = sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
        let body = json!({ "text": "ü".repeat(500_000) }).to_string();
        let (s3_key, object) = stored(body.as_bytes()).await;
        let store = S3Store::new(s3, name.clone());
        store.put(&s3_key, object.clone()).await.unwrap();
        let it = TestDestination::with_links(endpoint, queue(&name, &url), store).unwrap();
        let delivery = Delivery { body: body.clone().into(), s3_key: s3_key.clone(), ..delivery() };
        assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);

        let message = wait::until("the message", SOON, async || {
            let receive = sqs.receive_message().queue_url(&url).wait_time_seconds(1);
            receive.send().await.unwrap().messages?.pop()?.body
        });
        let event: BTreeMap<String, Value> = serde_json::from_str(&message.await.unwrap()).unwrap();
        assert_eq!((&event["s3bucket"], &event["s3key"]), (&json!(name), &json!(s3_key)));
        assert_eq!(event["id"], delivery.webhook_id);
        assert!(!event.contains_key("data") && !event.contains_key("data_base64"));
        let link = event["dataref"].as_str().unwrap();
        let got = clients::http().unwrap().get(link).send().await.unwrap().bytes().await.unwrap();
        assert!(got == object, "{kind:?}: it is not what was stored");
        assert!(Event::from_json(&got).unwrap().body().unwrap() == body.as_bytes());
    }
}

#[tokio::test]
async fn without_a_link_there_is_another_time() {
    let store = MemoryStore::default();
    store.faults.plan([Fault::Fails]);
    let it = TestDestination::with_links(
        "http://127.0.0.1:1",
        queue("q", "http://127.0.0.1:1/q"),
        store,
    )
    .unwrap();
    let large = Delivery { body: vec![b'x'; 2000].into(), ..delivery() };
    let tried = it.deliver(&large).await;
    assert_eq!(retry_reason(&tried), "no link to its stored event: fault");
}
