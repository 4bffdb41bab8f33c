//! Why a webhook is rejected, and the HTTP status that its sender gets.
//!
//! 4xx tells the sender that the same request will be rejected again. 404 is decided here; every other 4xx, such as
//! 401, is decided in `shared::webhook::rejection`, because `catchment verify` predicts it. 503 tells the sender that
//! nothing was acknowledged, and to send the request again.

use shared::ports::queue::QueueError;
use shared::ports::secrets::SecretsError;
use shared::ports::store::PutError;
use shared::webhook::rejection::Rejection as RequestRejection;
use shared::webhook::scheme::Refusal;
use shared::webhook::secret::UnusableSecret;

use crate::keys::KeyError;

/// Why a webhook is rejected. The messages are for the operator's log; the sender gets only
/// [`Rejection::status`].
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// No source has the name in the path: 404.
    #[error("unknown source")]
    UnknownSource,
    /// The request itself is not acceptable: 4xx.
    #[error(transparent)]
    Request(#[from] RequestRejection),
    /// No secret matches, and the secret's value looks like a list of secrets with a mistake in it, so that the operator
    /// must look at it: 401.
    #[error("{0}; the secret looks like a JSON list of secrets, but is used as one secret")]
    SecretResemblesList(RequestRejection),
    /// The source has no usable secret, or the newest one is unusable, so the operator must set one: 503.
    #[error("{0}")]
    NoSecret(String),
    /// AWS or a provider's host failed, or receiving took longer than `reply_within`: 503.
    #[error("{0}")]
    Unavailable(String),
}

impl Rejection {
    /// The HTTP status, and the error class in the response's body.
    pub fn status(&self) -> (u16, &'static str) {
        match self {
            Self::UnknownSource => (404, "unknown_source"),
            Self::Request(rejection) | Self::SecretResemblesList(rejection) => rejection.status(),
            Self::NoSecret(_) | Self::Unavailable(_) => (503, "unavailable"),
        }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal.into())
    }
}

impl From<SecretsError> for Rejection {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Store(_) => Self::Unavailable(error.to_string()),
            SecretsError::NotSet(_) | SecretsError::Unusable(..) | SecretsError::Full(_) => {
                Self::NoSecret(error.to_string())
            }
        }
    }
}

impl From<UnusableSecret> for Rejection {
    fn from(error: UnusableSecret) -> Self {
        Self::NoSecret(error.to_string())
    }
}

impl From<KeyError> for Rejection {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(reason) => Refusal::Malformed(reason.to_owned()).into(),
            KeyError::Unavailable(_) => Self::Unavailable(error.to_string()),
            KeyError::Misconfigured(_) => Self::NoSecret(error.to_string()),
        }
    }
}

impl From<PutError> for Rejection {
    fn from(error: PutError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<QueueError> for Rejection {
    fn from(error: QueueError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_failed_key_begins_as_the_runbooks_say() {
        let unavailable = Rejection::from(KeyError::Unavailable("timed out".to_owned()));
        assert_eq!(unavailable.to_string(), "key unavailable: timed out");
        let misconfigured = Rejection::from(KeyError::Misconfigured("no credentials"));
        assert_eq!(misconfigured.to_string(), "keys cannot be fetched: no credentials");
    }
}
