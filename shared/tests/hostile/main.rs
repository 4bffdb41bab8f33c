//! What nobody sends who means well: each is refused, in bounded time, with no more memory than a small
//! multiple of the request's own size. Every case starts from a request that verifies, so that it is the
//! hostile part which is refused.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bodies;
mod case;
mod headers;
#[path = "../vectors/mod.rs"]
mod vectors;
