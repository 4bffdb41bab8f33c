//! Invariant 8: secrets and payloads never reach a log line, an error message or a `Debug` output.
//!
//! [`logs`] runs the Lambdas' own binaries, feeds them good, forged and failing requests and
//! deliveries full of marked text, and reads all that they wrote. [`words`] looks at what errors and
//! types say of themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod lambda;
mod logs;
#[allow(dead_code, reason = "the integration suite uses the rest")]
#[path = "../integration/stack.rs"]
mod stack;
mod start;
mod words;
