//! What a webhook request is, how it is signed, and how a signature is verified.
//!
//! - [`request`] and [`body`]: a request as API Gateway delivers it, and the content of its body.
//! - [`connection`]: what API Gateway says about the connection of a request. [`cidr`] and [`client_certificate`]:
//!   the address ranges and the client certificate that a source may demand of it.
//! - [`forward`]: which headers of a request a destination may get, too.
//! - [`scheme`]: how a provider signs, and the verifier. Only it can make a [`scheme::Verified`].
//! - [`secret`]: signing secrets, public keys and certificates.
//! - [`rejection`]: why a request is rejected, and the status that its sender gets.
//! - [`handshake`] and [`reply`]: requests that are answered and never queued, and the answers that a
//!   provider expects.
//!
//! This module imports nothing else of this crate, and `shared/tests/layers.rs` checks that. To make it a
//! crate of its own:
//!
//! 1. Move this folder to the new crate's `src/`, and replace `crate::webhook::` by `crate::`.
//! 2. Make the items public that other modules use as `pub(crate)`: [`secret`]'s base64 engines, and
//!    [`body`]'s `decode`, `content_coding`, `essence`, `repair_surrogates` and `xml_to_json`.
//! 3. Move the provider files in `shared/providers/`, their test vectors, `shared/tests/hostile` and
//!    `shared/benches/verify.rs` along with it. [`crate::provider`] stays here, because a provider file also
//!    has expressions, and reads the files from the new crate.
//!
//! Its external dependencies are base64, bytes, crc32fast, futures-util, hex, hmac, ipnet, jiff, multer,
//! percent-encoding, ring, rustls-pki-types, serde, serde_json, sha1, sha2, subtle, thiserror, url and
//! webpki.

pub mod body;
pub mod cidr;
pub mod client_certificate;
pub mod connection;
pub mod forward;
pub mod handshake;
pub mod rejection;
pub mod reply;
pub mod request;
pub mod scheme;
pub mod secret;
