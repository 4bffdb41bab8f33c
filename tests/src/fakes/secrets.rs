use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use shared::ports::secrets::{SecretStore, SecretStoreError, Stage, Version};

use super::{Fault, Faults, lock};

/// Secrets Manager in memory: the current and the previous version of each secret. Clones share it.
#[derive(Clone, Default)]
pub struct MemorySecrets {
    versions: Arc<Mutex<BTreeMap<String, Vec<Version>>>>,
    /// How it fails.
    pub faults: Arc<Faults>,
}

impl MemorySecrets {
    /// Sets a secret's value; what was current becomes previous.
    pub fn set(&self, arn: &str, value: &str, created: Timestamp) {
        let version = Version { value: value.to_owned(), created };
        lock(&self.versions).entry(arn.to_owned()).or_default().push(version);
    }

    /// Forgets all values, as if none had ever been set.
    pub fn clear(&self) {
        lock(&self.versions).clear();
    }
}

impl SecretStore for MemorySecrets {
    async fn version(&self, arn: &str, stage: Stage) -> Result<Option<Version>, SecretStoreError> {
        if self.faults.next().await != Fault::None {
            return Err(SecretStoreError("fault".to_owned()));
        }
        let versions = lock(&self.versions);
        let mut newest_first = versions.get(arn).into_iter().flatten().rev();
        Ok(match stage {
            Stage::Current => newest_first.next().cloned(),
            Stage::Previous => newest_first.nth(1).cloned(),
        })
    }

    async fn put(&self, arn: &str, value: String) -> Result<(), SecretStoreError> {
        let fault = self.faults.next().await;
        if fault == Fault::Fails {
            return Err(SecretStoreError("fault".to_owned()));
        }
        self.set(arn, &value, Timestamp::now());
        match fault {
            Fault::None => Ok(()),
            _ => Err(SecretStoreError("the answer was lost".to_owned())),
        }
    }
}
