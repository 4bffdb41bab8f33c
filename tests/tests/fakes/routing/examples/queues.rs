//! Which queue an event waits in, and the defaults of a queue.

use catchment_tests::harness::TestWorker;
use serde_json::json;

use super::says;
use crate::routing::docs::config;
use crate::routing::docusign::event;
use crate::routing::setup::example;

/// How many events wait in each of these queues.
fn depths<const N: usize>(test: &TestWorker, queues: [&str; N]) -> [usize; N] {
    queues.map(|name| test.ingest.queue.depth(&test.queue(name).url))
}

#[tokio::test]
async fn a_flood_from_one_source_does_not_delay_the_critical_queue() {
    let test = example("priority");
    let dispute = json!({ "id": "evt_1", "type": "charge.dispute.created" }).to_string();
    let paid = json!({ "id": "evt_2", "type": "charge.succeeded" }).to_string();
    for number in 0..30 {
        test.send("in_house", "hmac", &json!({ "number": number }).to_string()).await;
    }
    test.send("billing", "stripe", &paid).await;
    assert_eq!(depths(&test, ["critical", "default"]), [0, 31]);
    test.send("billing", "stripe", &dispute).await;
    test.send("docusign", "docusign", &event("envelope-sent").to_string()).await;
    assert_eq!(depths(&test, ["critical", "default"]), [2, 31]);
    assert_eq!(test.batch_of("critical").await, (2, 0));
    assert_eq!(test.destinations.tried(), ["crm", "crm"]);
    assert_eq!(depths(&test, ["critical", "default"]), [0, 31]);
}

/// The table of defaults.
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
