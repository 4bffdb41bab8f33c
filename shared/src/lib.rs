//! What ingest, worker and CLI share: the nouns of `docs/architecture.md` as types, the signature verifier,
//! and the ports to AWS services.
//!
//! Imports run downwards only. `shared/tests/layers.rs` fails when a module imports one that is not in its
//! row:
//!
//! | module | holds | may import |
//! |---|---|---|
//! | [`ports`] | object store, queue, secrets, AWS clients | [`config`], [`event`], [`webhook`] |
//! | [`config`] | the configuration that Terraform writes | [`event`], [`provider`], [`query`], [`webhook`] |
//! | [`event`] | stored event, dedupe key, reference, route, message group, list items | [`query`], [`webhook`] |
//! | [`provider`] | provider files, and sources with their provider's defaults | [`query`], [`webhook`] |
//! | [`query`] | expressions, filters and the document they read | [`webhook`] |
//! | [`webhook`] | request, signature scheme, handshake, reply, secret | nothing |
//! | [`telemetry`] | log lines and metrics | nothing |
//!
//! Everything but [`ports`] and [`telemetry`] is pure: it does no IO, and takes the current time as an argument.

pub mod config;
pub mod event;
pub mod ports;
pub mod provider;
pub mod query;
pub mod telemetry;
pub mod webhook;
