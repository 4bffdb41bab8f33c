//! The archive of events: a narrow port, and S3 behind it.

#[cfg(feature = "aws")]
mod s3;

use std::future::Future;

#[cfg(feature = "aws")]
pub use self::s3::S3Store;

/// Keeps objects under keys.
pub trait EventStore: Send + Sync {
    /// Stores an object. `Ok` means that it is durable.
    fn put(&self, key: &str, object: Vec<u8>) -> impl Future<Output = Result<(), PutError>> + Send;

    /// Reads an object whole.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, GetError>> + Send;
}

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
