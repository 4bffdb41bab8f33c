//! Which events in a FIFO queue wait for which.

use catchment_tests::harness::TestWorker;
use std::time::Duration;

use serde_json::Value;
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::of_envelope;
use crate::routing::setup::example;

/// The types of the events of an envelope that were tried, in order.
fn tried(test: &TestWorker, envelope: &str) -> Vec<String> {
    let own = test.destinations.deliveries().into_iter().filter(|(_, it)| is_of(envelope, it));
    own.filter_map(|(_, it)| it.event_type).collect()
}

fn is_of(envelope: &str, delivery: &Delivery) -> bool {
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    body["data"]["envelopeId"] == envelope
}

/// As in the picture: A1 fails, A2 and A3 wait for it, B1 does not, and A4 comes meanwhile.
#[tokio::test(start_paused = true)]
async fn an_envelopes_events_wait_for_its_first_one() {
    const EVENTS: [&str; 4] =
        ["envelope-sent", "envelope-delivered", "envelope-corrected", "envelope-completed"];
    let test = example("order");
    let send = async |envelope, name| {
        test.send("docusign", "docusign", &of_envelope(envelope, name)).await;
    };
    for name in &EVENTS[..3] {
        send("A", name).await;
    }
    send("B", EVENTS[0]).await;
    test.destinations.answer_by("crm", |it| match is_of("A", it) {
        true => {
            Outcome::Retry { after: Some(Duration::from_secs(2)), reason: "HTTP status 503".into() }
        }
        false => Outcome::Delivered,
    });
    assert_eq!(test.batch_of("contracts").await, (4, 3));
    assert_eq!(
        (tried(&test, "A"), tried(&test, "B")),
        (vec![EVENTS[0].into()], vec![EVENTS[0].into()])
    );
    send("A", EVENTS[3]).await;
    send("B", EVENTS[1]).await;
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch_of("contracts").await, (1, 0));
    assert_eq!(tried(&test, "B"), EVENTS[..2]);
    test.pass(Duration::from_secs(3)).await;
    assert_eq!(test.batch_of("contracts").await, (4, 0));
    assert_eq!(tried(&test, "A")[1..], EVENTS);
}

#[tokio::test]
async fn an_envelope_is_the_group() {
    let test = example("order");
    test.send("docusign", "docusign", &of_envelope("A", "envelope-sent")).await;
    let received = test.ingest.queue.receive(&test.queue("contracts").url);
    assert_eq!(received[0].group.as_deref(), Some("A"));
}
