//! Secrets that a provider hands over.

use jiff::Timestamp;

use super::{SecretStore, SecretStoreError, Secrets, SecretsError};
use crate::webhook::secret::MAX_SECRETS;

/// How often an enrolment is tried: once to write, once to see that it stands, once more if not.
const ENROLMENTS: usize = 4;

impl<S: SecretStore> Secrets<S> {
    /// Keeps a secret that a provider hands over beside those that are active. Secrets Manager has no
    /// conditional write: two enrolments at once may undo one another, so that each looks again.
    pub async fn enroll(
        &self,
        arn: &str,
        offered: &str,
        now: Timestamp,
    ) -> Result<(), SecretsError> {
        for _ in 0..ENROLMENTS {
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
        Err(SecretStoreError("another enrolment is in the way".to_owned()).into())
    }
}
