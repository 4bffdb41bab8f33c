//! The local stack: everything that starts, provisions and observes Catchment on this machine,
//! without Docker and without a cloud account. `cargo dev` and the suites under `tests/` stand on
//! it.
//!
//! | module | what it does |
//! |---|---|
//! | [`emulator`] | LocalStack and MiniStack, each on a free port, gone when dropped |
//! | [`clients`] | the AWS SDK's clients, and an HTTP client, for an endpoint |
//! | [`lambdas`] | builds both Lambdas and zips them |
//! | [`terraform`] | applies a copy of `infra/` and reads its outputs |
//! | [`stack`] | all of that together: a deployment that runs here |
//! | [`table`], [`aws_targets`] | tables, queues, functions and buses that suites make for themselves |
//! | [`judge`] | judges recorded calls by AWS's service models and policies |
//! | [`rie`] | runs a bootstrap under AWS's runtime interface emulator |
//! | [`lambda_log`] | what its Lambdas log |
//! | [`receiver`] | an HTTP destination that records what it gets and fails on request |
//! | [`deliveries`] | checks deliveries as a destination would |
//! | [`raw_server`] | servers that misbehave on the bare socket |
//! | [`wait`] | waits for a condition, with a deadline |
//! | [`python`], [`venv`], [`guard`], [`logs`], [`paths`], [`zip`] | what those stand on |

pub mod aws_targets;
pub mod clients;
pub mod deliveries;
pub mod emulator;
pub mod fakes;
pub mod guard;
pub mod harness;
pub mod judge;
pub mod lambda_log;
pub mod lambdas;
pub mod logs;
pub mod paths;
pub mod python;
pub mod random_faults;
pub mod raw_server;
pub mod receiver;
pub mod rie;
pub mod samples;
pub mod stack;
pub mod table;
pub mod terraform;
pub mod venv;
pub mod wait;
pub mod zip;

/// An error with a message for the user of the command.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A result whose error is for the user of the command.
pub type Result<T> = std::result::Result<T, Error>;

/// Receives one line for each step of something that takes a while.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Progress for test suites: `cargo test` shows it where it has something to wait for.
pub fn to_stderr(line: &str) {
    eprintln!("{line}");
}
