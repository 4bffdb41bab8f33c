//! The last mile: an event to a destination of any kind.
//!
//! HTTP gets the body itself, signed; Lambda, SQS and EventBridge get it in an [`envelope`], and what
//! does not fit there by reference; a handler gets the [`Delivery`].

pub mod aws;
pub mod client;
pub mod cloudevents;
mod destinations;
pub mod envelope;
mod eventbridge;
mod handler;
pub mod http;
mod lambda;
mod message;
pub mod sign;
mod sqs;
mod ssrf;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use shared::event::EventId;

pub use self::destinations::Destinations;
use crate::outcome::Attempt;

/// Delivers to the destinations that a configuration names.
pub trait Deliver: Send + Sync {
    /// Delivers to one destination. Bounded in time and memory, whatever the destination does.
    fn deliver(
        &self,
        destination: &str,
        delivery: &Delivery,
    ) -> impl Future<Output = Attempt> + Send;
}

/// What a destination gets. Every attempt at one event carries the same `webhook_id`.
#[derive(Clone)]
pub struct Delivery {
    /// By which the destination recognises a second delivery.
    pub webhook_id: String,
    /// The event's id: where to find it in the archive.
    pub event_id: EventId,
    /// Where it is one item of a list, its place there, from 0.
    pub item: Option<u32>,
    /// The stored event's key in the archive.
    pub s3_key: String,
    /// The source's name.
    pub source: String,
    /// The event's type, where its provider says one.
    pub event_type: Option<String>,
    /// When the event was received.
    pub received_at: Timestamp,
    /// The body's type, as the provider said it.
    pub content_type: Option<String>,
    /// The body, byte for byte as the provider signed it.
    pub body: bytes::Bytes,
    /// By destination: the group that its FIFO queue is to have the event in, where that was found.
    pub ordering_keys: BTreeMap<String, String>,
}

/// A configured number of seconds.
fn seconds(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
