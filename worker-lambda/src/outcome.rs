//! The result of a delivery, named by what to do next.

use std::time::Duration;

/// The longest reason that is kept in the ledger and in a dead letter, in characters.
pub const MAX_REASON_CHARS: usize = 1000;

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

    /// The outcome for an HTTP status. A redirect is rejected, because it is never followed: the new URL would get a payload
    /// and a signature that are meant for another receiver.
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        let reason = format!("HTTP status {status}");
        match status {
            200..=299 => Self::Delivered,
            408 | 425 | 429 | 500..=599 => Self::Retry { after: retry_after, reason },
            _ => Self::Reject { reason },
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
    fn each_status_is_delivered_retried_or_rejected() {
        let kind = |status| match Outcome::of_status(status, None) {
            Outcome::Delivered => 'd',
            Outcome::Retry { .. } => 'r',
            Outcome::Reject { .. } => 'x',
        };
        let all: String =
            [200, 202, 204, 299, 408, 425, 429, 500, 502, 503, 599].map(kind).iter().collect();
        assert_eq!(all, "ddddrrrrrrr");
        let rejected: String =
            [100, 301, 302, 307, 400, 401, 404, 410, 413, 422].map(kind).iter().collect();
        assert_eq!(rejected, "xxxxxxxxxx");
    }

    #[test]
    fn only_the_seconds_form_of_retry_after_is_read() {
        assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
        for other in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(retry_after(other), None, "{other}");
        }
    }
}
