//! Why there is no key, and whose fault that is.

use url::Url;

use super::FetchError;

/// Why there is no key. Says nothing of a secret's or an answer's content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The request names a key that cannot be its provider's: sending it again will not help.
    #[error("key refused: {0}")]
    Refused(&'static str),
    /// The provider's host did not answer, or gave what is no key: another time it may.
    #[error("key unavailable: {0}")]
    Unavailable(String),
    /// What the operator has configured is of no use to get a key.
    #[error("keys cannot be fetched: {0}")]
    Unusable(&'static str),
}

impl KeyError {
    /// What a failed call means for the request that named the address. A host that says "not found"
    /// knows of no such key. Any other status may pass, and what is refused SNS never sends again.
    pub(super) fn of_call(url: &Url, error: FetchError) -> Self {
        match error {
            FetchError::Status(404 | 410, _) => Self::Refused("its provider has no such key"),
            error => {
                let host = url.host_str().unwrap_or_default();
                Self::Unavailable(format!("{host}: {error}"))
            }
        }
    }
}
