//! The event of a verified request, as ingest would know it.

use sha2::{Digest, Sha256};
use shared::event::dedupe::DedupeKey;
use shared::event::event_type;
use shared::query::document::document;
use shared::query::expression::Expression;
use shared::webhook::scheme::Verified;

use crate::source::{Secrets, Source};

/// Longer than any id that is one: what is so long is content.
const LONGEST_ID: usize = 100;

/// An event as ingest would know it.
pub struct Event {
    /// The parts of its id, of which some may be missing; none where its provider has no ids.
    pub id: Option<Vec<Option<String>>>,
    /// Its type.
    pub kind: Option<String>,
    /// How many items its body has, where it is a list.
    pub items: Option<usize>,
}

impl Event {
    /// The event of a request that a source of this name has verified.
    pub(crate) fn of(source: &Source, name: &str, verified: &Verified) -> Self {
        let Source { provider, secrets, .. } = source;
        let document = document(name, verified);
        let part = |expression: &Expression| {
            // One expression at a time, so that one that finds nothing is known.
            let found = match DedupeKey::of(
                std::slice::from_ref(expression),
                &document,
                verified.request(),
                false,
            ) {
                DedupeKey::Id(parts) => first(&parts),
                // Found, but empty.
                DedupeKey::Body(_) => expression.find_text(&document),
            };
            found.map(|part| shown(part, secrets))
        };
        let id = provider.id.expressions();
        let items = provider.list.as_ref().and_then(|list| list.items.find(&document));
        Self {
            id: (!id.is_empty()).then(|| id.iter().map(part).collect()),
            kind: event_type(&provider.event_type, &document).map(|kind| secrets.masked(&kind)),
            items: items.and_then(|items| items.as_array().map(Vec::len)),
        }
    }
}

fn first(parts: &str) -> Option<String> {
    serde_json::from_str::<Vec<String>>(parts).ok()?.into_iter().next()
}

/// Where all of a body is part of its id, the part's hash says as much.
fn shown(part: String, secrets: &Secrets) -> String {
    match part.len() > LONGEST_ID || part.starts_with(['{', '[']) {
        true => format!("sha256:{}", hex::encode(Sha256::digest(&part))),
        false => secrets.masked(&part),
    }
}
