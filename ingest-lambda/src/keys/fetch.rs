//! The port to providers' hosts.

use std::fmt;
use std::future::Future;

use url::Url;

/// Calls a provider's host. Whoever implements it neither follows redirects nor reads on without end.
pub trait Fetch: Send + Sync {
    /// What an address answers with status 200.
    fn get(&self, url: &Url) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// What an address answers with status 200 to a JSON body.
    fn post_json(
        &self,
        url: &Url,
        body: String,
    ) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Why a host gave nothing.
#[derive(thiserror::Error)]
pub enum FetchError {
    /// It answered with another status, and this body.
    #[error("answered {0}")]
    Status(u16, Vec<u8>),
    /// Its answer is longer than a key can be.
    #[error("answered more than {} bytes", super::https::READ_AT_MOST)]
    TooLarge,
    /// It took too long.
    #[error("timed out")]
    Slow,
    /// There was no connection, or none that TLS trusts.
    #[error("{0}")]
    Failed(String),
}

/// Without the body: it is not ours to show.
impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FetchError({self})")
    }
}
