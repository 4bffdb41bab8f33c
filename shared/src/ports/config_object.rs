//! Loads the configuration from the object store at start-up.

use serde::de::DeserializeOwned;

use super::store::ConfigStore;
use crate::config::{self, Environment, StartError};

/// Loads and parses the configuration. The call also opens the connection to S3 that later calls use.
pub async fn load<C: DeserializeOwned>(
    store: &impl ConfigStore,
    environment: &Environment,
) -> Result<C, StartError> {
    let Environment { bucket, config_key: key, config_version: version } = environment;
    let json = store.get_version(key, version).await.map_err(|error| StartError::Unreadable {
        bucket: bucket.clone(),
        key: key.clone(),
        version: version.clone(),
        reason: error.to_string(),
    })?;
    config::parse(&json).map_err(|error| StartError::Invalid(key.clone(), error.to_string()))
}
