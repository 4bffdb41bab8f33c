//! The result of a delivery, named by what to do next.

use std::time::Duration;

/// The longest reason that is kept in the ledger and in a dead letter, in characters.
pub const MAX_REASON_CHARS: usize = 1000;

/// The HTTP status 410: the receiver does not exist any more, and will not come back.
pub const GONE: u16 = 410;

/// A reason, cut to [`MAX_REASON_CHARS`].
pub(crate) fn truncate_reason(reason: &str) -> String {
    reason.chars().take(MAX_REASON_CHARS).collect()
}

/// The result of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination accepted the event.
    Delivered,
    /// Trying again later may help.
    Retry {
        /// The destination's `Retry-After`: the next attempt is made no sooner than this.
        after: Option<Duration>,
        /// What failed, for logs, the ledger and dead letters. It must not quote the event.
        reason: String,
    },
    /// Trying again cannot help: the event becomes a dead letter.
    Reject {
        /// What failed, for logs, the ledger and dead letters. It must not quote the event.
        reason: String,
    },
}

/// An attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its outcome.
    pub outcome: Outcome,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
}

impl Attempt {
    /// Whether the receiver says that it is gone for good, so that every other event for it will fail, too.
    pub fn is_gone(&self) -> bool {
        self.status == Some(GONE) && matches!(self.outcome, Outcome::Reject { .. })
    }
}

impl From<Outcome> for Attempt {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }
}

impl Outcome {
    /// A failure that is retried after the queue's backoff.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { after: None, reason: reason.into() }
    }

    /// A failure that is not retried.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject { reason: reason.into() }
    }

    /// The name in log lines.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retry { .. } => "retry",
            Self::Reject { .. } => "rejected",
        }
    }

    /// What failed; `None` if the event was delivered.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Retry { reason, .. } | Self::Reject { reason } => Some(reason),
        }
    }
}

/// The seconds form of `Retry-After` (RFC 9110, section 10.2.3). Dates are ignored: they are rare, and depend on two
/// clocks.
pub fn retry_after(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().ok().map(Duration::from_secs))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_seconds_form_of_retry_after_is_read() {
        assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
        for other in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(retry_after(other), None, "{other}");
        }
    }
}
