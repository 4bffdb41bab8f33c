//! Handshakes: what ingest would answer, and do besides.

use shared::webhook::handshake::{Action, Handshake};
use shared::webhook::request::Request;
use shared::webhook::scheme::{Match, Refusal};
use shared::webhook::secret::Secret;

use super::report::{Matched, Shaken};
use super::said;
use crate::Failure;
use crate::source::Source;

/// Shakes hands: the answer, or why there is none. `matched` is of one that is signed.
pub(super) fn shake(
    source: &Source,
    handshake: &Handshake,
    request: &Request,
    matched: Option<&Match>,
) -> Result<Result<Shaken, Refusal>, Failure> {
    let key = match handshake.needs_secret() {
        true => Some(key(source, matched)?),
        false => None,
    };
    let answer = match handshake.answer(request, &source.params, key.as_ref()) {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(Refusal::Malformed(error.to_string()))),
    };
    Ok(Ok(Shaken {
        title: handshake.title.clone(),
        secret: matched.map(|matched| Matched {
            position: matched.secret,
            fingerprint: matched.fingerprint.clone(),
        }),
        scheme: matched.map(|matched| matched.scheme),
        signed_at: matched.and_then(|matched| matched.signed_at),
        reply: said::of(answer),
    }))
}

/// The key that an answer is made with: the one that matched, or else the newest.
fn key(source: &Source, matched: Option<&Match>) -> Result<Secret, Failure> {
    let (scheme, secret) = matched.map_or((0, 0), |matched| (matched.scheme, matched.secret));
    let (way, text) = (source.ways.get(scheme), source.secrets.texts.get(secret));
    let (Some(way), Some(text)) = (way, text) else {
        return Err(Failure::unusable(format!(
            "the handshake is answered with the secret: give it by --secret-file. What is wanted: {}",
            source.wanted_secret()
        )));
    };
    let unusable = |error| Failure::unusable(format!("--secret-file: {error}"));
    way.scheme.secret.key(text).map_err(unusable)
}

/// What ingest would do besides answering.
pub(super) fn besides(handshake: &Handshake) -> Option<&'static str> {
    Some(match handshake.then? {
        Action::ConfirmSubscription => {
            "Before it answers, ingest visits the SubscribeURL, at an address of Amazon SNS only, and for \
             a topic in topic_arns only. Nothing was visited here."
        }
        Action::Enroll => {
            "Before it answers, ingest keeps the secret that is handed over as the source's secret, but \
             only while the source says enroll = true; otherwise it refuses. Nothing was kept here. The \
             reply hands that secret back: do not leave this output lying about."
        }
    })
}
