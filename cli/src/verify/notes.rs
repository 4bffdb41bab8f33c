//! What an operator should know besides the verdict.

use serde_json::Value;
use shared::webhook::scheme::Match;
use shared::webhook::scheme::algorithm::Algorithm;

use super::saved::{Saved, Stored};
use crate::source::Source;

/// What is to be said of the request whatever comes of it.
pub(super) fn before(source: &Source, saved: &Saved) -> Vec<String> {
    let mut notes = Vec::new();
    if !saved.unknown.is_empty() {
        let names: Vec<_> = saved.unknown.iter().map(|name| format!("{name:?}")).collect();
        notes.push(format!(
            "the request file has what is not known, and was passed over: {}",
            names.join(", ")
        ));
    }
    if saved.request.url.is_empty() && source.ways.iter().any(|way| way.scheme.signs_url()) {
        notes.push(format!(
            "{} signs the URL, and none was given: --url has it",
            source.provider.title
        ));
    }
    if let Some(stored) = &saved.stored
        && stored.verification.provider != source.name.as_str()
    {
        notes.push(format!("the event was stored as one of {}", stored.verification.provider));
    }
    notes
}

/// What a good signature does not vouch for.
pub(super) fn unsigned(source: &Source, matched: &Match) -> Option<String> {
    let way = source.ways.get(matched.scheme)?;
    let title = &source.provider.title;
    match way.scheme.algorithm {
        Algorithm::Token => Some(format!(
            "{title} signs nothing: whoever knows the secret can send anything in its name"
        )),
        _ if way.file.get("body_unsigned") == Some(&Value::Bool(true)) => Some(format!(
            "the signature does not cover the body, or not all of it: `catchment providers {}` says more",
            source.name
        )),
        _ => None,
    }
}

/// Whether another secret matches than the one that was noted on receipt.
pub(super) fn since_stored(source: &Source, saved: &Saved, matched: &Match) -> Option<String> {
    let Stored { id, verification, .. } = saved.stored.as_ref()?;
    let then = verification.fingerprint.as_ref();
    (verification.provider == source.name.as_str()
        && !then.is_empty()
        && then != matched.fingerprint)
        .then(|| {
            format!("when event {id} was received, another secret matched (fingerprint {then})")
        })
}
