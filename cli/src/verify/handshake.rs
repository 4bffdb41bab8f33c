//! Answers handshakes as ingest would, without what ingest does besides.

use shared::webhook::handshake::{Action, Handshake};
use shared::webhook::request::Request;
use shared::webhook::scheme::{Match, Refusal};

use super::reply;
use super::report::{HandshakeAnswer, Matched, Outcome};
use crate::Failure;
use crate::source::Source;

/// The answer to a handshake, or the refusal if it cannot be made from the request. `matched` is the result of
/// verifying a signed handshake.
pub(super) fn answer(
    source: &Source,
    handshake: &Handshake,
    request: &Request,
    matched: Option<&Match>,
) -> Result<Outcome, Failure> {
    let (schemes, secrets) = (&source.rules.schemes, &source.secrets.texts);
    let key = handshake
        .answer_key(schemes, secrets, matched)
        .map_err(|error| Failure::unusable(format!("--secret-file: {error}")))?;
    if handshake.needs_secret() && key.is_none() {
        return Err(Failure::unusable(format!(
            "the handshake is answered with the secret: give it by --secret-file. Expected: {}",
            source.expected_secret()
        )));
    }
    let answer = match handshake.answer(request, &source.rules.params, key.as_ref()) {
        Ok(answer) => answer,
        Err(error) => {
            return Ok(Outcome::refused(&Refusal::Malformed(error.to_string()).into(), Vec::new()));
        }
    };
    Ok(Outcome::Handshake(Box::new(HandshakeAnswer {
        title: handshake.title.clone(),
        secret: matched.map(Matched::of),
        scheme: matched.map(|matched| matched.scheme),
        signed_at: matched.and_then(|matched| matched.signed_at),
        reply: reply::of(answer),
    })))
}

/// A note about what ingest does before it answers a handshake, if it does anything.
pub(super) fn action_note(handshake: &Handshake) -> Option<&'static str> {
    Some(match handshake.then? {
        Action::ConfirmSubscription => {
            "Before it answers, ingest visits the SubscribeURL, at an address of Amazon SNS only, and for \
             a topic in topic_arns only. Nothing was visited here."
        }
        Action::Enroll => {
            "Before it answers, ingest stores the secret in the request as the source's secret, but only \
             while the source sets enroll = true; otherwise it refuses. Nothing was stored here. The reply \
             contains that secret: do not leave this output lying about."
        }
    })
}
