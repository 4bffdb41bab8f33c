//! Receives one webhook: finds the source, classifies the request, verifies it, stores the event, enqueues its
//! reference, and only then reports success.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::config::{Config, ObjectLock, StartError};
use shared::event::EventId;
use shared::event::message_group::MessageGroup;
use shared::ports::aws::CallTimeouts;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::provider::RequestKind;
use shared::webhook::connection::Connection;
use shared::webhook::reply::Answer;
use shared::webhook::request::Request;
use shared::webhook::secret::FingerprintKey;

use crate::keys::{Fetch, Keys};
use crate::new_event::NewEvent;
use crate::rejection::Rejection;
use crate::source::{RegisteredSource, registered_sources};
use crate::verifier::Verifier;

/// The part of `reply_within` that is left for API Gateway and the Lambda runtime.
const GATEWAY_RESERVE: Duration = Duration::from_millis(100);
/// How many sources have their secrets fetched at the start.
const WARMED_UP_SOURCES: usize = 10;

/// The registered sources, and the ports that webhooks are received with.
pub struct Ingest<S, Q, K, F> {
    sources: BTreeMap<String, RegisteredSource>,
    body_limit: usize,
    fingerprint_key: FingerprintKey,
    object_lock: Option<ObjectLock>,
    time_limit: Duration,
    store: S,
    queue: Q,
    verifier: Verifier<K, F>,
}

/// The result of a request that is not rejected.
#[derive(Debug)]
pub(crate) enum Received {
    /// An event, which is stored and queued.
    Event(Accepted),
    /// A handshake, which is only answered.
    Handshake {
        /// What the provider calls this handshake.
        title: String,
        /// The answer that the provider expects.
        answer: Answer,
    },
}

/// An event that is stored and queued. Only such an event is answered with a 2xx.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) id: EventId,
    pub(crate) s3_key: String,
    /// The event's type; none if the provider sends no type.
    pub(crate) event_type: Option<String>,
    /// Whether the event lacks the ordering key of its FIFO queue.
    pub(crate) is_unordered: bool,
    /// The position of the secret that matched. 0 is the newest.
    pub(crate) secret: usize,
    /// The fingerprint of the secret that matched.
    pub(crate) fingerprint: String,
    /// The answer that the provider expects.
    pub(crate) answer: Answer,
    /// Why that answer could not be made from the request, if so. Then the sender gets a plain one.
    pub(crate) answer_problem: Option<String>,
    pub(crate) timings: StepTimings,
}

/// How long each step took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepTimings {
    /// Verifying, including the time to fetch a secret or key.
    pub(crate) verify: Duration,
    /// Storing the event in S3.
    pub(crate) store: Duration,
    /// Enqueueing the reference in SQS.
    pub(crate) enqueue: Duration,
}

impl<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch> Ingest<S, Q, K, F> {
    /// Registers the configured sources. An error names the source that cannot be used.
    pub fn new<D, R, L>(
        config: &Config<D, R, L>,
        store: S,
        queue: Q,
        secrets: K,
        keys: Keys<F>,
    ) -> Result<Self, StartError> {
        Ok(Self {
            sources: registered_sources(config)?,
            body_limit: config.body_limit,
            fingerprint_key: config.fingerprint_key.clone(),
            object_lock: config.object_lock,
            time_limit: time_limit(config),
            store,
            queue,
            verifier: Verifier::new(secrets, keys),
        })
    }

    /// Fetches the secrets of the first ten sources, so that their first webhooks do not wait for it. Failures are
    /// ignored here: a webhook that needs the secret reports them.
    pub async fn warm_up(&self, now: Timestamp) {
        let sources = self.sources.values().take(WARMED_UP_SOURCES);
        let fetches = sources.map(|source| self.verifier.active_secrets(source, now));
        futures_util::future::join_all(fetches).await;
    }

