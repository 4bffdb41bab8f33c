//! Stored events whose token is replaced by its fingerprint: they cannot be verified again.

use super::report::Step;
use super::saved::{SavedRequest, StoredEvent};
use crate::Failure;
use crate::source::Source;

/// Fails for a refused request if it was stored, and its token was what ingest verified: it is not the request's fault
/// that no secret matches a fingerprint.
pub(super) fn check(source: &Source, saved: &SavedRequest, steps: &[Step]) -> Result<(), Failure> {
    let Some(stored) = &saved.stored else { return Ok(()) };
    let StoredEvent { fingerprinted, verification, .. } = stored;
    if fingerprinted.is_empty() || !was_verified_by_token(source, saved, stored, steps) {
        return Ok(());
    }
    Err(Failure::unusable(format!(
        "--request: the event cannot be verified again, because its token is stored as a fingerprint ({}). Ingest verified \
         the token when the event was received: it matched the secret at position {}, whose fingerprint is {}",
        fingerprinted.join(", "),
        verification.secret,
        verification.fingerprint
    )))
}

/// Whether a token was verified: the fingerprint of the secret that matched is in the request, or no other scheme has a
/// signature.
fn was_verified_by_token(
    source: &Source,
    saved: &SavedRequest,
    stored: &StoredEvent,
    steps: &[Step],
) -> bool {
    let fingerprint = &stored.verification.fingerprint;
    let has_fingerprint = |text: &str| !fingerprint.is_empty() && text.contains(&fingerprint[..]);
    let request = &saved.request;
    let texts = request.headers.iter().map(|(_, value)| value).chain([
        &request.path[..],
        &request.query,
        std::str::from_utf8(&request.body).unwrap_or_default(),
    ]);
    let signs = |step: &&Step| {
        let parsed = source.schemes.get(step.position);
        parsed.is_some_and(|parsed| !parsed.scheme.signs_nothing())
    };
    texts.into_iter().any(has_fingerprint) || !steps.iter().filter(signs).any(Step::decided)
}
