//! Verifies requests, and answers handshakes: with the secrets of a source, or with the keys that its
//! provider publishes.

use jiff::Timestamp;
use shared::ports::secrets::{Active, SecretStore, Secrets, SecretsError};
use shared::webhook::handshake::{Action, Handshake};
use shared::webhook::reply::{Answer, NoAnswer};
use shared::webhook::request::Request;
use shared::webhook::scheme::{Match, Refusal, Refused, Scheme, Verified, check_claim, verify};
use shared::webhook::secret::Secret;

use crate::keys::{Fetch, Keys};
use crate::rejection::Rejection;
use crate::source::{RegisteredSource, SecretLocation};

/// The field of an enrolment that holds the secret.
const OFFERED: &str = "secret_offered";
/// The fields of a subscription's confirmation that hold the URL to visit and the topic.
const SUBSCRIBE_URL: &str = "subscribe_url";
const TOPIC_ARN: &str = "topic_arn";

/// Verifies for all sources.
pub struct Verifier<K, F> {
    secrets: Secrets<K>,
    keys: Keys<F>,
}

impl<K: SecretStore, F: Fetch> Verifier<K, F> {
    /// A verifier on these ports.
    pub fn new(secrets: K, keys: Keys<F>) -> Self {
        Self { secrets: Secrets::new(secrets), keys }
    }

    /// The active secrets of a source; none where it has no secret.
    pub async fn secrets(
        &self,
        source: &RegisteredSource,
        now: Timestamp,
    ) -> Result<Option<Active>, SecretsError> {
        match &source.secret {
            Some(SecretLocation { arn, overlap }) => {
                self.secrets.active(arn, *overlap, now).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Verifies a request for a source.
    pub async fn verify(
        &self,
        source: &RegisteredSource,
        request: Request,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        // Before anything is fetched for it.
        check_claim(&source.rules.schemes, &request, now)?;
        let active = self.secrets(source, now).await?;
        match (source.rules.keys, &source.secret, active) {
            (Some(keys), _, active) => {
                let credentials = active.as_ref().map(Active::texts).unwrap_or_default();
                let keys =
                    self.keys.key(keys, &request, credentials, &source.rules.params, now).await?;
                verify(&source.rules.schemes, &keys, request, now)?
                    .map_err(|refused| refused.refusal.into())
            }
            (None, Some(place), Some(active)) => {
                self.by_secret(source, place, &active, request, now).await
            }
            _ => {
                Err(Rejection::NoSecret(format!("the source {} has no secret", source.rules.name)))
            }
        }
    }

    /// Verifies with the secrets in hand and, where none matches, once more with fresher ones: they
    /// may have been rotated a moment ago. Whether that is so, only the store can say: where it fails,
    /// so does this, and the sender comes again.
    async fn by_secret(
        &self,
        source: &RegisteredSource,
        SecretLocation { arn, overlap }: &SecretLocation,
        active: &Active,
        request: Request,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let verified = verify(&source.rules.schemes, active.texts(), request, now)
            .inspect_err(|reason| self.secrets.forget_unusable(arn, *reason, now))?;
        let Refused { request, refusal } = match verified {
            Ok(verified) => return Ok(verified),
            Err(refused) => *refused,
        };
        if refusal != Refusal::Mismatch {
            return Err(refusal.into());
        }
        match self.secrets.refreshed(arn, *overlap, now).await? {
            Some(fresher) => verify(&source.rules.schemes, fresher.texts(), request, now)?
                .map_err(|refused| refused.refusal.into()),
            None => Err(refusal.into()),
        }
    }

    /// Answers a handshake, verified where it is signed.
    pub async fn answer_handshake(
        &self,
        source: &RegisteredSource,
        handshake: &Handshake,
        request: Request,
        now: Timestamp,
    ) -> Result<Answer, Rejection> {
        let (request, matched) = if handshake.verified {
            let verified = self.verify(source, request, now).await?;
            let matched = verified.matched().clone();
            (verified.into_request(), Some(matched))
        } else {
            (request, None)
        };
        let key = self.answer_key(source, handshake, matched.as_ref(), now).await?;
        self.run_handshake_action(source, handshake, &request, now).await?;
        Ok(handshake.answer(&request, &source.rules.params, key.as_ref())?)
    }

    /// The key for a handshake's answer. Fetches the secrets only if the answer needs one.
    async fn answer_key(
        &self,
        source: &RegisteredSource,
        handshake: &Handshake,
        matched: Option<&Match>,
        now: Timestamp,
    ) -> Result<Option<Secret>, Rejection> {
        if !handshake.needs_secret() {
            return Ok(None);
        }
        let active = self.secrets(source, now).await?;
        let texts = active.as_ref().map(Active::texts).unwrap_or_default();
        Ok(handshake.answer_key(&source.rules.schemes, texts, matched)?)
    }

    async fn run_handshake_action(
        &self,
        source: &RegisteredSource,
        handshake: &Handshake,
        request: &Request,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        match handshake.then {
            None => Ok(()),
            Some(Action::ConfirmSubscription) => {
                let url = handshake.value(SUBSCRIBE_URL, request)?;
                let topic = handshake.value(TOPIC_ARN, request)?;
                Ok(self.keys.confirm(&url, &topic, now).await?)
            }
            Some(Action::Enroll) => match &source.secret {
                Some(place) if source.enroll => {
                    let offered = handshake.value(OFFERED, request)?;
                    check_offer(source, &offered)?;
                    Ok(self.secrets.enroll(&place.arn, &offered, now).await?)
                }
                _ => Err(Refusal::Forbidden("the source does not say enroll = true".into()).into()),
            },
        }
    }
}

/// What is kept must be of use: an unusable secret would stand in the way of refusing a forgery.
fn check_offer(source: &RegisteredSource, offered: &str) -> Result<(), Refusal> {
    let usable = |scheme: &Scheme| scheme.secret.key(offered).is_ok();
    match offered.trim() == offered && source.rules.schemes.iter().any(usable) {
        true => Ok(()),
        false => Err(Refusal::Malformed("what is handed over is no secret".to_owned())),
    }
}

impl From<NoAnswer> for Rejection {
    fn from(error: NoAnswer) -> Self {
        Refusal::Malformed(error.0).into()
    }
}
