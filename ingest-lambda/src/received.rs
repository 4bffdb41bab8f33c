//! What came of a request that was not refused.

use std::time::Duration;

use shared::event::EventId;
use shared::webhook::reply::Answer;

/// What was received, and what its sender is told.
#[derive(Debug)]
pub enum Received {
    /// An event.
    Event(Accepted),
    /// A handshake, by its title.
    Handshake(String, Answer),
}

/// A webhook that is stored and queued: what a 2xx is given for, and only for.
#[derive(Debug)]
pub struct Accepted {
    /// The event's id.
    pub id: EventId,
    /// Where it is stored.
    pub s3_key: String,
    /// Its type, where its provider says one.
    pub event_type: Option<String>,
    /// Whether its queue keeps order, and it has nothing to be ordered by.
    pub is_unordered: bool,
    /// The position of the secret that matched.
    pub secret: usize,
    /// Its fingerprint.
    pub fingerprint: String,
    /// What the provider wants to hear.
    pub answer: Answer,
    /// How long the steps took.
    pub took: StepTimings,
}

/// How long each step took.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepTimings {
    /// Verifying, fetching a secret included.
    pub verify: Duration,
    /// Storing.
    pub store: Duration,
    /// Enqueueing.
    pub enqueue: Duration,
}
