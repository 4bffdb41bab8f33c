//! Calls to providers' hosts, with a time limit, each source's budget, and the cache.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::timeout;
use url::Url;

use super::budget::NameStatus;
use super::cache::{FetchedKey, Fetching, KeyCache};
use super::fetch::{CALL_TIMEOUT, Fetch, FetchError, KeyError};

/// The port, and the cache in front of it.
pub(super) struct KeyClient<F> {
    fetch: Arc<F>,
    cache: SharedCache,
}

impl<F: Fetch> KeyClient<F> {
    pub(super) fn new(fetch: F) -> Self {
        Self { fetch: Arc::new(fetch), cache: SharedCache::default() }
    }

    /// The cached key of a name. If neither a key nor a failure is cached, the result of `fetch`, which is then
    /// cached. `fetch` is not called if the source's budget is used up.
    pub(super) async fn get_or_fetch<R>(
        &self,
        source: &str,
        name: &str,
        now: Timestamp,
        fetch: impl FnOnce(Calls<F>) -> R,
    ) -> Result<String, KeyError>
    where
        R: Future<Output = Result<FetchedKey, KeyError>> + Send + 'static,
    {
        let key = self.get_or_fetch_again(source, name, now, |_| true, fetch).await?;
        Ok(key.text)
    }

    /// The same, but a cached key counts only if it suffices.
    ///
    /// The fetch continues in a task of its own if this future is dropped, because `reply_within` is over. What it
    /// fetches is then cached for the provider's next attempt, which waits for the same fetch. Lambda may freeze the
    /// task between two invocations until its connection is dead. A request that has waited for a fetch in vain
    /// therefore starts one of its own.
    pub(super) async fn get_or_fetch_again<R>(
        &self,
        source: &str,
        name: &str,
        now: Timestamp,
        suffices: impl Fn(&FetchedKey) -> bool,
        fetch: impl FnOnce(Calls<F>) -> R,
    ) -> Result<FetchedKey, KeyError>
    where
        R: Future<Output = Result<FetchedKey, KeyError>> + Send + 'static,
    {
        let in_progress = self.cache.lock().in_progress.get(name).cloned();
        match in_progress {
            Some(fetching) => match fetching.await {
                Err(KeyError::Unavailable(_)) => {}
                result => return result,
            },
            None => {
                let cached = self.cache.lock().get(source, name, now, suffices);
                if let Some(cached) = cached {
                    return cached;
                }
            }
        }
        self.start(source, name, now, fetch)?.await
    }

    /// Starts to fetch a key in a task of its own, unless another request has started meanwhile.
    fn start<R>(
        &self,
        source: &str,
        name: &str,
        now: Timestamp,
        fetch: impl FnOnce(Calls<F>) -> R,
    ) -> Result<Fetching, KeyError>
    where
        R: Future<Output = Result<FetchedKey, KeyError>> + Send + 'static,
    {
        let mut cache = self.cache.lock();
        if let Some(fetching) = cache.in_progress.get(name) {
            return Ok(fetching.clone());
        }
        let budget = cache.budget(source);
        let status = budget.status(name);
        budget.check(status, now)?;
        let fetch = fetch(self.calls(source, status, now));
        let progress = InProgress { name: name.to_owned(), cache: self.cache.clone() };
        let source = source.to_owned();
        let fetching = async move {
            let fetched = fetch.await;
            progress.cache.lock().insert(&source, &progress.name, &fetched, now);
            fetched
        };
        let fetching = fetching.boxed().shared();
        cache.in_progress.insert(name.to_owned(), fetching.clone());
        drop(cache);
        tokio::spawn(fetching.clone());
        Ok(fetching)
    }

    /// The calls of a verified request, such as a confirmation, if the source's budget allows one now.
    pub(super) fn verified_calls(
        &self,
        source: &str,
        now: Timestamp,
    ) -> Result<Calls<F>, KeyError> {
        self.cache.lock().budget(source).check(NameStatus::Verified, now)?;
        Ok(self.calls(source, NameStatus::Verified, now))
    }

    /// Remembers that a request of this source with these keys' names was verified.
    pub(super) fn mark_verified(&self, source: &str, names: &[String]) {
        let mut cache = self.cache.lock();
        let budget = cache.budget(source);
        names.iter().for_each(|name| budget.mark_verified(name));
    }

    /// The failure that is cached for a key's name; none if there is no such failure.
    pub(super) fn failure(&self, source: &str, name: &str, now: Timestamp) -> Option<KeyError> {
        self.cache.lock().budget(source).failure(name, now)
    }

    /// Caches a failure for a key's name.
    pub(super) fn insert_failure(
        &self,
        source: &str,
        name: &str,
        error: &KeyError,
        now: Timestamp,
    ) {
        self.cache.lock().budget(source).insert_failure(name, error, now);
    }

