use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ingest_lambda::keys::{Fetch, FetchError};
use url::Url;

use super::{Fault, Faults, lock};

/// The hosts of providers that publish keys: what each address answers. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryHosts {
    answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// How they fail.
    pub faults: Arc<Faults>,
}

impl MemoryHosts {
    /// Has an address answer.
    pub fn answer(&self, url: &str, answer: &[u8]) {
        lock(&self.answers).insert(url.to_owned(), answer.to_vec());
    }

    async fn call(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        if self.faults.next().await != Fault::None {
            return Err(FetchError::Failed("fault".to_owned()));
        }
        let answer = lock(&self.answers).get(url.as_str()).cloned();
        answer.ok_or_else(|| FetchError::Status(404, Vec::new()))
    }
}

impl Fetch for MemoryHosts {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.call(url).await
    }

    async fn post_json(&self, url: &Url, _: String) -> Result<Vec<u8>, FetchError> {
        self.call(url).await
    }
}
