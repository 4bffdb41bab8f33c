//! Events that are too large for their destination.

use std::collections::BTreeMap;

use catchment_tests::aws_targets::unique;
use catchment_tests::clients::{self, Clients};
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::{Fault, MemoryStore};
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::wait;
use serde_json::{Value, json};
use shared::ports::store::S3Store;
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::{SOON, emulator};

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
        let it = TestDestination::with_links(
            endpoint,
            queue(&name, &url),
            S3Store::new(s3.clone(), name.clone()),
        );
        let it = it.unwrap();
        let delivery = Delivery { body: body.clone().into(), ..delivery() };
        assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);

        let message = wait::until("the message", SOON, async || {
            let receive = sqs.receive_message().queue_url(&url).wait_time_seconds(1);
            receive.send().await.unwrap().messages?.pop()?.body
        });
        let event: BTreeMap<String, Value> = serde_json::from_str(&message.await.unwrap()).unwrap();
        let key = "bodies/source=shop/date=1970-01-01/hour=00/1";
        assert_eq!((&event["s3bucket"], &event["s3key"]), (&json!(name), &json!(key)));
        assert_eq!(event["datacontenttype"], "application/json");
        assert_eq!(event["id"], delivery.webhook_id);
        assert!(!event.contains_key("data") && !event.contains_key("data_base64"));
        let link = event["dataref"].as_str().unwrap();
        let got = clients::http().unwrap().get(link).send().await.unwrap();
        assert_eq!(got.headers()["content-type"], "application/json", "{kind:?}");
        let got = got.bytes().await.unwrap();
        assert!(got == body.as_bytes(), "{kind:?}: it is not the body alone");
        let keys = s3.list_objects_v2().bucket(&name).send().await.unwrap();
        let keys: Vec<_> = keys.contents().iter().filter_map(|object| object.key()).collect();
        assert_eq!(keys, [key], "{kind:?}: nothing else is written");
    }
}

#[tokio::test]
async fn without_a_body_or_a_link_to_it_there_is_another_attempt() {
    for (faults, reason) in [
        (vec![Fault::Fails], "its body: cannot store: fault"),
        (vec![Fault::None, Fault::Fails], "its body: cannot store: fault"),
        (vec![Fault::None, Fault::None, Fault::Fails], "no link to its body: fault"),
    ] {
        let store = MemoryStore::default();
        store.faults.plan(faults);
        let settings = queue("q", "http://127.0.0.1:1/q");
        let it = TestDestination::with_links("http://127.0.0.1:1", settings, store).unwrap();
        let large = Delivery { body: vec![b'x'; 2000].into(), ..delivery() };
        let tried = it.deliver(&large).await;
        assert_eq!(retry_reason(&tried), reason);
    }
}
