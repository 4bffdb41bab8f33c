//! Records what verification does by each scheme, for the report.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Algorithm, Piece};
use shared::webhook::scheme::{Proof, Refusal, Scheme, SignatureClaim};
use shared::webhook::secret::Secret;

use super::report::{Signed, Step};
use crate::describe;
use crate::scheme_file::ParsedScheme;

/// The schemes in the verifier's order, up to the one that decides: the first whose signature is malformed, stale or
/// good.
pub(super) fn steps(
    schemes: &[ParsedScheme],
    texts: &[String],
    request: &Request,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for (position, parsed) in schemes.iter().enumerate() {
        let (step, is_decisive) = step(parsed, texts, request, now);
        steps.push(Step { position, of: schemes.len(), ..step });
        if is_decisive {
            break;
        }
    }
    steps
}

/// Applies one scheme. Returns whether it decides.
fn step(
    parsed: &ParsedScheme,
    texts: &[String],
    request: &Request,
    now: Timestamp,
) -> (Step, bool) {
    let mut step = Step {
        position: 0,
        of: 0,
        scheme: describe::scheme(parsed),
        read: describe::distinct(places(parsed)),
        signed: Vec::new(),
        time: None,
        signed_at: None,
        result: String::new(),
        other_body: false,
    };
    let claim = match SignatureClaim::read(&parsed.scheme, request) {
        Ok(Some(claim)) => claim,
        Ok(None) => {
            step.read.clear();
            step.result = format!("no such signature in {}", parsed.scheme.signature.describe());
            return (step, false);
        }
        Err(refusal) => {
            step.other_body = refusal == Refusal::Mismatch;
            step.result = unreadable(&refusal);
            return (step, true);
        }
    };
    step.signed_at = claim.signed_at;
    step.time = time(&claim, parsed, now);
    let keys = parsed.scheme.secret.keys(texts);
    step.signed =
        claim.proofs.iter().filter_map(|proof| signed(&parsed.scheme, proof, &keys)).collect();
    if let Err(refusal) = claim.check_freshness(now) {
        step.result = refusal.to_string();
        return (step, true);
    }
    let matched = claim.matching_key(&keys);
    step.result = match (matched, keys.len()) {
        (Some((position, _)), _) => made_by(*position, texts.len()),
        (None, 0) => "none of the secrets is a key of this scheme".to_owned(),
        (None, _) => not_made(claim.scheme.algorithm, texts.len()),
    };
    (step, matched.is_some())
}

/// The places that a scheme reads.
fn places(parsed: &ParsedScheme) -> impl Iterator<Item = String> {
    let fields = parsed.scheme.fields.values().map(|field| field.describe());
    std::iter::once(parsed.scheme.signature.describe()).chain(fields).chain(describe::parts(parsed))
}

fn unreadable(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Mismatch => "the request has the hash of another body in it".to_owned(),
        refusal => refusal.to_string(),
    }
}

fn made_by(position: usize, of: usize) -> String {
    let which = match (position, of) {
        (_, 1) => "the secret".to_owned(),
        (0, _) => "secret 0, the newest".to_owned(),
        (position, _) => format!("secret {position}, where 0 is the newest"),
    };
    format!("good, by {which}")
}

fn not_made(algorithm: Algorithm, secrets: usize) -> String {
    match (algorithm, secrets) {
        (Algorithm::Token, 1) => "the token is not the secret".to_owned(),
        (Algorithm::Token, of) => format!("the token is none of the {of} secrets"),
        (_, 1) => "the secret does not make this signature".to_owned(),
        (_, of) => format!("none of the {of} secrets makes this signature"),
    }
}

/// The content of a signature: the candidate that matches, or else the first one.
fn signed(scheme: &Scheme, proof: &Proof<'_>, keys: &[(usize, Secret)]) -> Option<Signed> {
    let pairs =
        keys.iter().flat_map(|key| proof.contents.iter().map(move |content| (key, content)));
    let holds = |((_, key), content): &(&(usize, Secret), &Vec<Piece<'_>>)| {
        proof.algorithm.verifies(key, content, &proof.signatures)
    };
    let matching = pairs.clone().find(holds);
    let (key, content) = match matching {
        Some(((_, key), content)) => (Some(key), content),
        None => (keys.first().map(|(_, key)| key), proof.contents.first()?),
    };
    if proof.algorithm == Algorithm::Token {
        return None;
    }
    let (bytes, sha256) = digest(content, key);
    Some(Signed {
        bytes,
        sha256,
        has_secret: content.iter().any(|piece| matches!(piece, Piece::Secret)),
        algorithm: (proof.algorithm != scheme.algorithm)
            .then(|| describe::algorithm(proof.algorithm)),
        candidates: proof.contents.len(),
        signatures: proof.signatures.len(),
        by: matching.map(|((position, _), _)| *position),
    })
}

/// The length and SHA-256 of a content. A secret in it counts with its length, but the hash is over `{secret}` in its
/// place: the hash with the secret would be the signature itself.
fn digest(content: &[Piece<'_>], key: Option<&Secret>) -> (usize, String) {
    let (mut bytes, mut hash) = (0, Sha256::new());
    for piece in content {
        match piece {
            Piece::Bytes(piece) => {
                bytes += piece.len();
                hash.update(piece);
            }
            Piece::Secret => {
                bytes += key.map_or(0, |key| key.bytes().len());
                hash.update(b"{secret}");
            }
        }
    }
    (bytes, hex::encode(hash.finalize()))
}

/// The timestamp, its age and the tolerance.
fn time(claim: &SignatureClaim<'_>, parsed: &ParsedScheme, now: Timestamp) -> Option<String> {
    let rule = parsed.scheme.timestamp.as_ref()?;
    let Some(signed_at) = claim.signed_at else {
        return Some("unreadable, and not checked".to_owned());
    };
    let age = now.duration_since(signed_at).as_secs();
    let direction = if age >= 0 { "before" } else { "after" };
    let (age, tolerance) = (describe::duration(age), describe::tolerance(Some(rule)));
    Some(format!("signed {signed_at}, {age} {direction} it was received; tolerance: {tolerance}"))
}
