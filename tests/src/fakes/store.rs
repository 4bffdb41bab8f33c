use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use shared::config::Retention;
use shared::ports::store::{BodyStore, EventStore, GetError, PresignError, PutError, StoredBody};

use super::{Fault, Faults, lock};

/// An archive in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    retentions: Arc<Mutex<BTreeMap<String, Retention>>>,
    /// How it fails.
    pub faults: Arc<Faults>,
}

impl MemoryStore {
    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    /// An object, without asking as the code under test does.
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).cloned()
    }

    /// The retention of an object; none if it has none.
    pub fn retention(&self, key: &str) -> Option<Retention> {
        lock(&self.retentions).get(key).copied()
    }

    /// Removes an object, as a lifecycle rule would.
    pub fn remove(&self, key: &str) {
        lock(&self.objects).remove(key);
    }
}

impl EventStore for MemoryStore {
    async fn put(
        &self,
        key: &str,
        object: Vec<u8>,
        retention: Option<Retention>,
    ) -> Result<(), PutError> {
        let fault = self.faults.next().await;
        if fault != Fault::Fails {
            lock(&self.retentions).extend(retention.map(|it| (key.to_owned(), it)));
            lock(&self.objects).insert(key.to_owned(), object);
        }
        if fault == Fault::None { Ok(()) } else { Err(PutError("fault".to_owned())) }
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, GetError> {
        match self.faults.next().await {
            Fault::None => lock(&self.objects).get(key).cloned().ok_or(GetError::Missing),
            _ => Err(GetError::Unavailable("fault".to_owned())),
        }
    }
}

/// Links that lead nowhere, and say where they would.
impl BodyStore for MemoryStore {
    fn bucket(&self) -> &str {
        "memory"
    }

    async fn put_body(&self, key: &str, body: StoredBody<'_>) -> Result<(), PutError> {
        match self.get(key).await {
            Ok(_) => Ok(()),
            Err(GetError::Missing) => self.put(key, body.bytes.to_vec(), None).await,
            Err(GetError::Unavailable(error)) => Err(PutError(error)),
        }
    }

    async fn presign(&self, key: &str) -> Result<String, PresignError> {
        match self.faults.next().await {
            Fault::None => Ok(format!("https://memory.example/{key}?signature=1")),
            _ => Err(PresignError("fault".to_owned())),
        }
    }
}
