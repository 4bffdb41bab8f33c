//! The sources, queues and destinations that the tests of order, isolation, circuit breakers and rate limits add to
//! the deployment.

use catchment_tests::receiver::Received;
use serde_json::{Map, Value, json};

use crate::deployment::Deployment;

/// Keeps the events of an order in order.
pub(crate) const ORDERED: &str = "ordered";
/// Has few environments, so that much of what it gets has to wait.
pub(crate) const NARROW: &str = "narrow";
/// Would soon have used up all attempts at a destination that is down.
pub(crate) const PATIENT: &str = "patient";

/// How often an event on the queue [`PATIENT`] is tried.
pub(crate) const ATTEMPTS: usize = 6;
/// How many of the queue [`PATIENT`]'s events may be delivered per second to the destination `paced`.
pub(crate) const RATE: u32 = 4;
/// How many environments work on the queue [`PATIENT`].
pub(crate) const ENVIRONMENTS: u32 = 2;

pub(crate) fn sources() -> Map<String, Value> {
    let sources = json!({
        // Every event of GitHub's here is a push.
        "orders": { "provider": "github", "queue": "impatient", "queue_by_type": { "push": ORDERED } },
        "flood": { "provider": "github", "queue": NARROW },
        "calm": { "provider": "github" },
        "fragile": { "provider": "github", "queue": PATIENT },
        "paced": { "provider": "github", "queue": PATIENT },
    });
    sources.as_object().unwrap().clone()
}

pub(crate) fn queues() -> Map<String, Value> {
    let soon = json!({ "base": 0.5, "factor": 1, "cap": 1 });
    let queues = json!({
        ORDERED: { "fifo": true, "ordering_key": "body.order", "backoff": soon, "batch_size": 5 },
        NARROW: { "maximum_concurrency": 2, "batch_size": 2 },
        PATIENT: {
            "max_attempts": ATTEMPTS, "backoff": soon, "maximum_concurrency": ENVIRONMENTS,
            "batch_size": 5,
        },
    });
    queues.as_object().unwrap().clone()
}

pub(crate) fn destinations(receiver: &str) -> Map<String, Value> {
    let http = |name: &str| json!({ "url": format!("{receiver}/{name}"), "allow_private": true, "timeout": 3 });
    let plain = ["order-a", "order-b", "order-c", "swamp", "calm"];
    let mut destinations: Map<_, _> =
        plain.map(|name| (name.to_owned(), json!({ "http": http(name) }))).into_iter().collect();
    let circuit = json!({ "failures": 3, "probe_after": 1 });
    destinations
        .insert("fragile".to_owned(), json!({ "http": http("fragile"), "circuit": circuit }));
    let fickle = json!({ "failures": 1, "probe_after": 1 });
    destinations
        .insert("order-d".to_owned(), json!({ "http": http("order-d"), "circuit": fickle }));
    destinations.insert("paced".to_owned(), json!({ "http": http("paced"), "rate": RATE }));
    destinations
}

pub(crate) fn routes() -> Vec<Value> {
    let of_order = |order: &str| {
        let filter = format!("body.order == '{order}'");
        json!({ "source": "orders", "filter": filter, "destinations": [format!("order-{order}")] })
    };
    let to = |source: &str, destination: &str| json!({ "source": source, "destinations": [destination] });
    vec![
        of_order("a"),
        of_order("b"),
        of_order("c"),
        of_order("d"),
        to("flood", "swamp"),
        to("calm", "calm"),
        to("fragile", "fragile"),
        to("paced", "paced"),
    ]
}

/// All that a destination has got, in the order of arrival.
pub(crate) fn arrived(deployment: &Deployment, destination: &str) -> Vec<Received> {
    let path = format!("/{destination}");
    let received = deployment.receiver.received().into_iter();
    received.filter(|got| got.path == path).collect()
}
