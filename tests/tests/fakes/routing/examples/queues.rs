//! Which queue an event waits in, and what a queue has unless more is said.

use serde_json::json;

use super::says;
use crate::routing::docs::config;
use crate::routing::docusign::event;
use crate::routing::world::World;

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
    rows.iter().for_each(|row| assert!(says(row), "{row}"));
    assert!(fifo.is_fifo() && !standard.is_fifo());
}
