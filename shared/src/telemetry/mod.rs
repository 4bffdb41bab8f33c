//! Logs and metrics, written as lines to standard output.
//!
//! Each event has one [`Line`] in each Lambda, with its metrics in it. What is not about one event, or what fails while an
//! event is processed, is logged by `tracing`, in the same format.

mod line;
#[cfg(feature = "aws")]
mod log;
mod metrics;

use std::fmt;
use std::time::Duration;

pub use self::line::{Line, LineSink, Log};
#[cfg(feature = "aws")]
pub use self::log::init;
pub use self::metrics::Metric;

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

/// The longest value that is logged, in characters. It is the longest type of an event.
const MAX_LOGGED: usize = 256;

/// The first 256 characters of a value whose length the sender of a webhook chooses, for log lines. Otherwise each
/// forged request could fill up the log, which is paid by its size.
pub fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_LOGGED);
    end.map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_two_characters() {
        assert_eq!(cut(&"ä".repeat(MAX_LOGGED + 1)), "ä".repeat(MAX_LOGGED));
        for short in ["", "a", &"ä".repeat(MAX_LOGGED)] {
            assert_eq!(cut(short), short);
        }
    }
}
