//! What ingest and worker agree on: the nouns of `docs/architecture.md` as types, the signature
//! verifier, and the narrow ports to AWS with their real implementations.
//!
//! Pure modules take everything they need as arguments, the time included. Only `aws`,
//! `config::load`, `queue`, `secrets`, `store` and `telemetry` do IO. What needs the AWS SDK is behind
//! the feature `aws`; without it the verifier is built, fuzzed and measured in seconds.

#[cfg(feature = "aws")]
pub mod aws;
pub mod body;
pub mod config;
pub mod dedupe;
pub mod document;
pub mod event;
pub mod expression;
pub mod filter;
pub mod handshake;
pub mod order;
pub mod provider;
pub mod queue;
pub mod reference;
pub mod reply;
pub mod request;
pub mod route;
pub mod scheme;
pub mod secret;
pub mod secrets;
pub mod split;
pub mod store;
pub mod telemetry;
