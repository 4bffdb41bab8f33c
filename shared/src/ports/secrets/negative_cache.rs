//! A negative cache: a secret that is missing or unusable is remembered for a moment, so that forged requests cause no
//! call to Secrets Manager meanwhile.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::{SecretStore, Secrets, SecretsError};
use crate::webhook::secret::UnusableSecret;

/// A missing or unusable secret is fetched again no earlier than this.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Why a stored secret is unusable; `None` if no secret was set.
pub(super) type UnusableReason = Option<UnusableSecret>;

impl<S: SecretStore> Secrets<S> {
    /// Drops a secret that turned out to be unusable, so that a mended one counts soon.
    pub fn mark_unusable(&self, arn: &str, reason: UnusableSecret, now: Timestamp) {
        self.forget(arn);
        let _ = self.remember_unusable(arn, Some(reason), now);
    }

    /// Fails if the secret was found missing or unusable a moment ago.
    pub(super) fn check_not_unusable(&self, arn: &str, now: Timestamp) -> Result<(), SecretsError> {
        let found = self.unusable.lock().unwrap_or_else(PoisonError::into_inner).get(arn).copied();
        match found.filter(|(at, _)| now.duration_since(*at) < LOOK_AGAIN) {
            Some((_, Some(reason))) => Err(SecretsError::Unusable(arn.to_owned(), reason)),
            Some((_, None)) => Err(SecretsError::NotSet(arn.to_owned())),
            None => Ok(()),
        }
    }

    /// Remembers an unusable secret, and returns the error for it.
    pub(super) fn remember_unusable(
        &self,
        arn: &str,
        reason: UnusableReason,
        now: Timestamp,
    ) -> SecretsError {
        let mut unusable = self.unusable.lock().unwrap_or_else(PoisonError::into_inner);
        unusable.insert(arn.to_owned(), (now, reason));
        match reason {
            Some(reason) => SecretsError::Unusable(arn.to_owned(), reason),
            None => SecretsError::NotSet(arn.to_owned()),
        }
    }
}
