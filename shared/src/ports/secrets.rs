//! ActiveSecrets secrets: fetched from Secrets Manager, cached, rotated.

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
use self::negative_cache::UnusableReason;
use crate::webhook::secret::{self, UnusableSecret};

/// How long a fetched secret counts as fresh.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// For how long a secret in hand is used on while Secrets Manager does not answer.
const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// For how long a store is waited for while there are secrets in hand.
const CALL_TIMEOUTS: Duration = Duration::from_millis(500);
/// A mismatch fetches again, but a source's secrets no more often than this: a flood of forgeries must
/// not become a flood of calls.
const REFRESH_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

/// Reads versions of secrets, and adds to them.
pub trait SecretStore: Send + Sync {
    /// A version of a secret; none where it has no value at that stage.
    fn version(
        &self,
        arn: &str,
        stage: Stage,
    ) -> impl Future<Output = Result<Option<Version>, SecretStoreError>> + Send;

    /// Makes a value the current version of a secret.
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
    /// The one before it.
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

/// Secrets Manager did not answer.
#[derive(Debug, thiserror::Error)]
#[error("secret store: {0}")]
pub struct SecretStoreError(pub String);

/// Why there are no secrets to verify or sign with. None of these is the sender's fault.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// No value was ever set: the operator must set one.
    #[error("the secret {0} has no value; set one with `aws secretsmanager put-secret-value`")]
    NotSet(String),
    /// The value is of no use: the operator must set another.
    #[error("the secret {0} cannot be used: {1}")]
    Unusable(String, UnusableSecret),
    /// There is no room for another: the operator must take old ones out.
    #[error("the secret {0} holds {max} secrets already", max = secret::MAX_SECRETS)]
    Full(String),
    /// Try again.
    #[error(transparent)]
    Store(#[from] SecretStoreError),
}

/// The active secrets of all sources or destinations, cached.
#[derive(Debug)]
pub struct Secrets<S> {
    store: S,
    cache: Mutex<HashMap<String, Cached>>,
    unusable: Mutex<HashMap<String, (Timestamp, UnusableReason)>>,
}

#[derive(Clone, Debug)]
struct Cached {
    active: ActiveSecrets,
    /// When the store gave them.
    fetched: Timestamp,
    /// When the store was last asked, whatever it said.
    tried: Timestamp,
}

/// The active texts of a secret, the newest first.
#[derive(Clone)]
pub struct ActiveSecrets(Arc<[String]>);

impl ActiveSecrets {
    /// The texts.
    pub fn texts(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Debug for ActiveSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ActiveSecrets({} secrets)", self.0.len())
    }
}

impl<S: SecretStore> Secrets<S> {
    /// An empty cache before a store.
    pub fn new(store: S) -> Self {
        Self { store, cache: Mutex::default(), unusable: Mutex::default() }
    }

    /// The active secrets: the current version's, and the previous one's for `overlap` seconds after
    /// the current one was set. While the store fails or is slow, those in hand serve for a while.
    pub async fn active(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        let in_hand = self.cached(arn).filter(|c| now.duration_since(c.fetched) < GRACE);
        let Some(cached) = in_hand else {
            self.check_not_unusable(arn, now)?;
            return self.fetch(arn, overlap, now).await;
        };
        let fresh = now.duration_since(cached.fetched) < LIFETIME;
        if fresh || now.duration_since(cached.tried) < REFRESH_INTERVAL {
            return Ok(cached.active);
        }
        match self.fetch_again(&cached, arn, overlap, now).await {
            Err(SecretsError::Store(error)) => {
                tracing::warn!(%error, "using secrets in hand: the store does not answer");
                Ok(cached.active)
            }
            fetched => fetched,
        }
    }

    /// After a mismatch: other secrets than those in hand, if it is time to look. None where that was
    /// done less than `REFRESH_INTERVAL` ago, or they did not change; an error where the last look
    /// failed, since nobody can say then whose mistake the mismatch is.
    pub async fn refreshed(
        &self,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<Option<ActiveSecrets>, SecretsError> {
        let Some(cached) = self.cached(arn) else { return Ok(None) };
        if now.duration_since(cached.tried) < REFRESH_INTERVAL {
            // Whether there are others, nobody can say if the last look failed.
            return match cached.tried > cached.fetched {
                true => Err(SecretStoreError("did not answer a moment ago".to_owned()).into()),
                false => Ok(None),
            };
        }
        let active = self.fetch_again(&cached, arn, overlap, now).await?;
        Ok((active.texts() != cached.active.texts()).then_some(active))
    }

    /// Fetches what is in hand already: not for long, and, should it fail, not again at once.
    async fn fetch_again(
        &self,
        cached: &Cached,
        arn: &str,
        overlap: u32,
        now: Timestamp,
    ) -> Result<ActiveSecrets, SecretsError> {
        self.remember(arn, Cached { tried: now, ..cached.clone() });
        let fetched = timeout(CALL_TIMEOUTS, self.fetch(arn, overlap, now)).await;
        fetched.unwrap_or_else(|_| Err(SecretStoreError("too slow".to_owned()).into()))
    }

    /// Drops what is in hand.
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
        let current = current.ok_or_else(|| self.remember_unusable(arn, None, now))?;
        let rotated = now.duration_since(current.created);
        let mut texts = secret::texts(&current.value)
            .map_err(|error| self.remember_unusable(arn, Some(error), now))?;
        if rotated < SignedDuration::from_secs(i64::from(overlap))
            && let Some(previous) = self.store.version(arn, Stage::Previous).await?
        {
            // One that is of no use is the mistake that the current one has put right.
            texts.extend(secret::texts(&previous.value).unwrap_or_default());
        }
        texts.truncate(secret::MAX_SECRETS);
        let active = ActiveSecrets(texts.into());
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
