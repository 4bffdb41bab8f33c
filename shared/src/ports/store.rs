//! The archive of events: narrow ports, and S3 behind them.

#[cfg(feature = "aws")]
mod s3;

use std::future::Future;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::s3::S3Store;

/// Keeps objects under keys.
pub trait EventStore: Send + Sync {
    /// Stores an object. `Ok` means that it is durable.
    fn put(&self, key: &str, object: Vec<u8>) -> impl Future<Output = Result<(), PutError>> + Send;

    /// Reads an object whole.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, GetError>> + Send;
}

/// Lets others read an object, for a while and without credentials of their own.
pub trait PresignedUrls: Send + Sync {
    /// The bucket that the objects are in.
    fn bucket(&self) -> &str;

    /// A URL at which an object can be read by GET for at most [`PRESIGNED_URL_LIFETIME`].
    fn presign(&self, key: &str) -> impl Future<Output = Result<String, PresignError>> + Send;
}

/// How long a link can be used at most: it ends with the credentials that it was made with, too.
pub const PRESIGNED_URL_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// No link to an object could be made. Try again.
#[derive(Debug, thiserror::Error)]
#[error("no link to its stored event: {0}")]
pub struct PresignError(pub String);

/// It may or may not be stored: do not answer 2xx.
#[derive(Debug, thiserror::Error)]
#[error("cannot store: {0}")]
pub struct PutError(pub String);

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It does not exist; trying again will not help.
    #[error("no such object")]
    Missing,
    /// Try again.
    #[error("{0}")]
    Unavailable(String),
}
