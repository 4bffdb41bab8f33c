//! Logs and metrics, written as lines to standard output.

#[cfg(feature = "aws")]
mod log;
mod metrics;

use std::fmt;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::log::init;
pub use self::metrics::{Metric, MetricSink, Metrics};

/// Logs why a Lambda function cannot start. If `main` returned the error, it would be printed as plain text
/// rather than JSON.
pub fn log_start_error(error: &impl fmt::Display) {
    tracing::error!(%error, "cannot start");
}

/// A duration in milliseconds, for log lines. It has 64 bits, because `tracing` writes larger integers as
/// strings, which cannot be filtered by value.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
