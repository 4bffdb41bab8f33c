//! Loads the configuration from the object store at start-up.

use super::store::EventStore;
use crate::config::{self, Config, Environment, StartError};

/// Loads and parses the configuration. The call also opens the connection to S3 that later calls use.
pub async fn load(
    store: &impl EventStore,
    environment: &Environment,
) -> Result<Config, StartError> {
    let Environment { bucket, config_key: key } = environment;
    let json = store.get(key).await.map_err(|error| StartError::Unreadable {
        bucket: bucket.clone(),
        key: key.clone(),
        reason: error.to_string(),
    })?;
    config::parse(&json).map_err(|error| StartError::Invalid(key.clone(), error.to_string()))
}
