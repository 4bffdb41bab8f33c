//! The port to providers' hosts, with its limits and the errors of fetching a key.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use url::Url;

/// The longest time that one call may take, including connecting.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest response body, in bytes. A chain of certificates has about 10,000.
pub(super) const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Calls a provider's host.
///
/// An implementation must not follow redirects, because only the first URL was checked. It must stop reading
/// after 64 KiB, and return [`FetchError::TooLarge`].
pub trait Fetch: Send + Sync + 'static {
    /// Sends a GET request, and returns the body of a response with status 200.
    fn get(&self, url: &Url) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// Posts a JSON body, and returns the body of a response with status 200.
    fn post_json(
        &self,
        url: &Url,
        body: String,
    ) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Why a call to a provider's host failed.
#[derive(thiserror::Error)]
pub enum FetchError {
    /// The response has another status than 200; the fields are its status and body.
    #[error("the response has status {0}")]
    Status(u16, Vec<u8>),
    /// The response has more than 64 KiB, which no key has.
    #[error("the response has more than {MAX_RESPONSE_BYTES} bytes")]
    TooLarge,
    /// The call took more than two seconds.
    #[error("timed out")]
    TimedOut,
    /// The connection failed, or TLS does not trust the host. The text is the innermost cause, without the URL.
    #[error("{0}")]
    Failed(String),
}

/// Hides the response body, which may contain anything.
impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FetchError({self})")
    }
}

/// Why a request's key could not be had. No message contains a secret or part of a response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The request names a key that its provider cannot have. Sending the request again does not help.
    #[error("key refused: {0}")]
    Refused(&'static str),
    /// The provider's host did not answer, or its response contains no usable key. A later call may succeed.
    #[error("key unavailable: {0}")]
    Unavailable(String),
    /// The source's secret or parameters do not allow fetching keys. The operator must change them.
    #[error("keys cannot be fetched: {0}")]
    Misconfigured(&'static str),
}

impl KeyError {
    /// What a failed call to `url` means for the request that named this URL.
    ///
    /// 404 and 410 mean that the key does not exist. Every other failure is [`KeyError::Unavailable`], because
    /// it may be transient, and SNS never sends a rejected message again.
    pub(super) fn from_fetch(url: &Url, error: FetchError) -> Self {
        match error {
            FetchError::Status(404 | 410, _) => Self::Refused("the provider has no such key"),
            error => {
                let host = url.host_str().unwrap_or_default();
                Self::Unavailable(format!("{host}: {error}"))
            }
        }
    }
}
