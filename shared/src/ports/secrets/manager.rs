use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use jiff::Timestamp;

use super::{SecretStore, SecretStoreError, Stage, Version};
use crate::ports::aws::error_chain;

/// AWS Secrets Manager.
#[derive(Clone, Debug)]
pub struct SecretsManager(Client);

impl SecretsManager {
    /// Secrets Manager, called by this client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }
}

impl SecretStore for SecretsManager {
    async fn version(&self, arn: &str, stage: Stage) -> Result<Option<Version>, SecretStoreError> {
        let label = match stage {
            Stage::Current => "AWSCURRENT",
            Stage::Previous => "AWSPREVIOUS",
        };
        let get = self.0.get_secret_value().secret_id(arn).version_stage(label).send().await;
        let found = match get {
            Ok(found) => found,
            // "can't find the specified secret value for staging label": the secret exists, but has no such
            // version.
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(SecretStoreError(error_chain(&error))),
        };
        let created = found.created_date().map_or(0, |date| date.secs());
        let created = Timestamp::from_second(created).unwrap_or_default();
        Ok(found.secret_string.map(|value| Version { value, created }))
    }

    async fn put(&self, arn: &str, value: String) -> Result<(), SecretStoreError> {
        let put = self.0.put_secret_value().secret_id(arn).secret_string(value).send().await;
        put.map(drop).map_err(|error| SecretStoreError(error_chain(&error)))
    }
}
