//! What an event waits for: its queue, its group, a circuit, a turn.

use std::time::Duration;

use catchment_tests::samples;
use catchment_tests::setup::secret;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::Circuit;
use tokio::time::Instant;
use worker_lambda::deliver::Delivery;
use worker_lambda::gate::circuit::item::State;
use worker_lambda::outcome::Outcome;

use crate::docs::{PAGE, config};
use crate::docusign::event;
use crate::world::World;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How many events wait in each of these queues.
fn depths<const N: usize>(world: &World, queues: [&str; N]) -> [usize; N] {
    queues.map(|name| world.0.ingest.queue.depth(&world.0.queue(name).url))
}

#[tokio::test]
async fn a_flood_of_one_source_is_in_nobody_elses_way() {
    let world = World::of_example("priority");
    let dispute = json!({ "id": "evt_1", "type": "charge.dispute.created" }).to_string();
    let paid = json!({ "id": "evt_2", "type": "charge.succeeded" }).to_string();
    for number in 0..30 {
        world.send("in_house", "hmac", &json!({ "number": number }).to_string()).await;
    }
    world.send("billing", "stripe", &paid).await;
    assert_eq!(depths(&world, ["critical", "default"]), [0, 31]);
    world.send("billing", "stripe", &dispute).await;
    world.send("docusign", "docusign", &event("envelope-sent").to_string()).await;
    assert_eq!(depths(&world, ["critical", "default"]), [2, 31]);
    assert_eq!(world.0.batch_of("critical").await.unwrap(), (2, 0));
    assert_eq!(world.0.destinations.tried(), ["crm", "crm"]);
    assert_eq!(depths(&world, ["critical", "default"]), [0, 31]);
}

/// The table of what holds unless it is said.
#[test]
fn queues_have_what_the_table_says() {
    let [standard, fifo] = ["priority", "order"].map(config);
    let (standard, fifo) = (&standard.queues["default"], &fifo.queues["contracts"]);
    let rows = [
        format!("| `maximum_concurrency` | {} |", standard.maximum_concurrency),
        format!("| `max_receives` | {}, FIFO {} |", standard.max_receives, fifo.max_receives),
        format!(
            "| `max_attempts`, `backoff` | {}; {}, {}, {} |",
            standard.max_attempts,
            standard.backoff.base,
            standard.backoff.factor,
            standard.backoff.cap
        ),
    ];
    rows.iter().for_each(|row| assert!(PAGE.contains(row), "{row}"));
    assert!(fifo.is_fifo() && !standard.is_fifo());
}

fn of_envelope(envelope: &str, name: &str) -> String {
    let mut body = event(name);
    body["data"]["envelopeId"] = json!(envelope);
    body.to_string()
}

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
    world.0.destinations.answer_by("integration_a", |it| match is_of("A", it) {
        true => Outcome::Retry { after: Some(seconds(2)), reason: "HTTP status 503".into() },
        false => Outcome::Delivered,
    });
    assert_eq!(world.0.batch_of("contracts").await.unwrap(), (4, 3));
    assert_eq!(
        (tried(&world, "A"), tried(&world, "B")),
        (vec![EVENTS[0].into()], vec![EVENTS[0].into()])
    );
    send("A", EVENTS[3]).await;
    send("B", EVENTS[1]).await;
    world.0.destinations.answer("integration_a", Outcome::Delivered);
    assert_eq!(world.0.batch_of("contracts").await.unwrap(), (1, 0));
    assert_eq!(tried(&world, "B"), EVENTS[..2]);
    world.0.pass(seconds(3)).await;
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

/// Each destination fails whenever it is tried, and each event is tried eight times.
#[tokio::test(start_paused = true)]
async fn a_circuit_opens_after_as_many_failures_as_it_says_and_for_as_long() {
    let settings = config("circuit").destinations;
    let circuit = |name: &str| settings[name].circuit;
    assert_eq!(circuit("crm"), Some(Circuit { failures: 5, probe_after: 30 }));
    assert_eq!(circuit("erp"), Some(Circuit { failures: 20, probe_after: 60 }));
    assert_eq!(circuit("audit"), None);
    let world = World::of_example("circuit");
    for name in ["crm", "erp", "audit"] {
        world.0.destinations.answer(name, Outcome::retry("HTTP status 503"));
    }
    for envelope in ["A", "B", "C"] {
        world.send("docusign", "docusign", &of_envelope(envelope, "envelope-sent")).await;
        world.work().await;
    }
    let tried = world.0.destinations.tried();
    let times = |name| tried.iter().filter(|it| *it == name).count();
    assert_eq!((times("crm"), times("erp"), times("audit")), (5, 20, 24));
    assert_eq!((open_for(&world, "crm"), open_for(&world, "erp")), (Some(30), Some(60)));
    assert_eq!(open_for(&world, "audit"), None);
}

/// For how many seconds a circuit is open, to the next whole one.
fn open_for(world: &World, destination: &str) -> Option<i64> {
    match world.0.ledger.circuit_of(destination)?.state {
        State::Open(until) => Some(until.duration_since(Timestamp::now()).as_secs() + 1),
        other => panic!("{other:?}"),
    }
}

/// As the guide's pool of workers: 15 a second in all, each of two environments by half.
#[tokio::test(start_paused = true)]
async fn a_batch_takes_as_long_as_its_destinations_rate_says() {
    let settings = config("rate");
    let queue = &settings.queues["signatures"];
    assert_eq!(settings.destinations["contracts"].rate, Some(15.0));
    assert_eq!((queue.max_attempts, queue.maximum_concurrency), (5, 2));
    let world = World::of_example("rate");
    for number in 0..10 {
        let (body, id) = (samples::body("signbee").unwrap(), format!("evt_{number}"));
        let now = world.0.ingest.now;
        let sample = samples::sign("signbee", &secret("signbee"), &id, body, now).unwrap();
        world.post("signbee", sample).await;
    }
    let start = Instant::now();
    assert_eq!(world.0.batch_of("signatures").await.unwrap(), (10, 0));
    let (took, share) = (start.elapsed(), seconds(2) / 15);
    assert!((share * 10..share * 10 + seconds(1) / 50).contains(&took), "{took:?}");
    let said = format!(
        "every {} ms, so a batch of ten takes {:.1} s",
        share.as_millis(),
        took.as_secs_f64()
    );
    assert!(PAGE.contains(&said), "{said}");
}
