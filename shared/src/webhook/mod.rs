//! What a webhook request is, how it is signed, and how a signature is verified.
//!
//! This module imports nothing else of this crate. Together with the provider files in
//! `shared/providers/` and their test vectors it can become a crate of its own.
//!
//! - [`request`] and [`body`]: a request as API Gateway hands it over, and what its body holds.
//! - [`scheme`]: how a provider signs, and the verifier. Only it can make a [`scheme::Verified`].
//! - [`secret`]: signing secrets, public keys and certificates.
//! - [`rejection`]: why a request is rejected, and the status that its sender gets.
//! - [`handshake`] and [`reply`]: requests that are answered and never queued, and what a provider expects
//!   as an answer.

pub mod body;
pub mod cidr;
pub mod handshake;
pub mod rejection;
pub mod reply;
pub mod request;
pub mod scheme;
pub mod secret;
