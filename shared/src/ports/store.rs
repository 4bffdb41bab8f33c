//! The ports to the object store with the events and the configuration, which are implemented by S3.

#[cfg(feature = "aws")]
mod s3;

use std::future::Future;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::s3::S3Store;

/// Stores objects by key.
pub trait EventStore: Send + Sync {
    /// Stores an object. `Ok` means that it is durable.
    fn put(&self, key: &str, object: Vec<u8>) -> impl Future<Output = Result<(), PutError>> + Send;

    /// Reads a whole object.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, GetError>> + Send;
}

/// Creates URLs at which others can read an object without credentials.
pub trait PresignedUrls: Send + Sync {
    /// The name of the bucket with the objects.
    fn bucket(&self) -> &str;

    /// A URL at which an object can be read by GET for at most [`PRESIGNED_URL_LIFETIME`].
    fn presign(&self, key: &str) -> impl Future<Output = Result<String, PresignError>> + Send;
}

/// The lifetime of presigned URLs: 12 hours. A URL also expires with the credentials that it was created
/// with.
pub const PRESIGNED_URL_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// No presigned URL could be created. Trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("no link to its stored event: {0}")]
pub struct PresignError(pub String);

/// An object could not be stored, or it is unknown whether it was. Ingest must not answer 2xx.
#[derive(Debug, thiserror::Error)]
#[error("cannot store: {0}")]
pub struct PutError(pub String);

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// The object does not exist. Trying again does not help.
    #[error("no such object")]
    Missing,
    /// The store failed. Trying again may help.
    #[error("{0}")]
    Unavailable(String),
}
