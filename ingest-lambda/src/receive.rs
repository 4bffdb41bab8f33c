//! The five steps: find the source, verify, store, enqueue, answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::aws::Patience;
use shared::config::{Config, StartError};
use shared::dedupe::DedupeKey;
use shared::document::document;
use shared::event::{Event, EventId, Identity};
use shared::provider;
use shared::queue::{Attributes, MessageQueue};
use shared::reference::{Reference, Version};
use shared::request::Request;
use shared::scheme::{Refusal, Refused, Verified, verify};
use shared::secrets::{SecretStore, Secrets};
use shared::store::EventStore;

use crate::refusal::NotAccepted;
use crate::source::{Source, sources};

/// What is kept back of `reply_within` for API Gateway's and Lambda's own part of the way.
const RESERVE: Duration = Duration::from_millis(100);

/// Ingest, ready to receive.
pub struct Ingest<S, Q, K> {
    sources: BTreeMap<String, Source>,
    body_limit: usize,
    reply_within: Duration,
    store: S,
    queue: Q,
    secrets: Secrets<K>,
}

/// A webhook that is stored and queued: what a 2xx is given for, and only for.
#[derive(Debug)]
pub struct Accepted {
    /// The event's id.
    pub id: EventId,
    /// Where it is stored.
    pub s3_key: String,
    /// Its type, where its provider says one.
    pub event_type: Option<String>,
    /// The position of the secret that matched.
    pub secret: usize,
    /// The status that the provider wants.
    pub status: u16,
    /// How long the steps took.
    pub took: Took,
}

/// How long each step took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Verifying, fetching a secret included.
    pub verify: Duration,
    /// Storing.
    pub store: Duration,
    /// Enqueueing.
    pub enqueue: Duration,
}

impl<S: EventStore, Q: MessageQueue, K: SecretStore> Ingest<S, Q, K> {
    /// Ingest as configured, on these ports.
    pub fn new(config: &Config, store: S, queue: Q, secrets: K) -> Result<Self, StartError> {
        Ok(Self {
            sources: sources(config)?,
            body_limit: config.body_limit,
            reply_within: time_to_answer(config),
            store,
            queue,
            secrets: Secrets::new(secrets),
        })
    }

    /// Fetches the secrets of the first sources, so that their first webhooks need not wait for it.
    /// What fails here is told when a webhook needs it.
    pub async fn warm_up(&self, now: Timestamp) {
        let fetches =
            self.sources.values().take(10).map(|source| {
                self.secrets.active(&source.secret_arn, source.rotation_overlap, now)
            });
        futures_util::future::join_all(fetches).await;
    }

    /// Receives a webhook for a source, within the time that there is. When that is over, the
    /// provider is told to send it again, whatever S3 and SQS are still doing.
    pub async fn receive(
        &self,
        source: &str,
        request: Request,
        now: Timestamp,
    ) -> Result<Accepted, NotAccepted> {
        let source = self.sources.get(source).ok_or(NotAccepted::UnknownSource)?;
        if request.method != "POST" {
            return Err(NotAccepted::Method(request.method));
        }
        if request.body.len() > self.body_limit {
            return Err(NotAccepted::TooLarge(request.body.len()));
        }
        let accepted = tokio::time::timeout(self.reply_within, self.accept(source, request, now));
        accepted.await.unwrap_or_else(|_| {
            Err(NotAccepted::Unavailable("not stored and queued within reply_within".into()))
        })
    }

    async fn accept(
        &self,
        source: &Source,
        request: Request,
        now: Timestamp,
    ) -> Result<Accepted, NotAccepted> {
        let (verified, verify) = timed(self.verify(source, request, now)).await;
        let stored = Unstored::of(source, &verified?, now)?;
        let (result, store) = timed(self.store.put(&stored.reference.s3_key, stored.object)).await;
        result?;
        // Only now: a queue message always points at a stored event.
        let message = stored.reference.to_json();
        let sent = self.queue.send(&source.queue_url, message, Attributes::new());
        let (result, enqueue) = timed(sent).await;
        result?;
        Ok(Accepted {
            id: stored.reference.event_id,
            s3_key: stored.reference.s3_key,
            event_type: stored.reference.event_type,
            secret: stored.secret,
            status: source.reply.status,
            took: Took { verify, store, enqueue },
        })
    }

    /// Verifies with the secrets in hand and, where none matches, once more with fresher ones: they
    /// may have been rotated a moment ago. Whether that is so, only the store can say: where it fails,
    /// so does this, and the sender comes again.
    async fn verify(
        &self,
        source: &Source,
        request: Request,
        now: Timestamp,
    ) -> Result<Verified, NotAccepted> {
        let Source { secret_arn, rotation_overlap, schemes, .. } = source;
        let active = self.secrets.active(secret_arn, *rotation_overlap, now).await?;
        let verified = verify(schemes, active.texts(), request, now)
            .inspect_err(|_| self.secrets.forget(secret_arn))?;
        let Refused { request, refusal } = match verified {
            Ok(verified) => return Ok(verified),
            Err(refused) => *refused,
        };
        if refusal != Refusal::Mismatch {
            return Err(refusal.into());
        }
        match self.secrets.refreshed(secret_arn, *rotation_overlap, now).await? {
            Some(fresher) => verify(schemes, fresher.texts(), request, now)?
                .map_err(|refused| refused.refusal.into()),
            None => Err(refusal.into()),
        }
    }
}

/// The event of a verified request, serialised, with the reference that will point at it.
struct Unstored {
    object: Vec<u8>,
    reference: Reference,
    secret: usize,
}

impl Unstored {
    fn of(source: &Source, verified: &Verified, now: Timestamp) -> Result<Self, NotAccepted> {
        let document = document(&source.name, verified);
        let dedupe_key = DedupeKey::of(&source.id, &document, &verified.request().body);
        let keys = dedupe_key.ledger_keys(&source.name, now, source.dedupe_window);
        let identity = Identity {
            id: EventId::new(now),
            received_at: now,
            source: &source.name,
            provider: &source.provider,
            event_type: provider::event_type(&source.event_type, &document),
            ledger_key: keys.key,
        };
        let event = Event::new(verified, &identity);
        let s3_key = event.s3_key();
        let object =
            event.to_json().map_err(|error| NotAccepted::Unavailable(error.to_string()))?;
        let reference = Reference {
            version: Version::CURRENT,
            life: 0,
            event_id: identity.id,
            source: source.name.clone(),
            s3_key,
            size: object.len() as u64,
            ledger_key: identity.ledger_key,
            event_type: identity.event_type,
            earlier: keys.earlier,
        };
        Ok(Self { object, reference, secret: verified.matched().secret })
    }
}

/// How long a webhook may take inside this Lambda.
fn time_to_answer(config: &Config) -> Duration {
    Duration::from_secs_f64(config.reply_within).saturating_sub(RESERVE)
}

/// How long calls to AWS may take, so that one attempt that hangs leaves time for another.
pub fn patience(config: &Config) -> Patience {
    let operation = time_to_answer(config);
    Patience { operation, attempt: operation.mul_f64(0.4), attempts: 3 }
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let result = work.await;
    (result, start.elapsed())
}