    /// The name of the source in a path. It is the path's last part; a stage or base path may come before it. If a
    /// registered source reads a token from the path, its name is the part before the token. The route that API
    /// Gateway chose is not looked at.
    pub(crate) fn source_name<'p>(&self, path: &'p str) -> &'p str {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let last = parts.next().unwrap_or_default();
        if self.sources.contains_key(last) {
            return last;
        }
        let before = parts.next().unwrap_or_default();
        let reads_path = |source: &RegisteredSource| source.rules.reads_path();
        if self.sources.get(before).is_some_and(reads_path) { before } else { last }
    }

    /// Whether a source's rejections have no body, because its provider expects none.
    pub(crate) fn rejects_without_body(&self, source: &str) -> bool {
        self.sources.get(source).is_some_and(|source| source.rules.reply.is_empty())
    }

    /// Receives a webhook for a source.
    ///
    /// If receiving takes longer than `reply_within`, the result is [`Rejection::Unavailable`], so that the provider
    /// sends the webhook again. S3 and SQS may still complete the calls in progress. The ledger recognises the
    /// duplicate.
    pub(crate) async fn receive(
        &self,
        source: &str,
        connection: &Connection,
        request: Request,
        now: Timestamp,
    ) -> Result<Received, Rejection> {
        let source = self.sources.get(source).ok_or(Rejection::UnknownSource)?;
        let kind = source.rules.classify(&request, connection, self.body_limit)?;
        let request = source.rules.with_public_url(request);
        let received = self.receive_kind(source, kind, request, now);
        tokio::time::timeout(self.time_limit, received).await.unwrap_or_else(|_| {
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
            RequestKind::Handshake(handshake) => {
                let answer =
                    self.verifier.answer_handshake(source, handshake, request, now).await?;
                Ok(Received::Handshake { title: handshake.title.clone(), answer })
            }
        }
    }

    /// Verifies an event, stores it in S3, and then enqueues its reference in SQS.
    ///
    /// S3 comes before SQS, so that a queue message always points at a stored event. If S3 fails, nothing is
    /// queued, and the sender gets a 503.
    ///
    /// If SQS fails after S3 has succeeded, the sender gets a 503 too. The stored event stays in the bucket, but no
    /// reference points at it. When the provider sends the webhook again, it is stored under a new id and queued. If
    /// SQS had queued the first message after all, both messages have the same ledger key, and the worker delivers
    /// only one of them.
    async fn accept(
        &self,
        source: &RegisteredSource,
        request: Request,
        now: Timestamp,
    ) -> Result<Accepted, Rejection> {
        let (verified, verify) = timed(self.verifier.verify(source, request, now)).await;
        let verified = verified?;
        let event = NewEvent::new(source, &verified, &self.fingerprint_key, now)?;
        let NewEvent { object, reference, queue, group } = event;
        let (answer, problem) = source.rules.answer_event(verified.request());

        let retention = self.object_lock.map(|lock| lock.retention(now));
        let (stored, store) = timed(self.store.put(&reference.s3_key, object, retention)).await;
        stored?;

        let is_unordered = matches!(group, MessageGroup::Unordered(_));
        let message = Message {
            body: reference.to_json(),
            attributes: Attributes::new(),
            fifo: group.fifo_attributes(&reference),
        };
        let (queued, enqueue) = timed(self.queue.send(&queue.url, message)).await;
        queued?;

        Ok(Accepted {
            id: reference.event_id,
            s3_key: reference.s3_key,
            event_type: reference.event_type,
            is_unordered,
            secret: verified.matched().secret,
            fingerprint: verified.matched().fingerprint(&self.fingerprint_key),
            answer,
            answer_problem: problem.map(|problem| problem.to_string()),
            timings: StepTimings { verify, store, enqueue },
        })
    }
}

/// How long receiving one webhook may take in this Lambda.
fn time_limit<D, R, L>(config: &Config<D, R, L>) -> Duration {
    Duration::from_secs_f64(config.reply_within).saturating_sub(GATEWAY_RESERVE)
}

/// How long calls to AWS may take. One attempt may take 40 % of the time limit, so that after an attempt that hangs
/// there is time for another.
pub fn call_timeouts<D, R, L>(config: &Config<D, R, L>) -> CallTimeouts {
    let operation = time_limit(config);
    CallTimeouts { operation, attempt: operation.mul_f64(0.4), attempts: 3 }
}

/// Runs a step, and measures how long it takes.
async fn timed<T>(step: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let result = step.await;
    (result, start.elapsed())
}
