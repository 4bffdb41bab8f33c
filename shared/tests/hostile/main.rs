//! Hostile requests: each is refused in bounded time, with at most a small multiple of the request's size in
//! memory. Every case starts from a valid request, so that its hostile part is the reason for the refusal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bodies;
mod case;
mod encoded;
mod headers;
#[path = "../vectors/mod.rs"]
mod vectors;
