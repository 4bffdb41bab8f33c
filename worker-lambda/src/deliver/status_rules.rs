//! Which HTTP answers are final: by default, and as a destination configures it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::outcome::{GONE, Outcome};

/// The statuses that reject an event for good: the receiver does not accept this event (400, 413, 415, 422), or says that
/// it is gone (410).
///
/// All other answers that are not 2xx are tried again, as Standard Webhooks recommends. 401, 403, 404, 409, 423 and
/// redirects mostly mean that a deployment or a rotation is under way. A redirect is not followed: the new URL would get
/// a payload and a signature that are meant for another receiver.
const REJECTED: [u16; 5] = [400, GONE, 413, 415, 422];

/// Which HTTP answers are final. The default has no exceptions from the usual rule.
#[derive(Clone, Debug, Default)]
pub(super) struct StatusRules {
    reject_on: BTreeSet<u16>,
    retry_on: BTreeSet<u16>,
}

impl StatusRules {
    /// The usual rule with these exceptions. The error is for a status in both lists, or for one that cannot be a failure.
    pub(super) fn new(reject_on: &BTreeSet<u16>, retry_on: &BTreeSet<u16>) -> Result<Self, String> {
        if let Some(status) = reject_on.intersection(retry_on).next() {
            return Err(format!("{status} is in both reject_on and retry_on"));
        }
        let mut statuses = reject_on.union(retry_on);
        if let Some(status) = statuses.find(|status| !(300..600).contains(*status)) {
            return Err(format!("{status} is not a status from 300 to 599"));
        }
        Ok(Self { reject_on: reject_on.clone(), retry_on: retry_on.clone() })
    }

    /// The outcome for a status. `retry_after` is what the receiver asks for.
    pub(super) fn outcome(&self, status: u16, retry_after: Option<Duration>) -> Outcome {
        if (200..300).contains(&status) {
            return Outcome::Delivered;
        }
        let reason = match status {
            GONE => format!("HTTP status {status}: the receiver says that it is gone for good"),
            _ => format!("HTTP status {status}"),
        };
        match self.rejects(status) {
            true => Outcome::Reject { reason },
            false => Outcome::Retry { after: retry_after, reason },
        }
    }

    fn rejects(&self, status: u16) -> bool {
        let rejected = REJECTED.contains(&status) || self.reject_on.contains(&status);
        rejected && !self.retry_on.contains(&status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(reject_on: &[u16], retry_on: &[u16]) -> Result<StatusRules, String> {
        let set = |statuses: &[u16]| statuses.iter().copied().collect();
        StatusRules::new(&set(reject_on), &set(retry_on))
    }

    /// The statuses of this list that are rejected, in order; those of 2xx must be delivered.
    fn rejected(rules: &StatusRules) -> Vec<u16> {
        let is_rejected = |status: &u16| match rules.outcome(*status, None) {
            Outcome::Delivered => {
                assert!((200..300).contains(status), "{status}");
                false
            }
            Outcome::Retry { .. } => false,
            Outcome::Reject { .. } => true,
        };
        (100..600).filter(is_rejected).collect()
    }

    #[test]
    fn only_the_answers_that_are_about_the_event_or_about_being_gone_are_final() {
        assert_eq!(rejected(&StatusRules::default()), [400, 410, 413, 415, 422]);
    }

    #[test]
    fn a_destination_adds_statuses_and_takes_usual_ones_away() {
        let rules = rules(&[301, 409, 599], &[410, 422, 503]).unwrap();
        assert_eq!(rejected(&rules), [301, 400, 409, 413, 415, 599]);
    }

    #[test]
    fn a_status_in_both_lists_or_beyond_300_to_599_is_refused() {
        assert_eq!(rules(&[404], &[404]).unwrap_err(), "404 is in both reject_on and retry_on");
        assert!(rules(&[300], &[599]).is_ok());
        for status in [0, 200, 299, 600] {
            assert_eq!(
                rules(&[], &[status]).unwrap_err(),
                format!("{status} is not a status from 300 to 599")
            );
            assert!(rules(&[status], &[]).is_err());
        }
    }

    #[test]
    fn a_retry_waits_as_long_as_the_receiver_asks_and_gone_has_a_reason_of_its_own() {
        let after = Some(Duration::from_secs(7));
        let rules = StatusRules::default();
        let retry = Outcome::Retry { after, reason: "HTTP status 404".to_owned() };
        assert_eq!(rules.outcome(404, after), retry);
        let gone = Outcome::reject("HTTP status 410: the receiver says that it is gone for good");
        assert_eq!(rules.outcome(410, after), gone);
    }
}
