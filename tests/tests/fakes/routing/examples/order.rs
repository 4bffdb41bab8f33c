//! What waits in a FIFO queue, and for whom.

use std::time::Duration;

use serde_json::Value;
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::of_envelope;
use crate::routing::world::World;

/// What was tried of an envelope, by the events' types.
fn tried(world: &World, envelope: &str) -> Vec<String> {
    let own = world.deliveries().into_iter().filter(|(_, it)| is_of(envelope, it));
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
    let world = World::of_example("order");
    let send = async |envelope, name| {
        world.send("docusign", "docusign", &of_envelope(envelope, name)).await;
    };
    for name in &EVENTS[..3] {
        send("A", name).await;
    }
    send("B", EVENTS[0]).await;
    world.0.destinations.answer_by("crm", |it| match is_of("A", it) {
        true => {
            Outcome::Retry { after: Some(Duration::from_secs(2)), reason: "HTTP status 503".into() }
        }
        false => Outcome::Delivered,
    });
    assert_eq!(world.0.batch_of("contracts").await.unwrap(), (4, 3));
    assert_eq!(
        (tried(&world, "A"), tried(&world, "B")),
        (vec![EVENTS[0].into()], vec![EVENTS[0].into()])
    );
    send("A", EVENTS[3]).await;
    send("B", EVENTS[1]).await;
    world.0.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(world.0.batch_of("contracts").await.unwrap(), (1, 0));
    assert_eq!(tried(&world, "B"), EVENTS[..2]);
    world.0.pass(Duration::from_secs(3)).await;
    assert_eq!(world.0.batch_of("contracts").await.unwrap(), (4, 0));
    assert_eq!(tried(&world, "A")[1..], EVENTS);
}

#[tokio::test]
async fn an_envelope_is_the_group() {
    let world = World::of_example("order");
    world.send("docusign", "docusign", &of_envelope("A", "envelope-sent")).await;
    let received = world.0.ingest.queue.receive(&world.0.queue("contracts").url);
    assert_eq!(received[0].group.as_deref(), Some("A"));
}
