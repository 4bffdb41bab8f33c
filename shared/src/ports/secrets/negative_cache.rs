//! Values that are missing or of no use, remembered for a moment: whoever asks meanwhile, with whatever
//! forgeries, causes no call.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};

use super::{SecretStore, Secrets, SecretsError};
use crate::webhook::secret::UnusableSecret;

/// A value that is missing or of no use is looked for again no sooner than this, whoever asks for it.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Why a stored value is of no use; none was set where there is no reason.
pub(super) type Useless = Option<UnusableSecret>;

impl<S: SecretStore> Secrets<S> {
    /// Drops a secret that turned out to be unusable, so that a mended one counts soon.
    pub fn mark_unusable(&self, arn: &str, reason: UnusableSecret, now: Timestamp) {
        self.forget(arn);
        let _ = self.useless(arn, Some(reason), now);
    }

    /// An error where it was found of no use a moment ago.
    pub(super) fn not_useless(&self, arn: &str, now: Timestamp) -> Result<(), SecretsError> {
        let found = self.useless.lock().unwrap_or_else(PoisonError::into_inner).get(arn).copied();
        match found.filter(|(at, _)| now.duration_since(*at) < LOOK_AGAIN) {
            Some((_, Some(reason))) => Err(SecretsError::Unusable(arn.to_owned(), reason)),
            Some((_, None)) => Err(SecretsError::NotSet(arn.to_owned())),
            None => Ok(()),
        }
    }

    /// Remembers it, and says what the error is.
    pub(super) fn useless(&self, arn: &str, reason: Useless, now: Timestamp) -> SecretsError {
        let mut useless = self.useless.lock().unwrap_or_else(PoisonError::into_inner);
        useless.insert(arn.to_owned(), (now, reason));
        match reason {
            Some(reason) => SecretsError::Unusable(arn.to_owned(), reason),
            None => SecretsError::NotSet(arn.to_owned()),
        }
    }
}
