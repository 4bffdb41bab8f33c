//! Reading the configuration at start-up.

use super::Config;
use crate::store::{EventStore, GetError};

/// What a Lambda finds in its environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The bucket with configuration and events.
    pub bucket: String,
    /// The configuration's key in it.
    pub config_key: String,
}

/// Why a Lambda cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Terraform sets it.
    #[error("the environment has no {0}; the Terraform module in infra/ sets it")]
    Environment(&'static str),
    /// S3 did not give the configuration.
    #[error("cannot read the configuration s3://{bucket}/{key}: {reason}")]
    Unreadable {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// What S3 said.
        reason: GetError,
    },
    /// The configuration is not what this release understands.
    #[error("the configuration {0} is not valid: {1}")]
    Invalid(String, String),
}

impl Environment {
    /// Reads it, by a function such as [`std::env::var`].
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let get = |name| variable(name).ok_or(StartError::Environment(name));
        Ok(Self { bucket: get("CATCHMENT_BUCKET")?, config_key: get("CATCHMENT_CONFIG_KEY")? })
    }
}

/// Loads the configuration, which also warms the connection to S3.
pub async fn load(
    store: &impl EventStore,
    environment: &Environment,
) -> Result<Config, StartError> {
    let Environment { bucket, config_key: key } = environment;
    let json = store.get(key).await.map_err(|reason| StartError::Unreadable {
        bucket: bucket.clone(),
        key: key.clone(),
        reason,
    })?;
    parse(&json).map_err(|error| StartError::Invalid(key.clone(), error.to_string()))
}

/// Reads a configuration; an error says where it is, `routes[1].filter`.
pub fn parse(json: &[u8]) -> Result<Config, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_variable_is_named() {
        let error = Environment::read(|name| (name == "CATCHMENT_BUCKET").then(|| "b".into()));
        assert!(error.unwrap_err().to_string().contains("CATCHMENT_CONFIG_KEY"));
    }
}
