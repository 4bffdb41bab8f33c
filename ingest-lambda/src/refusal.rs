//! Why a webhook was not accepted, and the one table of what its sender is told.
//!
//! 4xx says that sending the same again will not help; 503 that it will, and that nothing was
//! acknowledged. A class tells a developer what to look at, and a forger nothing that the public
//! scheme does not.

use shared::queue::QueueError;
use shared::scheme::Refusal;
use shared::secret::UnusableSecret;
use shared::secrets::SecretsError;
use shared::store::PutError;

use crate::keys::KeyError;

/// Why a webhook was not accepted. The messages are for the operator's log.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// No source of that name.
    #[error("unknown source")]
    UnknownSource,
    /// From an address that the source does not take requests from.
    #[error("an address not allowed")]
    Address,
    /// Not one of the source's methods, which are these.
    #[error("another method than {0}")]
    Method(String),
    /// More than the body limit.
    #[error("a body of {0} bytes")]
    TooLarge(usize),
    /// Not signed by the source's provider.
    #[error("signature {0}")]
    Refused(#[from] Refusal),
    /// The operator must set a secret, or another one.
    #[error("{0}")]
    NoSecret(String),
    /// Secrets Manager, S3 or SQS failed, or all together took longer than there was time.
    #[error("{0}")]
    Unavailable(String),
}

impl NotAccepted {
    /// The status and the class that the sender is told.
    pub fn answer(&self) -> (u16, &'static str) {
        match self {
            Self::UnknownSource => (404, "unknown_source"),
            Self::Address => (403, "address_not_allowed"),
            Self::Method(_) => (405, "method_not_allowed"),
            Self::TooLarge(_) => (413, "body_too_large"),
            Self::Refused(Refusal::Missing(_)) => (401, "signature_missing"),
            Self::Refused(Refusal::Malformed(_)) => (401, "signature_malformed"),
            Self::Refused(Refusal::Stale(_)) => (401, "signature_stale"),
            Self::Refused(Refusal::Forbidden(_)) => (403, "forbidden"),
            Self::Refused(Refusal::Mismatch) => (401, "signature_mismatch"),
            Self::NoSecret(_) | Self::Unavailable(_) => (503, "unavailable"),
        }
    }
}

impl From<SecretsError> for NotAccepted {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::Store(_) => Self::Unavailable(error.to_string()),
            SecretsError::NotSet(_) | SecretsError::Unusable(..) | SecretsError::Full(_) => {
                Self::NoSecret(error.to_string())
            }
        }
    }
}

impl From<UnusableSecret> for NotAccepted {
    fn from(error: UnusableSecret) -> Self {
        Self::NoSecret(error.to_string())
    }
}

impl From<KeyError> for NotAccepted {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(reason) => Self::Refused(Refusal::Malformed(reason.to_owned())),
            KeyError::Unavailable(reason) => Self::Unavailable(reason),
            KeyError::Unusable(reason) => Self::NoSecret(reason.to_owned()),
        }
    }
}

impl From<PutError> for NotAccepted {
    fn from(error: PutError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<QueueError> for NotAccepted {
    fn from(error: QueueError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
