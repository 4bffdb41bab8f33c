use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectLockMode};

use super::{
    BodyStore, ConfigStore, EventStore, GetError, PRESIGNED_URL_LIFETIME, PresignError, PutError,
    StoredBody,
};
use crate::config::{LockMode, Retention};
use crate::ports::aws::error_chain;

/// A bucket in Amazon S3.
#[derive(Clone, Debug)]
pub struct S3Store {
    client: Client,
    bucket: String,
}

impl S3Store {
    /// The bucket with this name, called by this client.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

impl EventStore for S3Store {
    async fn put(
        &self,
        key: &str,
        object: Vec<u8>,
        retention: Option<Retention>,
    ) -> Result<(), PutError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.content_type("application/json").body(ByteStream::from(object));
        let put = retention.into_iter().fold(put, locked);
        put.send().await.map_err(|error| PutError(error_chain(&error)))?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, GetError> {
        read(self.get_object(key)).await
    }
}

impl ConfigStore for S3Store {
    async fn get_version(&self, key: &str, version: &str) -> Result<Vec<u8>, GetError> {
        read(self.get_object(key).version_id(version)).await
    }
}

impl S3Store {
    fn get_object(&self, key: &str) -> GetObjectFluentBuilder {
        self.client.get_object().bucket(&self.bucket).key(key)
    }
}

/// S3 demands a checksum with a retention. The SDK sends one by default, unless its environment says otherwise.
fn locked(put: PutObjectFluentBuilder, retention: Retention) -> PutObjectFluentBuilder {
    let mode = match retention.mode {
        LockMode::Governance => ObjectLockMode::Governance,
        LockMode::Compliance => ObjectLockMode::Compliance,
    };
    put.object_lock_mode(mode)
        .object_lock_retain_until_date(DateTime::from_secs(retention.until.as_second()))
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
}

async fn read(get: GetObjectFluentBuilder) -> Result<Vec<u8>, GetError> {
    let object = get.send().await.map_err(|error| match error.code() {
        // S3 answers 404 only if the role has `s3:ListBucket`, which the worker's has, and 403 otherwise.
        Some("NoSuchKey" | "NoSuchVersion") => GetError::Missing,
        _ => GetError::Unavailable(error_chain(&error)),
    })?;
    let bytes = object.body.collect().await;
    let bytes = bytes.map_err(|error| GetError::Unavailable(error.to_string()))?;
    Ok(bytes.to_vec())
}

impl BodyStore for S3Store {
    fn bucket(&self) -> &str {
        &self.bucket
    }

    /// A conditional write (`If-None-Match: *`): in a bucket with versions, each retry would otherwise add one.
    async fn put_body(&self, key: &str, body: StoredBody<'_>) -> Result<(), PutError> {
        let StoredBody { bytes, content_type, content_encoding } = body;
        let put = self.client.put_object().bucket(&self.bucket).key(key).if_none_match("*");
        let put = put.set_content_type(content_type.map(str::to_owned));
        let put = put.set_content_encoding(content_encoding.map(str::to_owned));
        match put.body(ByteStream::from(bytes.clone())).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("PreconditionFailed") => Ok(()),
            Err(error) => Err(PutError(error_chain(&error))),
        }
    }

    /// Computes the URL locally, without a call.
    async fn presign(&self, key: &str) -> Result<String, PresignError> {
        let lifetime = PresigningConfig::expires_in(PRESIGNED_URL_LIFETIME);
        let lifetime = lifetime.map_err(|error| PresignError(error.to_string()))?;
        let request = self.get_object(key).presigned(lifetime).await;
        Ok(request.map_err(|error| PresignError(error_chain(&error)))?.uri().to_owned())
    }
}
