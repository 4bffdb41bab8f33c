//! An HTTP destination that records every request, and fails on request.
//!
//! Any path takes deliveries. `GET /received` lists them as JSON, as a page or
//! as text, whichever `Accept` names first. `POST /behave` says how to answer.

mod behaviour;
mod page;
mod server;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

pub use self::behaviour::Behaviour;
use crate::Result;

/// One request that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// When all of it was there, in RFC 3339.
    pub at: String,
    /// The method.
    pub method: String,
    /// The path, with the query if there is one.
    pub path: String,
    /// Names in lower case, in the order of arrival, repeated names as often as they came.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The status that it was answered with.
    pub answered: u16,
}

impl Received {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Serialize for Received {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut headers = serde_json::Map::new();
        for (name, value) in &self.headers {
            let joined = match headers.get(name).and_then(|earlier| earlier.as_str()) {
                Some(earlier) => format!("{earlier}, {value}"),
                None => value.clone(),
            };
            headers.insert(name.clone(), joined.into());
        }
        let mut received = serializer.serialize_struct("Received", 6)?;
        received.serialize_field("at", &self.at)?;
        received.serialize_field("method", &self.method)?;
        received.serialize_field("path", &self.path)?;
        received.serialize_field("headers", &headers)?;
        received.serialize_field("body_base64", &STANDARD.encode(&self.body))?;
        received.serialize_field("answered", &self.answered)?;
        received.end()
    }
}

/// The destination. Dropped, it no longer accepts requests.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    received: Mutex<Vec<Received>>,
    behaviours: Mutex<Vec<Behaviour>>,
    /// The number of requests received; waiters are woken when it changes.
    count: watch::Sender<usize>,
}

impl Receiver {
    /// Starts on 127.0.0.1, on a free port, and answers 200 until told otherwise.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            behaviours: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(Self { url, shared, server })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All that was received, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.received().clone()
    }

    /// Says how to answer from now on. The latest behaviour that fits a request applies to it.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.behave(behaviour);
    }

    /// Waits until what was received fulfils the condition, and returns it; on the way it looks at
    /// each new arrival at once.
    pub async fn wait_for(
        &self,
        what: &str,
        within: Duration,
        fulfilled: impl Fn(&[Received]) -> bool,
    ) -> Result<Vec<Received>> {
        let deadline = Instant::now() + within;
        let mut count = self.shared.count.subscribe();
        loop {
            count.mark_unchanged();
            let received = self.received();
            if fulfilled(&received) {
                return Ok(received);
            }
            if timeout_at(deadline, count.changed()).await.is_err() {
                let (seconds, got) = (within.as_secs_f32(), received.len());
                return Err(format!(
                    "waited {seconds} s in vain for {what}; the receiver has got {got} requests"
                )
                .into());
            }
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn record(&self, received: Received) {
        let mut all = self.received();
        all.push(received);
        self.count.send_replace(all.len());
    }

    fn behave(&self, behaviour: Behaviour) {
        behaviour::put(&mut lock(&self.behaviours), behaviour);
    }

    /// What applies to a request to `path`; it counts as used once.
    fn take_behaviour(&self, path: &str) -> Behaviour {
        behaviour::take(&mut lock(&self.behaviours), path)
    }

    fn received(&self) -> MutexGuard<'_, Vec<Received>> {
        lock(&self.received)
    }
}

/// A panic while the lock was held leaves a whole list behind: nothing between is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
