//! Enrolment: storing a secret that a provider sends in a handshake.

use jiff::Timestamp;

use super::{SecretStore, SecretStoreError, Secrets, SecretsError};
use crate::webhook::secret::MAX_SECRETS;

/// The most rounds of an enrolment. Each reads the secret, and writes it if the new one is missing. Without
/// interference two suffice.
const MAX_ROUNDS: usize = 4;

impl<S: SecretStore> Secrets<S> {
    /// Adds a secret to the active ones, as the newest. Secrets Manager has no conditional write, so that two
    /// enrolments at the same time may overwrite each other. Therefore the secret is read again after the
    /// write, and the write is repeated if the new secret is missing. Fails with [`SecretsError::Full`] if
    /// there are too many.
    pub async fn enroll(
        &self,
        arn: &str,
        offered: &str,
        now: Timestamp,
    ) -> Result<(), SecretsError> {
        for _ in 0..MAX_ROUNDS {
            self.forget(arn);
            let mut texts = match self.fetch(arn, 0, now).await {
                Ok(active) => active.texts().to_vec(),
                Err(SecretsError::NotSet(_)) => Vec::new(),
                Err(error) => return Err(error),
            };
            if texts.iter().any(|text| text == offered) {
                return Ok(());
            }
            if texts.len() == MAX_SECRETS {
                return Err(SecretsError::Full(arn.to_owned()));
            }
            texts.insert(0, offered.to_owned());
            self.store.put(arn, serde_json::json!(texts).to_string()).await?;
        }
        Err(SecretStoreError("another enrolment keeps overwriting this one".to_owned()).into())
    }
}
