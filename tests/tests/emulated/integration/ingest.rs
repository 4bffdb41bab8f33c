//! From a webhook to the bucket and the queue.

use std::time::Duration;

use catchment_tests::harness::{self, TestIngest};
use catchment_tests::samples;
use jiff::Timestamp;
use serde_json::json;
use shared::event::Event;
use shared::event::reference::Reference;

use crate::resources::{Resources, receive_sample};

/// After this time, a missing value is fetched again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);

/// The object is compared with the one in the fake archive, of the same request; only the event's id differs.
#[tokio::test]
async fn every_providers_sample_lies_in_the_bucket_byte_for_byte_and_its_reference_in_the_queue() {
    let mut resources = Resources::new(MINUTE, 100).await;
    for name in samples::PROVIDERS {
        let arn = resources.secret(name).await;
        resources.set_secret(&arn, &harness::secret(name)).await;
    }
    let ingest = resources.ingest();
    let mut keys = Vec::new();
    for name in samples::PROVIDERS {
        let now = Timestamp::now();
        let request = harness::sample_event(name, now);
        let answer = harness::receive(&ingest, &request, now).await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");

        let message = resources.next(&resources.queue).await;
        let reference = Reference::parse(&message.body).unwrap();
        assert_eq!(message.body, reference.to_json(), "the message is the reference and no more");
        assert_eq!(message.attributes, json!({}));
        assert_eq!(answer.body, json!({ "id": reference.event_id }));
        let object = resources.object(&reference.s3_key).await;
        assert_eq!(reference.size, object.len() as u64);
        let event = Event::from_json(&object).unwrap();
        assert_eq!(event.body().unwrap(), samples::body(name).unwrap(), "{name}");
        assert_eq!(event.s3_key(), reference.s3_key);
        assert_eq!((&event.id, &event.ledger_key), (&reference.event_id, &reference.ledger_key));

        let mut fakes = TestIngest::new();
        fakes.now = now;
        fakes.receive(&request).await;
        let expected = fakes.store.object(&fakes.store.keys()[0]).unwrap();
        let expected = String::from_utf8(expected).unwrap();
        let id = Event::from_json(expected.as_bytes()).unwrap().id.to_string();
        let expected = expected.replace(&id, &event.id.to_string());
        assert_eq!(String::from_utf8(object).unwrap(), expected, "{name}");
        keys.push(reference.s3_key);
    }
    keys.sort();
    assert_eq!(resources.keys().await, keys, "nothing else is stored");
    let waiting = u32::try_from(keys.len()).unwrap();
    assert_eq!(resources.depth(&resources.queue).await, (0, waiting), "nothing else is queued");
}

#[tokio::test]
async fn without_a_secret_set_it_is_503_and_nothing_stays() {
    let mut resources = Resources::new(MINUTE, 100).await;
    let arn = resources.secret("github").await;
    let ingest = resources.ingest();
    let answer = receive_sample(&ingest, "github").await;
    assert_eq!((answer.status, answer.body), (503, json!({ "error": "unavailable" })));
    assert_eq!(answer.headers["retry-after"], "5");
    resources.nothing_is_stored_or_queued().await;
    resources.set_secret(&arn, &harness::secret("github")).await;
    tokio::time::sleep(LOOK_AGAIN).await;
    assert_eq!(receive_sample(&ingest, "github").await.status, 200, "soon after it is set");
}

#[tokio::test]
async fn a_secret_rotated_in_secrets_manager_leaves_the_old_one_good() {
    let mut resources = Resources::new(MINUTE, 100).await;
    let arn = resources.secret("github").await;
    for value in [&harness::secret("github"), "the new one"] {
        resources.set_secret(&arn, value).await;
        assert_eq!(receive_sample(&resources.ingest(), "github").await.status, 200, "{value}");
    }
    resources.set_secret(&arn, "newer still").await;
    assert_eq!(receive_sample(&resources.ingest(), "github").await.status, 401);
}

#[tokio::test]
async fn a_forged_request_leaves_nothing() {
    let mut resources = Resources::new(MINUTE, 100).await;
    let arn = resources.secret("github").await;
    resources.set_secret(&arn, "another secret").await;
    assert_eq!(receive_sample(&resources.ingest(), "github").await.status, 401);
    resources.nothing_is_stored_or_queued().await;
}

#[tokio::test]
async fn without_the_bucket_it_is_503_and_nothing_is_queued() {
    let mut resources = Resources::new(MINUTE, 100).await;
    let arn = resources.secret("github").await;
    resources.set_secret(&arn, &harness::secret("github")).await;
    let ingest = resources.ingest();
    resources.clients.s3.delete_bucket().bucket(&resources.bucket).send().await.unwrap();
    let answer = receive_sample(&ingest, "github").await;
    assert_eq!((answer.status, &answer.headers["retry-after"][..]), (503, "5"));
    assert_eq!(resources.depth(&resources.queue).await, (0, 0));
    resources.clients.s3.create_bucket().bucket(&resources.bucket).send().await.unwrap();
    assert_eq!(receive_sample(&ingest, "github").await.status, 200, "as soon as it is there");
}

#[tokio::test]
async fn without_the_queue_it_is_503() {
    let mut resources = Resources::new(MINUTE, 100).await;
    let arn = resources.secret("github").await;
    resources.set_secret(&arn, &harness::secret("github")).await;
    let ingest = resources.ingest();
    resources.clients.sqs.delete_queue().queue_url(&resources.queue.url).send().await.unwrap();
    let answer = receive_sample(&ingest, "github").await;
    assert_eq!((answer.status, &answer.headers["retry-after"][..]), (503, "5"));
    assert_eq!(resources.keys().await.len(), 1, "stored, and nobody was told that it was accepted");
}
