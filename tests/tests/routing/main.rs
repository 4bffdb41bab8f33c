//! Routing, from the request to the destinations: every example in the documentation, as it is written
//! there, on requests as providers send them; lists taken apart; and what is counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod counts;
mod docs;
mod docusign;
mod examples;
mod filters;
mod listeners;
mod lists;
mod world;