    fn calls(&self, source: &str, status: NameStatus, now: Timestamp) -> Calls<F> {
        let (fetch, cache) = (Arc::clone(&self.fetch), self.cache.clone());
        Calls { fetch, cache, source: source.to_owned(), status, now }
    }

    /// The port, which tests ask what it was called for.
    #[cfg(test)]
    pub(super) fn fetch(&self) -> &F {
        &self.fetch
    }
}

/// The calls of one fetch. They count for the rate limit of their source, but are not refused by it.
pub(super) struct Calls<F> {
    fetch: Arc<F>,
    cache: SharedCache,
    source: String,
    status: NameStatus,
    /// The time of the request that started the fetch.
    pub(super) now: Timestamp,
}

impl<F: Fetch> Calls<F> {
    /// Sends a GET request.
    pub(super) async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.call(self.fetch.get(url)).await
    }

    /// Posts a JSON body.
    pub(super) async fn post_json(&self, url: &Url, body: String) -> Result<Vec<u8>, FetchError> {
        self.call(self.fetch.post_json(url, body)).await
    }

    /// The cached file of a certificate, or that of its URL.
    pub(super) async fn file(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let cached = self.cache.lock().file(url.as_str(), self.now);
        match cached {
            Some(file) => Ok(file),
            None => self.get(url).await,
        }
    }

    /// Caches the file of a certificate whose issuer's certificate is fetched next. If that takes too long, the next
    /// attempt fetches only the issuer's.
    pub(super) fn keep_file(&self, url: &Url, file: &[u8]) {
        self.cache.lock().insert_file(url.as_str(), file, self.now);
    }

    async fn call(
        &self,
        call: impl Future<Output = Result<Vec<u8>, FetchError>>,
    ) -> Result<Vec<u8>, FetchError> {
        self.cache.lock().budget(&self.source).record_call(self.status, self.now);
        timeout(CALL_TIMEOUT, call).await.unwrap_or(Err(FetchError::TimedOut))
    }
}

/// The cache, which a fetch still fills after its request has ended.
#[derive(Clone, Default)]
struct SharedCache(Arc<Mutex<KeyCache>>);

impl SharedCache {
    fn lock(&self) -> MutexGuard<'_, KeyCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fetch in progress. When it ends, in whatever way, the key may be fetched again.
struct InProgress {
    name: String,
    cache: SharedCache,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.cache.lock().in_progress.remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::keys::tests::fake_hosts::{FakeHosts, Response};
    use crate::keys::tests::pki::Pki;
    use crate::keys::tests::pki::{ISSUER, Template, pem_file};
    use crate::keys::tests::{SNS, TOPIC, later, now, sns, unavailable};

    const REPLY_WITHIN: Duration = Duration::from_millis(2400);

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

    /// SNS answers after 1.5 seconds, and so does the issuer's host: three seconds for both.
    fn slow(pki: &Pki) -> FakeHosts {
        let leaf = pki.issue(&Template::of("sns.amazonaws.com"));
        let second = |response| Response::After(Duration::from_millis(1500), Box::new(response));
        let issuer = Response::Body(pki.issuer().to_vec());
        FakeHosts::new([(SNS, second(pem_file(&[&leaf]))), (ISSUER, second(issuer))])
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_that_outlasts_its_request_fills_the_cache_for_the_next_attempt() {
        let pki = Pki::new();
        let keys = pki.keys(slow(&pki));
        let request = sns(SNS, TOPIC);
        let a_second = Duration::from_secs(1);
        let first = tokio::time::timeout(a_second, keys.get_key(&request, now())).await;
        assert!(first.is_err(), "the request ends while the first call is in progress");
        tokio::time::sleep(2 * a_second).await;
        let start = tokio::time::Instant::now();
        keys.get_key(&request, later(4)).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 0, "the key is in the cache");
        assert_eq!(keys.calls(), [SNS, ISSUER]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_whose_connection_died_while_lambda_was_frozen_is_replaced_by_the_next_attempt()
    {
        let pki = Pki::new();
        let hosts = slow(&pki);
        let issuer = hosts.response_of(ISSUER);
        hosts.set(ISSUER, Response::Never);
        let keys = pki.keys(hosts);
        let request = sns(SNS, TOPIC);
        let first = tokio::time::timeout(REPLY_WITHIN, keys.get_key(&request, now())).await;
        assert!(first.is_err());
        keys.hosts().set(ISSUER, issuer);
        // The clock runs on while nothing is polled.
        tokio::time::advance(Duration::from_secs(5)).await;
        let second = tokio::time::timeout(REPLY_WITHIN, keys.get_key(&request, later(7))).await;
        second.expect("only the issuer's certificate is still to be fetched").unwrap();
        assert_eq!(keys.calls(), [SNS, ISSUER, ISSUER]);
    }
}
