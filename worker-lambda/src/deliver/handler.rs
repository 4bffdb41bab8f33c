//! Handlers: destinations that are code in the worker itself.
//!
//! A handler implements [`Handler`], and is created from a [`HandlerContext`] when the worker starts. The worker finds
//! it by the name that `handler.name` has in the configuration of a destination: see [`HandlerRegistry`].
//!
//! # Example
//!
//! This handler posts the type of each event to a chat. It is the whole of a file
//! `worker-lambda/src/handlers/post_to_chat.rs`.
//!
//! ```standalone_crate
//! # // As in the worker, paths begin with `crate`.
//! # use worker_lambda::{deliver, outcome};
//! use reqwest::header::HeaderValue;
//! use reqwest::{Method, Request};
//! use shared::config::StartError;
//! use url::Url;
//!
//! use crate::deliver::client::{self, HttpClient};
//! use crate::deliver::{Delivery, Handler, HandlerContext};
//! use crate::outcome::Outcome;
//!
//! /// Posts the types of events to a chat.
//! pub(crate) struct PostToChat {
//!     http: HttpClient,
//!     url: Url,
//! }
//!
//! impl PostToChat {
//!     /// Reads the settings. An error stops the worker at its start.
//!     pub(crate) fn new(context: &HandlerContext<'_>) -> Result<Self, StartError> {
//!         let url = client::url(context.settings.get("url")?, false);
//!         let url = url.map_err(|reason| context.settings.invalid("url", &reason))?;
//!         Ok(Self { http: context.http.clone(), url })
//!     }
//! }
//!
//! impl Handler for PostToChat {
//!     async fn handle(&self, delivery: &Delivery) -> Outcome {
//!         let Some(event_type) = &delivery.event_type else {
//!             return Outcome::reject("the event has no type");
//!         };
//!         let Ok(idempotency_key) = HeaderValue::from_str(&delivery.webhook_id) else {
//!             return Outcome::reject("the id is not valid in an HTTP header");
//!         };
//!         let mut request = Request::new(Method::POST, self.url.clone());
//!         request.headers_mut().insert("idempotency-key", idempotency_key);
//!         *request.body_mut() = Some(event_type.clone().into());
//!         match self.http.send(request, false).await {
//!             Ok(attempt) => attempt.outcome,
//!             Err(error) => error.into(),
//!         }
//!     }
//! }
//! #
//! # fn main() {
//! #     use deliver::HandlerRegistry;
//! #     let registry = HandlerRegistry::default().with("post_to_chat", PostToChat::new);
//! #     assert_eq!(registry.names().collect::<Vec<_>>(), ["post_to_chat"]);
//! # }
//! ```
//!
//! Two lines in `worker-lambda/src/handlers.rs` add it to the worker: `mod post_to_chat;`, and
//! `.with("post_to_chat", PostToChat::new)` in the registry.

mod context;
mod destination;
mod registry;

use std::future::Future;
use std::pin::Pin;

pub use self::context::{HandlerContext, Settings};
pub(super) use self::destination::HandlerDestination;
pub use self::registry::HandlerRegistry;
use super::Delivery;
use crate::outcome::Outcome;

/// Processes the events of one destination.
///
/// The worker creates one handler for each destination that names it, and calls it for several events at once.
///
/// - **An event may come more than once**: after [`Outcome::Retry`], and if the worker crashed before it recorded the
///   outcome. [`Delivery::webhook_id`] is then the same. Make the effect idempotent, for example by a conditional write
///   or an idempotency key.
/// - **Reasons and panic messages must not quote the event**, because they are logged.
/// - **A call is stopped after [`HandlerContext::timeout`]**, at the `.await` that it has reached. A timeout counts as
///   [`Outcome::Retry`], and so does a panic.
///
/// The [example](self#example) shows a whole handler.
pub trait Handler: Send + Sync {
    /// Processes one event. Return [`Outcome::retry`] if trying again may help, and [`Outcome::reject`] if it cannot.
    fn handle(&self, delivery: &Delivery) -> impl Future<Output = Outcome> + Send;
}

/// A [`Handler`] that can be a trait object, which a trait with an `async fn` cannot be.
trait DynHandler: Send + Sync {
    fn handle<'h>(&'h self, delivery: &'h Delivery) -> BoxedOutcome<'h>;
}

type BoxedOutcome<'h> = Pin<Box<dyn Future<Output = Outcome> + Send + 'h>>;

impl<H: Handler> DynHandler for H {
    fn handle<'h>(&'h self, delivery: &'h Delivery) -> BoxedOutcome<'h> {
        Box::pin(Handler::handle(self, delivery))
    }
}
