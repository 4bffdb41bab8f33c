//! The ports to the object store with the events and the configuration, which are implemented by S3.

#[cfg(feature = "aws")]
mod s3;

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use crate::config::Retention;

#[cfg(feature = "aws")]
pub use self::s3::S3Store;

/// Stores objects by key.
pub trait EventStore: Send + Sync {
    /// Stores an object, with a retention if there is one. `Ok` means that it is durable.
    fn put(
        &self,
        key: &str,
        object: Vec<u8>,
        retention: Option<Retention>,
    ) -> impl Future<Output = Result<(), PutError>> + Send;

    /// Reads a whole object.
    fn get(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, GetError>> + Send;
}

/// Reads the configuration, of which each version of a function has its own.
pub trait ConfigStore: Send + Sync {
    /// Reads one version of an object.
    fn get_version(
        &self,
        key: &str,
        version: &str,
    ) -> impl Future<Output = Result<Vec<u8>, GetError>> + Send;
}

/// Stores bodies that are too large for a destination, and creates URLs at which others can read them without
/// credentials.
pub trait BodyStore: Send + Sync {
    /// The name of the bucket with the objects.
    fn bucket(&self) -> &str;

    /// Stores a body, unless an object with this key exists. `Ok` means that it is durable.
    fn put_body(
        &self,
        key: &str,
        body: StoredBody<'_>,
    ) -> impl Future<Output = Result<(), PutError>> + Send;

    /// A URL at which an object can be read by GET for at most [`PRESIGNED_URL_LIFETIME`].
    fn presign(&self, key: &str) -> impl Future<Output = Result<String, PresignError>> + Send;
}

/// A body that becomes an object of its own.
#[derive(Clone, Copy)]
pub struct StoredBody<'b> {
    /// The bytes.
    pub bytes: &'b Bytes,
    /// The content type with which the object is read. Printable ASCII.
    pub content_type: Option<&'b str>,
    /// The content coding with which the object is read. Printable ASCII.
    pub content_encoding: Option<&'b str>,
}

/// The lifetime of presigned URLs: 12 hours. A URL also expires with the credentials that it was created
/// with.
pub const PRESIGNED_URL_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// No presigned URL could be created. Trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("no link to its body: {0}")]
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
