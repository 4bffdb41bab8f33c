//! Active secrets: fetched from Secrets Manager and cached, with an overlap after a rotation.

mod enroll;
#[cfg(feature = "aws")]
mod manager;
mod negative_cache;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

#[cfg(feature = "aws")]
pub use self::manager::SecretsManager;
use self::negative_cache::NegativeCache;
use crate::webhook::secret::{self, UnusableSecret};

/// How long a fetched secret is used without asking the store again.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// How long a cached secret is used while the store fails.
const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// How long to wait for the store while there are cached secrets.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(500);
/// The shortest time between two refreshes of a secret. A mismatch causes a refresh, and a flood of forged
/// requests must not cause a flood of calls.
const REFRESH_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// Reads versions of secrets, and writes new ones.
pub trait SecretStore: Send + Sync {
    /// The version of a secret at a stage. `None` if the secret has no such version.
    fn version(
        &self,
        arn: &str,
        stage: Stage,
    ) -> impl Future<Output = Result<Option<Version>, SecretStoreError>> + Send;

    /// Writes a new current version of a secret.
    fn put(
        &self,
        arn: &str,
        value: String,
    ) -> impl Future<Output = Result<(), SecretStoreError>> + Send;
}

/// Secrets Manager's staging labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The newest value.
    Current,
    /// The value before the current one.
    Previous,
}

/// A version of a secret.
#[derive(Clone)]
pub struct Version {
    /// Its value as stored.
    pub value: String,
    /// When it was set.
    pub created: Timestamp,
}

/// The store failed. Trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("secret store: {0}")]
pub struct SecretStoreError(pub String);

/// Why there are no secrets to verify or sign with. The cause is never the sender's request.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The secret has no value. The operator must set one.
    #[error("the secret {0} has no value; set one with `aws secretsmanager put-secret-value`")]
    NotSet(String),
    /// The value is unusable. The operator must set another.
    #[error("the secret {0} cannot be used: {1}")]
    Unusable(String, UnusableSecret),
    /// The value holds the most secrets already. The operator must remove old ones.
    #[error("the secret {0} holds {max} secrets already", max = secret::MAX_SECRETS)]
    Full(String),
    /// The store failed. Trying again may help.
    #[error(transparent)]
    Store(#[from] SecretStoreError),
}

/// The active secrets of all sources or destinations, cached.
#[derive(Debug)]
pub struct Secrets<S> {
    store: S,
    cache: Mutex<HashMap<String, Cached>>,
    negative: NegativeCache,
}

#[derive(Clone, Debug)]
struct Cached {
    active: ActiveSecrets,
    /// When they were fetched.
    fetched: Timestamp,
    /// When the store was last asked, successfully or not.
    tried: Timestamp,
}

/// The active texts of a secret, the newest first.
#[derive(Clone)]
pub struct ActiveSecrets {
    texts: Arc<[String]>,
    resembles_list: bool,
}

impl ActiveSecrets {
    /// The texts, the newest first.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the current value is one secret that looks like a list of secrets with a mistake in it
    /// ([`secret::resembles_list`]).
    pub fn resembles_list(&self) -> bool {
        self.resembles_list
    }
}

impl std::fmt::Debug for ActiveSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ActiveSecrets({})", self.texts.len())
    }
}

impl<S: SecretStore> Secrets<S> {
    /// The secrets of a store, with an empty cache.
    pub fn new(store: S) -> Self {
        Self { store, cache: Mutex::default(), negative: NegativeCache::default() }
    }

    /// The active secrets: those of the current version, and those of the previous version for `overlap`
    /// seconds after the current one was set. While the store fails or is slow, cached secrets are used for
    /// up to an hour.
    pub async fn active(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        let usable = self.cached(arn).filter(|c| now.duration_since(c.fetched) < GRACE);
        let Some(cached) = usable else {
            self.negative.check(arn, now)?;
            return self.fetch(arn, overlap, now).await;
        };
        let fresh = now.duration_since(cached.fetched) < LIFETIME;
        if fresh || now.duration_since(cached.tried) < REFRESH_INTERVAL {
            return Ok(cached.active);
        }
        match self.refresh(&cached, arn, overlap, now).await {
            Err(SecretsError::Store(error)) => {
                tracing::warn!(%error, "secret refresh failed, using cached secrets");
                Ok(cached.active)
            }
            fetched => fetched,
        }
    }

    /// Refreshes the cached secrets after a mismatch. Returns the new secrets, or `None` if they did not
    /// change or were refreshed less than 30 seconds ago. Fails if the refresh fails, or if the last one did
    /// less than 30 seconds ago: the sender may then have signed with a secret that is not known here yet.
    pub async fn refreshed(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<Option<ActiveSecrets>, SecretsError> {
        let Some(cached) = self.cached(arn) else { return Ok(None) };
        if now.duration_since(cached.tried) < REFRESH_INTERVAL {
            // If the last refresh failed, it is unknown whether there are newer secrets.
            return match cached.tried > cached.fetched {
                true => Err(SecretStoreError("the last refresh failed".to_owned()).into()),
                false => Ok(None),
            };
        }
        let active = self.refresh(&cached, arn, overlap, now).await?;
        Ok((active.texts() != cached.active.texts()).then_some(active))
    }

    /// Fetches a secret past the cache, after what was made of it was refused. The cached one is kept if the store fails.
    pub async fn reread(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        match self.cached(arn) {
            Some(cached) => self.refresh(&cached, arn, overlap, now).await,
            None => self.active(arn, overlap, now).await,
        }
    }

    /// Fetches cached secrets again, with a short timeout. The time is recorded first, so that after a
    /// failure the next refresh waits for [`REFRESH_INTERVAL`].
    async fn refresh(
        &self,
        cached: &Cached,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        self.remember(arn, Cached { tried: now, ..cached.clone() });
        let fetched = timeout(REFRESH_TIMEOUT, self.fetch(arn, overlap, now)).await;
        fetched.unwrap_or_else(|_| Err(SecretStoreError("no answer in time".to_owned()).into()))
    }

    /// Removes a secret from the cache.
    pub fn forget(&self, arn: &str) {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }

    async fn fetch(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        let current = self.store.version(arn, Stage::Current).await?;
        let current = current.ok_or_else(|| self.negative.add(arn, None, now))?;
        let rotated = now.duration_since(current.created);
        let mut texts = secret::texts(&current.value)
            .map_err(|error| self.negative.add(arn, Some(error), now))?;
        if rotated < SignedDuration::from_secs(i64::from(overlap))
            && let Some(previous) = self.store.version(arn, Stage::Previous).await?
        {
            // An unusable previous value is a mistake that the current one has corrected.
            texts.extend(secret::texts(&previous.value).unwrap_or_default());
        }
        texts.truncate(secret::MAX_SECRETS);
        let resembles_list = secret::resembles_list(&current.value);
        let active = ActiveSecrets { texts: texts.into(), resembles_list };
        self.remember(arn, Cached { active: active.clone(), fetched: now, tried: now });
        Ok(active)
    }

    fn cached(&self, arn: &str) -> Option<Cached> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    fn remember(&self, arn: &str, cached: Cached) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(arn.to_owned(), cached);
    }
}

#[cfg(test)]
mod tests;
