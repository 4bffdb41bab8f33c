//! Tests of what makes an event unique, for every provider: two attempts at the same event have one ledger key, and two
//! different events have two.
//!
//! A vector with `event` says which event it is, and with `items` which events its list has.
#![allow(clippy::unwrap_used, clippy::panic)]

mod vectors;

use jiff::Timestamp;
use shared::event::EventView;
use shared::event::dedupe::{Covered, DedupeKey, LedgerKey};
use shared::event::split::Split;
use shared::provider::{self, Provider};
use shared::query::document::document;
use shared::webhook::request::Request;
use shared::webhook::scheme::{Scheme, Verified, verify};
use vectors::{Vector, vectors};

const SOURCE: &str = "s";

/// A ledger key, with the event that the vectors say it is.
struct Labelled {
    label: String,
    key: LedgerKey,
}

#[test]
fn requests_have_the_same_ledger_key_exactly_if_they_are_the_same_event() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let labelled: Vec<_> = vectors(name)
            .iter()
            .filter_map(|vector| {
                let label = vector.event.clone()?;
                Some(Labelled { label, key: ledger_key(&provider, vector) })
            })
            .collect();
        check(name, &labelled);
    }
}

#[test]
fn items_of_lists_have_the_same_ledger_key_exactly_if_they_are_the_same_event() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let Some(list) = &provider.list else { continue };
        let ids = list.id.expressions();
        if ids.is_empty() {
            continue;
        }
        let split = Split::new(list.items.clone(), ids.to_vec(), list.event_type.clone());
        let labelled: Vec<_> = vectors(name)
            .iter()
            .flat_map(|vector| labelled_items(&provider, &split, vector))
            .collect();
        check(name, &labelled);
    }
}

fn labelled_items(provider: &Provider, split: &Split, vector: &Vector) -> Vec<Labelled> {
    let Some(labels) = &vector.items else { return Vec::new() };
    let request = vector.request();
    let whole = ledger_key(provider, vector);
    let view = EventView::whole(SOURCE, None, &request);
    let items = split.items(&view.with_form_json(provider.form_json.as_deref())).unwrap();
    assert_eq!(items.len(), labels.len(), "{}: {}", vector.provider, vector.scheme);
    let keys = items.iter().map(|item| split.key(SOURCE, item, &whole));
    let labels = labels.iter().cloned();
    labels.zip(keys).map(|(label, key)| Labelled { label, key }).collect()
}

/// Fails unless equal labels have equal keys and different labels different keys, and there are pairs of both kinds.
fn check(provider: &str, labelled: &[Labelled]) {
    let pairs = labelled
        .iter()
        .enumerate()
        .flat_map(|(at, one)| labelled[at + 1..].iter().map(move |other| (one, other)));
    let (mut same, mut different) = (0, 0);
    for (one, other) in pairs {
        let is_same = one.label == other.label;
        let message = format!("{provider}: {} and {}", one.label, other.label);
        assert_eq!(one.key == other.key, is_same, "{message}");
        same += usize::from(is_same);
        different += usize::from(!is_same);
    }
    assert!(same > 0, "{provider}: no vectors of two attempts at the same event");
    assert!(different > 0, "{provider}: no vectors of two different events");
}

/// The ledger key that ingest computes.
fn ledger_key(provider: &Provider, vector: &Vector) -> LedgerKey {
    let schemes = vector.schemes(provider);
    let verified = verified(vector, &schemes);
    let form_json = provider.form_json.as_deref();
    let document = document(SOURCE, &verified, form_json);
    let covered = Covered {
        url_signed: schemes.iter().any(Scheme::signs_url),
        decoded_body: schemes[verified.matched().scheme].signs_decoded_body(),
        form_json,
    };
    let id = provider.id.expressions();
    let key = DedupeKey::of(id, &document, verified.request(), covered);
    // All are received at the same time, so that bodies are compared within one window.
    key.ledger_keys(SOURCE, Timestamp::UNIX_EPOCH, provider.dedupe_window.unwrap_or(600)).key
}

fn verified(vector: &Vector, schemes: &[Scheme]) -> Verified {
    let request: Request = vector.request();
    let verified = verify(schemes, &vector.secrets(), request, vector.now());
    let Ok(Ok(verified)) = verified else {
        panic!("{}: {}: {verified:?}", vector.provider, vector.scheme)
    };
    verified
}
