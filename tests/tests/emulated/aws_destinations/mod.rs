//! Destinations in AWS and in the worker itself, on the services that the emulators have. The binary `fakes` has the
//! tests of how they fail, on raw servers.

mod create_contact;
mod envelope_status;
mod eventbridge;
mod lambda;
mod references;
mod sqs;

use std::time::Duration;

use catchment_tests::clients::Clients;
use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::harness::destination::delivery;
use catchment_tests::samples;
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;

/// By when what was delivered is there.
const SOON: Duration = Duration::from_secs(20);

/// Docusign's sample, of a time.
fn docusign(generated_at: &str, event: &str) -> Delivery {
    let body = String::from_utf8(samples::body("docusign").unwrap().to_vec()).unwrap();
    let body = body.replace("2026-11-20T10:15:30.1234567Z", generated_at);
    let body = body.replace("envelope-completed", event).into();
    Delivery { source: "docusign".into(), body, ..delivery() }
}

/// The event that a destination got is a delivery's, with its body in it.
fn assert_whole(event: &Value, delivery: &Delivery) {
    let expected = json!({
        "specversion": "1.0", "id": delivery.webhook_id, "source": "/shop", "type": "order.paid",
        "time": "2026-11-22T09:09:29.361Z", "eventid": delivery.event_id,
        "datacontenttype": "application/json",
        "data": serde_json::from_slice::<Value>(&delivery.body).unwrap(),
    });
    assert_eq!(*event, expected);
}

async fn emulator(kind: Kind) -> (&'static str, Clients) {
    let emulator = Emulator::shared(kind).await.unwrap();
    (emulator.endpoint(), emulator.clients())
}
