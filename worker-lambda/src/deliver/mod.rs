//! Delivers events to destinations of every kind.
//!
//! An HTTP destination gets the body itself, signed. Lambda, SQS and EventBridge get the body in an [`envelope`], or a
//! reference to an object with the body if it does not fit. A [`Handler`] gets the [`Delivery`].

mod auth;
pub mod aws;
pub mod client;
pub mod cloudevents;
mod destinations;
pub mod envelope;
mod eventbridge;
pub mod handler;
pub mod http;
mod lambda;
pub mod sign;
mod sqs;
mod ssrf;
mod status_rules;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use shared::event::EventId;
use shared::webhook::request::Headers;

pub use self::destinations::Destinations;
pub use self::handler::{Handler, HandlerContext, HandlerRegistry, Settings};
use crate::outcome::Attempt;

/// Delivers to the destinations of a configuration.
pub trait Deliver: Send + Sync {
    /// Makes one attempt at a delivery to one destination. It is limited in time and memory, whatever the destination
    /// does.
    fn deliver(
        &self,
        destination: &str,
        delivery: &Delivery,
    ) -> impl Future<Output = Attempt> + Send;
}

/// What a destination gets: an event, or one item of a list.
#[derive(Clone)]
pub struct Delivery {
    /// The idempotency key: every attempt to deliver an event has the same one.
    pub webhook_id: String,
    /// The event's id, by which it is found in the archive.
    pub event_id: EventId,
    /// The item's place in its list, from 0; `None` if the delivery is a whole event.
    pub item: Option<u32>,
    /// The S3 key of the stored event.
    pub s3_key: String,
    /// The source's name.
    pub source: String,
    /// The event's type, if its provider sends one.
    pub event_type: Option<String>,
    /// When the event was received.
    pub received_at: Timestamp,
    /// The headers of the original request, for an item those of its list. Left out are those that are never forwarded and
    /// those with the source's secret ([`Headers::forwardable`]).
    pub headers: Headers,
    /// The body's content type, as the provider sent it.
    pub content_type: Option<String>,
    /// The body's content coding (`Content-Encoding`), as the provider sent it. `None` if it has none.
    pub content_encoding: Option<String>,
    /// The body. That of an event is byte for byte as the provider sent it, except for a token; an item is written as new
    /// JSON.
    pub body: bytes::Bytes,
    /// The event's ordering key by FIFO destination, if it has one.
    pub ordering_keys: BTreeMap<String, String>,
}

/// A configured number of seconds as a duration.
fn seconds(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
