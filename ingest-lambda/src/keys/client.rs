//! Calls to providers' hosts, with a time limit, a rate limit and the cache.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::time::timeout;
use url::Url;

use super::cache::{FetchedKey, KeyCache};
use super::fetch::{CALL_TIMEOUT, Fetch, FetchError, KeyError};

/// The port, and the cache in front of it.
pub(super) struct KeyClient<F> {
    fetch: F,
    cache: Mutex<KeyCache>,
}

impl<F: Fetch> KeyClient<F> {
    pub(super) fn new(fetch: F) -> Self {
        Self { fetch, cache: Mutex::default() }
    }

    /// The cached key of a name. If neither a key nor a failure is cached, the result of `fetching`, which is then
    /// cached. `fetching` does not start if the rate limit is reached.
    pub(super) async fn get_or_fetch(
        &self,
        name: &str,
        now: Timestamp,
        fetching: impl Future<Output = Result<FetchedKey, KeyError>>,
    ) -> Result<String, KeyError> {
        if let Some(cached) = self.cache().get(name, now) {
            return cached;
        }
        self.check_call_limit(now)?;
        let fetched = fetching.await;
        self.cache().insert(name, &fetched, now);
        fetched.map(|key| key.text)
    }

    /// Whether the rate limit allows another call now.
    pub(super) fn check_call_limit(&self, now: Timestamp) -> Result<(), KeyError> {
        self.cache().check_call_limit(now)
    }

    /// Sends a GET request. It counts for the rate limit, but is not refused by it.
    pub(super) async fn get(&self, url: &Url, now: Timestamp) -> Result<Vec<u8>, FetchError> {
        self.call(self.fetch.get(url), now).await
    }

    /// Posts a JSON body. It counts for the rate limit, but is not refused by it.
    pub(super) async fn post_json(
        &self,
        url: &Url,
        body: String,
        now: Timestamp,
    ) -> Result<Vec<u8>, FetchError> {
        self.call(self.fetch.post_json(url, body), now).await
    }

    async fn call(
        &self,
        call: impl Future<Output = Result<Vec<u8>, FetchError>>,
        now: Timestamp,
    ) -> Result<Vec<u8>, FetchError> {
        self.cache().record_call(now);
        timeout(CALL_TIMEOUT, call).await.unwrap_or(Err(FetchError::TimedOut))
    }

    fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The port, which tests ask what it was called for.
    #[cfg(test)]
    pub(super) fn fetch(&self) -> &F {
        &self.fetch
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::keys::tests::fake_hosts::{FakeHosts, Response};
    use crate::keys::tests::pki::Pki;
    use crate::keys::tests::{SNS, TOPIC, now, sns, unavailable};

    #[tokio::test(start_paused = true)]
    async fn a_call_to_a_host_that_hangs_times_out() {
        let pki = Pki::new();
        let keys = pki.keys(FakeHosts::new([(SNS, Response::Never)]));
        let start = tokio::time::Instant::now();
        let request = sns(SNS, TOPIC);
        let key =
            tokio::time::timeout(Duration::from_secs(60), keys.get_key(&request, now())).await;
        let reason = unavailable(key.unwrap());
        assert_eq!(reason, "sns.us-east-1.amazonaws.com: timed out");
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}
