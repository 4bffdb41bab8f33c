//! The archive of events: a narrow port, and S3 behind it.

use std::future::Future;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;

use crate::aws::told;

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

/// A bucket in S3.
#[derive(Clone, Debug)]
pub struct S3Store {
    client: Client,
    bucket: String,
}

impl S3Store {
    /// The store in a bucket.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl EventStore for S3Store {
    async fn put(&self, key: &str, object: Vec<u8>) -> Result<(), PutError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.content_type("application/json").body(ByteStream::from(object));
        put.send().await.map_err(|error| PutError(told(&error)))?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, GetError> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let object = get.send().await.map_err(|error| match error.code() {
            // Without s3:ListBucket, S3 says 403 where it means 404: the worker's role has it.
            Some("NoSuchKey") => GetError::Missing,
            _ => GetError::Unavailable(told(&error)),
        })?;
        let bytes = object.body.collect().await;
        let bytes = bytes.map_err(|error| GetError::Unavailable(error.to_string()))?;
        Ok(bytes.to_vec())
    }
}
