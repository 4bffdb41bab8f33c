//! The five steps: find the source, verify, store, enqueue, answer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::config::{Config, StartError};
use shared::event::message_group::MessageGroup;
use shared::ports::aws::CallTimeouts;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::provider::RequestKind;
use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;

use crate::keys::{Fetch, Keys};
use crate::new_event::NewEvent;
use crate::received::{Accepted, Received, StepTimings};
use crate::rejection::Rejection;
use crate::source::{RegisteredSource, sources};
use crate::verifier::Verifier;

/// What is kept back of `reply_within` for API Gateway's and Lambda's own part of the way.
const RESERVE: Duration = Duration::from_millis(100);

/// Ingest, ready to receive.
pub struct Ingest<S, Q, K, F> {
    sources: BTreeMap<String, RegisteredSource>,
    body_limit: usize,
    reply_within: Duration,
    store: S,
    queue: Q,
    verifier: Verifier<K, F>,
}

impl<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch> Ingest<S, Q, K, F> {
    /// Ingest as configured, on these ports.
    pub fn new(
        config: &Config,
        store: S,
        queue: Q,
        secrets: K,
        keys: Keys<F>,
    ) -> Result<Self, StartError> {
        Ok(Self {
            sources: sources(config)?,
            body_limit: config.body_limit,
            reply_within: time_to_answer(config),
            store,
            queue,
            verifier: Verifier::new(secrets, keys),
        })
    }

    /// Fetches the secrets of the first sources, so that their first webhooks need not wait for it.
    /// What fails here is told when a webhook needs it.
    pub async fn warm_up(&self, now: Timestamp) {
        let fetches =
            self.sources.values().take(10).map(|source| self.verifier.secrets(source, now));
        futures_util::future::join_all(fetches).await;
    }

    /// The source that a path is for: its last part, whatever stage or base path is before it, or,
    /// where that is a token, the one before. A name that nobody registered is the last part.
    pub fn source_of<'p>(&self, path: &'p str) -> &'p str {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let last = parts.next().unwrap_or_default();
        if self.sources.contains_key(last) {
            return last;
        }
        let before = parts.next().unwrap_or_default();
        let takes_token =
            |source: &RegisteredSource| source.rules.schemes.iter().any(Scheme::reads_path);
        if self.sources.get(before).is_some_and(takes_token) { before } else { last }
    }

    /// Whether a source's refusals have no body, because its provider wants none.
    pub fn is_silent(&self, source: &str) -> bool {
        self.sources.get(source).is_some_and(|source| source.rules.reply.is_empty())
    }

    /// Receives a webhook for a source, within the time that there is. When that is over, the
    /// provider is told to send it again, whatever S3 and SQS are still doing.
    pub async fn receive(
        &self,
        source: &str,
        from: Option<IpAddr>,
        request: Request,
        now: Timestamp,
    ) -> Result<Received, Rejection> {
        let source = self.sources.get(source).ok_or(Rejection::UnknownSource)?;
        let kind = source.rules.classify(&request, from, self.body_limit)?;
        let request = source.rules.with_public_url(request);
        let received = self.receive_kind(source, kind, request, now);
        tokio::time::timeout(self.reply_within, received).await.unwrap_or_else(|_| {
            Err(Rejection::Unavailable("not stored and queued within reply_within".into()))
        })
    }

    async fn receive_kind(
        &self,
        source: &RegisteredSource,
        kind: RequestKind<'_>,
        request: Request,
        now: Timestamp,
    ) -> Result<Received, Rejection> {
        match kind {
            RequestKind::Event => self.accept(source, request, now).await.map(Received::Event),
            RequestKind::SignedHandshake(handshake) | RequestKind::UnsignedHandshake(handshake) => {
                let answer =
                    self.verifier.answer_handshake(source, handshake, request, now).await?;
                Ok(Received::Handshake(handshake.title.clone(), answer))
            }
        }
    }

    async fn accept(
        &self,
        source: &RegisteredSource,
        request: Request,
        now: Timestamp,
    ) -> Result<Accepted, Rejection> {
        let (verified, verify) = timed(self.verifier.verify(source, request, now)).await;
        let verified = verified?;
        let stored = NewEvent::of(source, &verified, now)?;
        let (answer, missing) = source.rules.answer_event(verified.request());
        if let Some(error) = missing {
            tracing::warn!(source = source.rules.name, %error, "answered without the provider's expected body");
        }
        let (result, store) = timed(self.store.put(&stored.reference.s3_key, stored.object)).await;
        result?;
        // Only now: a queue message always points at a stored event.
        let is_unordered = matches!(stored.group, MessageGroup::Unordered(_));
        let message = Message {
            body: stored.reference.to_json(),
            attributes: Attributes::new(),
            fifo: stored.group.fifo_attributes(&stored.reference),
        };
        let (result, enqueue) = timed(self.queue.send(&stored.queue.url, message)).await;
        result?;
        Ok(Accepted {
            id: stored.reference.event_id,
            s3_key: stored.reference.s3_key,
            event_type: stored.reference.event_type,
            is_unordered,
            secret: verified.matched().secret,
            fingerprint: verified.matched().fingerprint.clone(),
            answer,
            took: StepTimings { verify, store, enqueue },
        })
    }
}

/// How long a webhook may take inside this Lambda.
fn time_to_answer(config: &Config) -> Duration {
    Duration::from_secs_f64(config.reply_within).saturating_sub(RESERVE)
}

/// How long calls to AWS may take, so that one attempt that hangs leaves time for another.
pub fn call_timeouts(config: &Config) -> CallTimeouts {
    let operation = time_to_answer(config);
    CallTimeouts { operation, attempt: operation.mul_f64(0.4), attempts: 3 }
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let result = work.await;
    (result, start.elapsed())
}
