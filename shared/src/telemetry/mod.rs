//! Logs and metrics, both as lines on standard output.

#[cfg(feature = "aws")]
mod log;
mod metrics;

use std::fmt;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::log::init;
pub use self::metrics::{Metric, MetricSink, Metrics};

/// Logs why a Lambda cannot start. The error that `main` returns would not be a JSON line.
pub fn log_start_error(error: &impl fmt::Display) {
    tracing::error!(%error, "cannot start");
}

/// A duration in milliseconds, as logs have it: a 64-bit number, because `tracing` writes a larger one as text,
/// by which logs cannot be filtered.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
