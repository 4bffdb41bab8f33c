//! Every provider file against its vectors: the folder, the list that is compiled in, and what
//! verification says of each vector.
#![allow(clippy::unwrap_used, clippy::panic)]

mod outcome;
mod vectors;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outcome::outcome;
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::provider;
use vectors::{folder, vectors};

#[test]
fn the_compiled_list_is_the_folder() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = files
        .filter_map(|file| file.into_string().unwrap().strip_suffix(".json").map(str::to_owned))
        .filter(|name| !name.ends_with(".vectors"))
        .collect();
    assert_eq!(names, provider::names().into_iter().map(str::to_owned).collect());
    assert!(provider::names().is_sorted());
}

#[test]
fn every_provider_parses_and_has_a_valid_and_a_refused_vector() {
    for name in provider::names() {
        provider::find(name).unwrap_or_else(|error| panic!("{name}.json: {error}"));
        let expected: BTreeSet<_> = vectors(name).into_iter().map(|v| v.expect).collect();
        assert!(expected.contains("valid"), "{name}.vectors.json has no valid vector");
        assert!(expected.contains("mismatch"), "{name}.vectors.json has no forged vector");
    }
}

#[test]
fn every_handshake_has_a_vector() {
    for name in provider::names() {
        let handshakes = provider::find(name).unwrap().handshakes.len();
        let proven = vectors(name).into_iter().filter(|v| v.expect == "handshake").count();
        assert!(proven >= handshakes, "{name}: {handshakes} handshakes, {proven} vectors");
    }
}

#[test]
fn every_vector_comes_out_as_it_says() {
    let mut wrong = Vec::new();
    for name in provider::names() {
        for vector in vectors(name) {
            assert_eq!(vector.provider, name);
            let found = outcome(&vector);
            if found != vector.expect {
                wrong.push(format!("{name}: {}: {found}, not {}", vector.scheme, vector.expect));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_flipped_bit_anywhere_in_a_signed_body_is_not_valid() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        for mut vector in vectors(name).into_iter().filter(|v| v.expect == "valid") {
            if !vector.covers_body(&provider) {
                continue;
            }
            let body = STANDARD.decode(&vector.body_base64).unwrap();
            for (index, bit) in (0..body.len()).step_by(7).zip((0..8).cycle()) {
                let mut flipped = body.clone();
                flipped[index] ^= 1 << bit;
                vector.body_base64 = STANDARD.encode(flipped);
                assert_ne!(outcome(&vector), "valid", "{name}: {} at {index}", vector.scheme);
            }
        }
    }
}

/// Where a provider's body is a list, its vectors have one, and every item has a type; an id has those of
/// at least one of the forms in which it sends them.
#[test]
fn every_list_is_taken_apart_into_items_that_can_be_told_apart() {
    for name in provider::names() {
        let Some(list) = provider::find(name).unwrap().list else { continue };
        let split = split_source(name).split().unwrap().unwrap();
        let (mut items, mut with_id) = (0, 0);
        for vector in vectors(name).into_iter().filter(|vector| vector.expect == "valid") {
            let request = vector.request();
            let found = split.items(&EventView::whole("s", None, &request)).unwrap();
            for item in &found {
                let key = LedgerKey::of_item("s", list.id.expressions(), &item.value);
                with_id += usize::from(key.is_some());
                assert!(item.event_type.is_some(), "{name}: {item:?}");
            }
            items += found.len();
        }
        assert!(items > 0, "{name}: no valid vector has a list");
        assert_eq!(with_id > 0, !list.id.expressions().is_empty(), "{name}: ids of items");
    }
}

fn split_source(provider: &str) -> shared::config::Source {
    serde_json::from_value(serde_json::json!({
        "provider": provider, "queue": "q", "secret_arn": null, "rotation_overlap": 0,
        "dedupe_window": 600, "split": true, "list": null, "public_url": null,
        "allow_cidrs": null, "scheme": null, "id": null, "type": null, "methods": null,
        "reply": null, "handshakes": null,
    }))
    .unwrap()
}

/// What a signature covers must be what makes the id and the type, or they could be made up.
#[test]
fn an_id_by_an_unsigned_header_takes_the_body_in() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let ids = provider.id.expressions();
        let unsigned = ids.iter().any(|id| id.as_str().contains("headers."));
        let tied = ids.iter().any(|id| id.as_str() == "body_sha256");
        assert!(!unsigned || tied, "{name}: an id of an unsigned header without body_sha256");
    }
}

#[test]
fn what_is_configured_is_described() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let ends = |text: &String| text.ends_with('.');
        assert!(!provider.register.is_empty(), "{name}: register");
        assert!(provider.notes.iter().all(ends), "{name}: notes have no sentences");
        assert!(provider.docs.starts_with("https://"), "{name}: docs");
        assert!(!provider.sources.is_empty(), "{name}: sources");
    }
}

#[test]
fn a_mistake_in_a_file_is_named_with_its_field() {
    let file = |field: &str| {
        let json = format!(
            r#"{{"title":"T","docs":"https://d","certainty":"source","sources":[],"register":[],
                "id":"none","type":[],{field}}}"#
        );
        serde_json::from_str::<provider::Provider>(&json).unwrap_err().to_string()
    };
    let cases = [
        (r#""schemes":[],"colour":"red""#, "unknown field `colour`"),
        (
            r#""schemes":[{"header":"s","content":"{nonce}{body}"}]"#,
            "content: there is no field `nonce`",
        ),
        (r#""schemes":[{"header":"s","oops":1}]"#, "unknown field `oops`"),
        (r#""schemes":[],"reply":{"status":404}"#, "status: 404 is not 2xx"),
        (r#""schemes":[],"reply":{"text":"{x}"}"#, "text: there is no field `x`"),
        (
            r#""schemes":[],"handshakes":[{"title":"h","reply":{"json":{"a":"{mac}"}}}]"#,
            "a: there is no field `mac`",
        ),
    ];
    for (field, expected) in cases {
        assert!(file(field).contains(expected), "{}", file(field));
    }
}

#[test]
fn an_unknown_provider_is_answered_with_those_there_are() {
    let error = provider::find("stripey").unwrap_err().to_string();
    assert!(error.contains("stripey") && error.contains("standard-webhooks"), "{error}");
}
