//! The whole deployment: `infra/` applied on MiniStack, webhooks over HTTP, and what is stored,
//! delivered and dead afterwards. All tests here share one deployment.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod changes;
mod circuit_breaker;
mod dead_letters;
mod deployment;
mod duplicates;
mod examples;
mod infrastructure;
mod isolation;
mod kinds;
mod misconfigurations;
mod order;
mod package;
mod rate_limit;
mod receiving;
mod refusals;
mod retries;
mod shapes;
mod sources;
mod traffic;
mod upgrade;
mod verdict;
