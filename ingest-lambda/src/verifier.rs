//! Verifies requests and answers handshakes, with a source's secrets or with the keys that its provider publishes.

use jiff::Timestamp;
use shared::ports::secrets::{ActiveSecrets, SecretStore, Secrets, SecretsError};
use shared::provider::ResolvedSource;
use shared::webhook::handshake::{Action, Handshake};
use shared::webhook::reply::{Answer, ReplyError};
use shared::webhook::request::Request;
use shared::webhook::scheme::{
    Match, Refusal, Refused, Scheme, Verified, check_before_keys, check_usable, verify,
};
use shared::webhook::secret::Secret;

use crate::keys::{Fetch, KeyRequest, Keys};
use crate::rejection::Rejection;
use crate::source::{RegisteredSource, SecretLocation};

/// The field of an enrolment handshake that has the offered secret.
const OFFERED_SECRET: &str = "secret_offered";
/// The field of an SNS confirmation that has the URL to call.
const SUBSCRIBE_URL: &str = "subscribe_url";
/// The field of an SNS confirmation that has the topic's ARN.
const TOPIC_ARN: &str = "topic_arn";

/// Verifies the requests of all sources.
pub(crate) struct Verifier<K, F> {
    secrets: Secrets<K>,
    keys: Keys<F>,
}

impl<K: SecretStore, F: Fetch> Verifier<K, F> {
    pub(crate) fn new(secrets: K, keys: Keys<F>) -> Self {
        Self { secrets: Secrets::new(secrets), keys }
    }

    /// The active secrets of a source; none if the source has no secret.
    pub(crate) async fn active_secrets(
        &self,
        source: &RegisteredSource,
        now: Timestamp,
    ) -> Result<Option<ActiveSecrets>, SecretsError> {
        match &source.secret {
            Some(SecretLocation { arn, overlap }) => {
                self.secrets.active(arn, *overlap, now).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Verifies a request for a source. A request that is unsigned, malformed or stale is rejected before any
    /// secret or key is fetched.
    pub(crate) async fn verify(
        &self,
        source: &RegisteredSource,
        request: Request,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        check_before_keys(&source.rules.schemes, &request, now)?;
        let active = self.active_secrets(source, now).await?;
        match (&source.rules.keys, &source.secret, active) {
            (Some(keys), _, active) => {
                let credentials = active.as_ref().map(ActiveSecrets::texts).unwrap_or_default();
                let RegisteredSource { rules, .. } = source;
                let ResolvedSource { name, schemes, params, .. } = rules;
                let of =
                    KeyRequest { source: name, schemes, request: &request, credentials, params };
                let keys = self.keys.find(keys, of, now).await?;
                let verified = verify(&rules.schemes, &keys.texts, request, now)?;
                let verified = verified.map_err(|refused| refused.refusal)?;
                self.keys.mark_verified(&rules.name, &keys);
                Ok(verified)
            }
            (None, Some(location), Some(active)) => {
                self.verify_with_secrets(source, location, &active, request, now).await
            }
            _ => {
                Err(Rejection::NoSecret(format!("the source {} has no secret", source.rules.name)))
            }
        }
    }

    /// Verifies with the cached secrets. If none matches, it verifies once more with secrets that are fetched
    /// again, because they may have been rotated a moment ago.
    ///
    /// If fetching fails, nothing shows whether the request is forged. The result is then
    /// [`Rejection::Unavailable`], so that the provider sends the request again.
    async fn verify_with_secrets(
        &self,
        source: &RegisteredSource,
        SecretLocation { arn, overlap }: &SecretLocation,
        active: &ActiveSecrets,
        request: Request,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let verified = verify(&source.rules.schemes, active.texts(), request, now)
            .inspect_err(|reason| self.secrets.mark_unusable(arn, *reason, now))?;
        let Refused { request, refusal } = match verified {
            Ok(verified) => return accept_own_secret(source, active, verified),
            Err(refused) => *refused,
        };
        if refusal != Refusal::Mismatch {
            return Err(refusal.into());
        }
        let refreshed = self.secrets.refreshed(arn, *overlap, now).await?;
        let current = refreshed.as_ref().unwrap_or(active);
        if refreshed.is_some() {
            match verify(&source.rules.schemes, current.texts(), request, now)? {
                Ok(verified) => return accept_own_secret(source, current, verified),
                Err(refused) if refused.refusal != Refusal::Mismatch => {
                    return Err(refused.refusal.into());
                }
                Err(_mismatch) => {}
            }
        }
        Err(explain_mismatch(source, current))
    }

    /// Answers a handshake. A signed handshake is verified first.
    pub(crate) async fn answer_handshake(
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

    /// The key that signs a handshake's answer; none if the answer is not signed. Fetches the secrets only if the
    /// answer needs one.
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
        let active = self.active_secrets(source, now).await?;
        let texts = active.as_ref().map(ActiveSecrets::texts).unwrap_or_default();
        Ok(handshake.answer_key(&source.rules.schemes, texts, matched)?)
    }

    /// Does what the handshake asks for before it is answered. If it fails, the handshake is not answered.
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
                let name = &source.rules.name;
                Ok(self.keys.confirm_subscription(name, &url, &topic, now).await?)
            }
            Some(Action::Enroll) => match &source.secret {
                Some(location) if source.enroll => {
                    let offered = handshake.value(OFFERED_SECRET, request)?;
                    check_offered_secret(source, &offered)?;
                    Ok(self.secrets.enroll(&location.arn, &offered, now).await?)
                }
                _ => {
                    let reason = "the source does not have enroll = true";
                    Err(Refusal::Forbidden(reason.to_owned()).into())
                }
            },
        }
    }
}

/// A verified request, unless everyone may know the secret that matched. The operator must then restrict the addresses.
fn accept_own_secret(
    source: &RegisteredSource,
    active: &ActiveSecrets,
    verified: Verified,
) -> Result<Verified, Rejection> {
    let secret = active.texts().get(verified.matched().secret);
    match secret.is_some_and(|secret| source.rules.is_public(secret)) {
        true => {
            let reason = "everyone may know the secret that matched; set allow_cidrs";
            Err(Rejection::NoSecret(reason.to_owned()))
        }
        false => Ok(verified),
    }
}

/// The rejection of a request that no active secret matches.
///
/// If the newest secret is unusable, the request may be signed with what the operator meant to set. It is then answered
/// 503, so that the provider sends it again. Nothing is forgotten for it: the older secrets still verify.
fn explain_mismatch(source: &RegisteredSource, active: &ActiveSecrets) -> Rejection {
    let newest = active.texts().first().map_or("", String::as_str);
    match check_usable(&source.rules.schemes, newest) {
        Err(reason) => Rejection::NoSecret(format!("the newest secret cannot be used: {reason}")),
        Ok(()) if active.resembles_list() => {
            Rejection::SecretResemblesList(Refusal::Mismatch.into())
        }
        Ok(()) => Refusal::Mismatch.into(),
    }
}

/// Checks that an offered secret is usable by one of the source's schemes. An unusable secret must not be stored:
/// while it is active, a forged request would get a 503 instead of a 401.
fn check_offered_secret(source: &RegisteredSource, offered: &str) -> Result<(), Refusal> {
    let is_usable = |scheme: &Scheme| scheme.secret.key(offered).is_ok();
    match offered.trim() == offered && source.rules.schemes.iter().any(is_usable) {
        true => Ok(()),
        false => Err(Refusal::Malformed("the offered secret is not usable".to_owned())),
    }
}

impl From<ReplyError> for Rejection {
    fn from(error: ReplyError) -> Self {
        Refusal::Malformed(error.0).into()
    }
}
