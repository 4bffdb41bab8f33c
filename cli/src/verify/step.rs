//! What verification does by one scheme, kept so that it can be told.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Algorithm, Piece};
use shared::webhook::scheme::{Proof, Refusal, Scheme, SignatureClaim};
use shared::webhook::secret::Secret;

use super::report::{Signed, Step};
use crate::way::Way;
use crate::words;

/// The schemes as the verifier asks them, up to the one that decides.
pub(super) fn steps(
    ways: &[Way],
    texts: &[String],
    request: &Request,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for (position, way) in ways.iter().enumerate() {
        let (step, goes_on) = step(way, texts, request, now);
        steps.push(Step { position, of: ways.len(), ..step });
        if !goes_on {
            break;
        }
    }
    steps
}

/// One scheme, and whether the next is asked.
fn step(way: &Way, texts: &[String], request: &Request, now: Timestamp) -> (Step, bool) {
    let mut step = Step {
        position: 0,
        of: 0,
        scheme: words::scheme(way),
        read: words::distinct(places(way)),
        signed: Vec::new(),
        time: None,
        signed_at: None,
        result: String::new(),
        other_body: false,
    };
    let claim = match SignatureClaim::read(&way.scheme, request) {
        Ok(Some(claim)) => claim,
        Ok(None) => {
            step.read.clear();
            step.result = format!("no signature of it in {}", way.scheme.signature.describe());
            return (step, true);
        }
        Err(refusal) => {
            step.other_body = refusal == Refusal::Mismatch;
            step.result = unread(&refusal);
            return (step, false);
        }
    };
    step.signed_at = claim.signed_at;
    step.time = time(&claim, way, now);
    let keys = way.scheme.secret.keys(texts);
    step.signed =
        claim.proofs.iter().filter_map(|proof| signed(&way.scheme, proof, &keys)).collect();
    if let Err(refusal) = claim.check_freshness(now) {
        step.result = refusal.to_string();
        return (step, false);
    }
    let matched = claim.matching_key(&keys);
    step.result = match (matched, keys.len()) {
        (Some((position, key)), _) => made_by(*position, texts.len(), &key.fingerprint()),
        (None, 0) => "none of the secrets can be a key of it".to_owned(),
        (None, _) => not_made(claim.scheme.algorithm, texts.len()),
    };
    (step, matched.is_none())
}

fn places(way: &Way) -> impl Iterator<Item = String> {
    let fields = way.scheme.fields.values().map(|field| field.describe());
    std::iter::once(way.scheme.signature.describe()).chain(fields).chain(words::parts(way))
}

fn unread(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Mismatch => "the request names the hash of another body than it has".to_owned(),
        refusal => refusal.to_string(),
    }
}

fn made_by(position: usize, of: usize, fingerprint: &str) -> String {
    let which = match (position, of) {
        (_, 1) => "the secret".to_owned(),
        (0, _) => "secret 0, the newest".to_owned(),
        (position, _) => format!("secret {position}, where 0 is the newest"),
    };
    format!("good, by {which} (fingerprint {fingerprint})")
}

fn not_made(algorithm: Algorithm, secrets: usize) -> String {
    match (algorithm, secrets) {
        (Algorithm::Token, 1) => "the token is not the secret".to_owned(),
        (Algorithm::Token, of) => format!("the token is none of the {of} secrets"),
        (_, 1) => "the secret does not make this signature".to_owned(),
        (_, of) => format!("none of the {of} secrets makes this signature"),
    }
}

/// The content that a proof is over: the one that matches, or the first that it may be.
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
        algorithm: (proof.algorithm != scheme.algorithm).then(|| words::algorithm(proof.algorithm)),
        candidates: proof.contents.len(),
        signatures: proof.signatures.len(),
        by: matching.map(|((position, _), _)| *position),
    })
}

/// Length and SHA-256. A secret in it counts with its length; in the hash its place is taken by the
/// word, since the hash with the secret is the very signature.
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

fn time(claim: &SignatureClaim<'_>, way: &Way, now: Timestamp) -> Option<String> {
    let rule = way.scheme.timestamp.as_ref()?;
    let Some(signed_at) = claim.signed_at else {
        return Some("cannot be read; it is not checked".to_owned());
    };
    let age = now.duration_since(signed_at).as_secs();
    let direction = if age >= 0 { "before" } else { "after" };
    let (age, tolerance) = (words::duration(age), words::tolerance(Some(rule)));
    Some(format!("signed {signed_at}, {age} {direction} it was received; tolerance: {tolerance}"))
}
