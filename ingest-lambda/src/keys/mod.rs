//! Keys that a provider publishes and a request names: fetched from the provider's own host, believed
//! only as far as they can be checked, and kept.
//!
//! A request is not verified yet when it says where its key is. So an address that its provider
//! cannot have is refused and never called (`address.rs`); what a host answers is bounded in size and
//! time (`https.rs`); a certificate must lead to a public root (`chain.rs`) and be its provider's
//! (`claim.rs`); and forgeries can neither grow what is kept nor become a flood of calls
//! (`memory.rs`).

mod address;
mod certificate;
mod chain;
mod claim;
mod error;
mod fetch;
mod https;
mod leaf;
mod memory;
mod paypal;
mod plaid;
mod sns;
mod topic;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::TrustAnchor;
use shared::provider::KeySource;
use shared::webhook::request::Request;
use tokio::time::timeout;
use url::Url;

pub use self::error::KeyError;
pub use self::fetch::{Fetch, FetchError};
pub use self::https::HttpsFetch;
use self::memory::{Key, Memory};

/// How long one call may take, connecting included.
const CALL_TIMEOUTS: Duration = Duration::from_secs(2);

/// The keys of all sources, fetched when a request first names them.
pub struct Keys<F> {
    fetch: F,
    roots: Cow<'static, [TrustAnchor<'static>]>,
    memory: Mutex<Memory>,
}

impl<F: Fetch> Keys<F> {
    /// No keys yet. Certificates must lead to a root of Mozilla's programme.
    pub fn new(fetch: F) -> Self {
        Self::with_roots(fetch, webpki_roots::TLS_SERVER_ROOTS)
    }

    /// The same with other roots, for those who have a certificate authority of their own: tests.
    pub fn with_roots(fetch: F, roots: impl Into<Cow<'static, [TrustAnchor<'static>]>>) -> Self {
        Self { fetch, roots: roots.into(), memory: Mutex::default() }
    }

    /// The key that a request claims to be signed with, as the text of a secret: a certificate's PEM
    /// or a JWK. `credentials` are the texts of the source's own secrets, `params` its parameters;
    /// only Plaid needs either.
    pub async fn key(
        &self,
        source: KeySource,
        request: &Request,
        credentials: &[String],
        params: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Vec<String>, KeyError> {
        match source {
            KeySource::Sns => Ok(vec![self.certificate(sns::claim(request)?, now).await?]),
            KeySource::Paypal => Ok(vec![self.certificate(paypal::claim(request)?, now).await?]),
            KeySource::Plaid => self.jwk(request, credentials, params, now).await,
        }
    }

    /// Visits the `SubscribeURL` of a verified SNS message, which confirms the subscription to its
    /// topic. Only that topic's own address is visited.
    pub async fn confirm(
        &self,
        subscribe_url: &str,
        topic_arn: &str,
        now: Timestamp,
    ) -> Result<(), KeyError> {
        let url = sns::subscription(subscribe_url, topic_arn)?;
        self.memory().admit(now)?;
        match self.call(self.fetch.get(&url), now).await {
            Ok(_) => Ok(()),
            // The token has ended, or the topic: that will be the same another time.
            Err(FetchError::Status(400 | 403 | 404 | 410, _)) => {
                Err(KeyError::Refused("SNS does not confirm the subscription"))
            }
            Err(error) => Err(KeyError::of_call(&url, error)),
        }
    }

    /// What is known under a name, or else what fetching brings, which is then known.
    async fn known(
        &self,
        name: &str,
        now: Timestamp,
        fetching: impl Future<Output = Result<Key, KeyError>>,
    ) -> Result<String, KeyError> {
        if let Some(known) = self.memory().get(name, now) {
            return known;
        }
        self.memory().admit(now)?;
        let fetched = fetching.await;
        self.memory().remember(name, &fetched, now);
        fetched.map(|key| key.text)
    }

    async fn get(&self, url: &Url, now: Timestamp) -> Result<Vec<u8>, KeyError> {
        let answer = self.call(self.fetch.get(url), now).await;
        answer.map_err(|error| KeyError::of_call(url, error))
    }

    /// One call, counted, and given up when it takes too long.
    async fn call(
        &self,
        call: impl Future<Output = Result<Vec<u8>, FetchError>>,
        now: Timestamp,
    ) -> Result<Vec<u8>, FetchError> {
        self.memory().count(now);
        timeout(CALL_TIMEOUTS, call).await.unwrap_or(Err(FetchError::Slow))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
