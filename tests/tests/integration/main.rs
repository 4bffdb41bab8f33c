//! Ingest and worker through the real S3, SQS and Secrets Manager of LocalStack: what is asserted is
//! what lies in the bucket and in the queues, and what the destination got.
//!
//! The ledger is the fake: LocalStack has no DynamoDB without Docker. `contracts` holds both ledgers
//! to the same, and `deployment` runs the real one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod ingest;
mod reply_within;
mod round;
mod stack;
