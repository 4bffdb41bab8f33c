//! The negative cache: secrets without a usable value, remembered for a few seconds. Requests to such a
//! source, forged ones included, then cause no calls.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{SecretStore, Secrets, SecretsError};
use crate::webhook::secret::UnusableSecret;

/// How long a secret without a usable value is not fetched again.
const NEGATIVE_LIFETIME: SignedDuration = SignedDuration::from_secs(5);

/// The secrets without a usable value, by ARN: since when, and why. Without a reason, the secret has no
/// value.
#[derive(Debug, Default)]
pub(super) struct NegativeCache(Mutex<HashMap<String, (Timestamp, Option<UnusableSecret>)>>);

impl NegativeCache {
    /// Fails if the secret was found to have no usable value less than 5 seconds ago.
    pub(super) fn check(&self, arn: &str, now: Timestamp) -> Result<(), SecretsError> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(arn).copied();
        match found.filter(|(since, _)| now.duration_since(*since) < NEGATIVE_LIFETIME) {
            Some((_, reason)) => Err(to_error(arn, reason)),
            None => Ok(()),
        }
    }

    /// Remembers that the secret has no usable value, and returns the error that says so.
    pub(super) fn add(
        &self,
        arn: &str,
        reason: Option<UnusableSecret>,
        now: Timestamp,
    ) -> SecretsError {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(arn.to_owned(), (now, reason));
        to_error(arn, reason)
    }
}

fn to_error(arn: &str, reason: Option<UnusableSecret>) -> SecretsError {
    match reason {
        Some(reason) => SecretsError::Unusable(arn.to_owned(), reason),
        None => SecretsError::NotSet(arn.to_owned()),
    }
}

impl<S: SecretStore> Secrets<S> {
    /// Removes a secret that turned out to be unusable from the cache, so that a corrected one is fetched in
    /// 5 seconds rather than in minutes.
    pub fn mark_unusable(&self, arn: &str, reason: UnusableSecret, now: Timestamp) {
        self.forget(arn);
        let _ = self.negative.add(arn, Some(reason), now);
    }
}
