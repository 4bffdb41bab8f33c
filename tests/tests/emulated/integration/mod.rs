//! Ingest and the worker on the S3, SQS and Secrets Manager of LocalStack. Tests check what lies in the bucket and in
//! the queues, and what the destination received.
//!
//! The ledger is the fake: LocalStack has no DynamoDB without Docker. `both/contracts` holds both ledgers to the same
//! contracts, and the binary `deployed` runs the real one.

mod delivery;
mod ingest;
