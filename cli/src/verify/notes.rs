//! Notes for the operator besides the outcome.

use serde_json::Value;
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::scheme::{Match, Scheme};

use super::saved::SavedRequest;
use crate::source::Source;

/// Notes that apply whatever the outcome is.
pub(super) fn before(source: &Source, saved: &SavedRequest) -> Vec<String> {
    let mut notes = Vec::new();
    if !saved.unknown.is_empty() {
        let names: Vec<_> = saved.unknown.iter().map(|name| format!("{name:?}")).collect();
        notes.push(format!(
            "the request file has unknown fields, which were ignored: {}",
            names.join(", ")
        ));
    }
    if saved.request.url.is_empty() && source.rules.schemes.iter().any(Scheme::signs_url) {
        notes.push(format!(
            "{} signs the URL, and none was given: give it by --url",
            source.provider.title
        ));
    }
    let fingerprinted = saved.stored.iter().flat_map(|stored| &stored.fingerprinted);
    notes.extend(fingerprinted.map(|place| {
        format!("{place}: the token is stored as its fingerprint, which no secret matches")
    }));
    if let Some(stored) = &saved.stored
        && stored.verification.provider != source.rules.provider.as_str()
    {
        notes.push(format!(
            "the event was stored with the provider {}",
            stored.verification.provider
        ));
    }
    notes
}

/// A note about what a good signature does not prove.
pub(super) fn unsigned(source: &Source, matched: &Match) -> Option<String> {
    let parsed = source.schemes.get(matched.scheme)?;
    let title = &source.provider.title;
    match parsed.scheme.algorithm {
        Algorithm::Token => Some(format!(
            "{title} signs nothing: anyone who knows the secret can send any content in its name"
        )),
        _ if parsed.scheme.signs_nothing() => Some(format!(
            "{title}'s JWT does not cover the body: until it expires, anyone who knows it can send any content with it"
        )),
        _ if parsed.file.get("body_unsigned") == Some(&Value::Bool(true)) => Some(format!(
            "the signature does not cover the body, or not all of it: `catchment providers {}` says more",
            source.rules.provider
        )),
        _ => None,
    }
}
