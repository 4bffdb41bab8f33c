//! The event that ingest would make of a verified request.

use sha2::{Digest, Sha256};
use shared::event::dedupe::{Covered, DedupeKey, LedgerKey};
use shared::event::event_type;
use shared::provider::ResolvedSource;
use shared::query::document::document;
use shared::query::expression::Expression;
use shared::webhook::scheme::{Scheme, Verified};

use crate::source::{Secrets, Source};

/// The longest part of an id that is printed, in bytes. Longer parts are content rather than ids.
const MAX_SHOWN_ID: usize = 100;

/// The id, type and items of an event.
pub struct Event {
    /// The parts of its id. A part is `None` if the request does not have it. The whole is `None` if its provider
    /// sends no ids.
    pub id: Option<Vec<Option<String>>>,
    /// Its type, if it has one.
    pub event_type: Option<String>,
    /// The number of items in its body, if that is a list.
    pub items: Option<usize>,
}

impl Event {
    /// The event of a request that was verified for a source. `name` is the source's name in the document that
    /// expressions read.
    pub(crate) fn new(source: &Source, name: &str, verified: &Verified) -> Self {
        let Source { provider, rules, secrets, .. } = source;
        let form_json = rules.form_json.as_deref();
        let document = document(name, verified, form_json);
        let covered = covered(rules, verified);
        let part = |expression: &Expression| {
            // One expression at a time, to tell which of them find nothing.
            let found = match DedupeKey::of(
                std::slice::from_ref(expression),
                &document,
                verified.request(),
                covered,
            ) {
                DedupeKey::Id(parts) => first(&parts),
                // The expression finds an empty text, or nothing.
                DedupeKey::Body(_) => expression.find_text(&document),
            };
            found.map(|part| shown(part, secrets))
        };
        let id = &rules.id;
        let items = provider.list.as_ref().and_then(|list| list.items.find(&document));
        Self {
            id: (!id.is_empty()).then(|| id.iter().map(part).collect()),
            event_type: event_type(&rules.event_type, &document).map(|text| secrets.masked(&text)),
            items: items.and_then(|items| items.root().as_array().map(Vec::len)),
        }
    }
}

/// The `webhook-id` of the deliveries of a request to the source of this name. `None` if it cannot be known before the
/// answer: without an id, it depends on the time of receipt, and an item of a list may have one of its own.
pub(crate) fn webhook_id(source: &Source, name: &str, verified: &Verified) -> Option<String> {
    let form_json = source.rules.form_json.as_deref();
    let document = document(name, verified, form_json);
    let list = source.provider.list.as_ref().and_then(|list| list.items.find(&document));
    if list.is_some_and(|list| list.root().is_array()) {
        return None;
    }
    let covered = covered(&source.rules, verified);
    match DedupeKey::of(&source.rules.id, &document, verified.request(), covered) {
        DedupeKey::Id(id) => Some(LedgerKey::of(name, &id).webhook_id()),
        DedupeKey::Body(_) => None,
    }
}

/// What the content of a request is. Without an id the key depends on the time, so that nothing here depends on whether the
/// URL is signed.
fn covered<'s>(rules: &'s ResolvedSource, verified: &Verified) -> Covered<'s> {
    let scheme = rules.schemes.get(verified.matched().scheme);
    let decoded_body = scheme.is_some_and(Scheme::signs_decoded_body);
    Covered { decoded_body, form_json: rules.form_json.as_deref(), ..Covered::default() }
}

fn first(parts: &str) -> Option<String> {
    serde_json::from_str::<Vec<String>>(parts).ok()?.into_iter().next()
}

/// A part of an id as it is printed. A part that is a whole body is replaced by its hash.
fn shown(part: String, secrets: &Secrets) -> String {
    match part.len() > MAX_SHOWN_ID || part.starts_with(['{', '[']) {
        true => format!("sha256:{}", hex::encode(Sha256::digest(&part))),
        false => secrets.masked(&part),
    }
}
