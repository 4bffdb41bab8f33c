//! What became of a delivery, named by what to do next.

use std::time::Duration;

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination has it.
    Delivered,
    /// Try again later; the destination may have said how much later.
    Retry {
        /// No sooner than this, where the destination said so.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// Trying again cannot help.
    Reject {
        /// What happened.
        reason: String,
    },
}

/// A delivery, tried: what became of it, and the HTTP status where the destination answered with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What became of it.
    pub outcome: Outcome,
    /// The status.
    pub status: Option<u16>,
}

impl From<Outcome> for Tried {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }
}

impl Outcome {
    /// To be tried again, whenever that suits.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { after: None, reason: reason.into() }
    }

    /// Not to be tried again.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject { reason: reason.into() }
    }

    /// The outcome that an HTTP status stands for. 3xx is never followed: the new place would get a
    /// payload and a signature that were meant for another.
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        let reason = format!("HTTP status {status}");
        match status {
            200..=299 => Self::Delivered,
            408 | 425 | 429 | 500..=599 => Self::Retry { after: retry_after, reason },
            _ => Self::Reject { reason },
        }
    }
}

/// The seconds form of `Retry-After` (RFC 9110, 10.2.3); dates are rare, depend on two clocks, and
/// are passed over.
pub fn retry_after(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().ok().map(Duration::from_secs))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_classified_by_what_to_do_next() {
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
    fn retry_after_is_seconds() {
        assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
        for other in ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(retry_after(other), None, "{other}");
        }
    }
}
