//! What is deployed where the user brings no file: a source for each provider, and the receiver as
//! the destination of each, on a path of its own.

use serde_json::{Map, Value, json};

use catchment_tests::samples;

/// Sources by name, with their providers.
const SOURCES: [(&str, &str); 7] = [
    ("docusign", "docusign"),
    ("stripe", "stripe"),
    ("github", "github"),
    ("signbee", "signbee"),
    ("standard", "standard-webhooks"),
    ("svix", "svix"),
    (IN_HOUSE, "hmac"),
];

/// The source that gives up soon, and signs in the way that is easiest by hand.
pub(crate) const IN_HOUSE: &str = "in-house";
/// The queue of that source.
pub(crate) const IMPATIENT: &str = "impatient";
/// How often an event on it is tried.
pub(crate) const IMPATIENT_ATTEMPTS: u32 = 3;

/// What holds where the user's file does not say otherwise.
pub(crate) fn defaults() -> Value {
    // A busy machine with an emulator on it may take longer than S3 and SQS, and then say 503. A saved file may remove a
    // queue. There is no force_destroy, with which a file with Object Lock would be refused.
    json!({ "name": "catchment", "reply_within": 15, "deletion_protection": false })
}

/// The built-in sample, with its destinations at the receiver.
pub(crate) fn variables(receiver: &str) -> Value {
    let mut values = defaults();
    let mut sources: Map<String, Value> = Map::new();
    let mut destinations: Map<String, Value> = Map::new();
    for (name, provider) in SOURCES {
        sources.insert(name.to_owned(), json!({ "provider": provider }));
        let http = json!({ "url": format!("{receiver}/{name}"), "allow_private": true });
        destinations.insert(name.to_owned(), json!({ "http": http }));
    }
    sources[IN_HOUSE] = json!({
        "provider": "hmac", "queue": IMPATIENT, "type": ["body.kind"],
        "scheme": { "header": samples::HMAC_HEADER.to_ascii_lowercase(), "encoding": "hex" },
    });
    let impatient = json!({
        "max_attempts": IMPATIENT_ATTEMPTS, "backoff": { "base": 1, "factor": 2, "cap": 2 },
    });
    let route = |(name, _)| json!({ "source": name, "destinations": [name] });
    values["sources"] = sources.into();
    values["destinations"] = destinations.into();
    values["queues"] = json!({ "default": {}, IMPATIENT: impatient });
    values["routes"] = SOURCES.map(route).into_iter().collect();
    values
}
