//! Tests of the provider files: the compiled-in list is complete, and every test vector has the expected
//! outcome.
#![allow(clippy::unwrap_used, clippy::panic)]

mod outcome;
mod vectors;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use outcome::outcome;
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::{Refusal, Scheme, verify};
use vectors::{folder, vectors};

#[test]
fn every_file_in_the_folder_is_compiled_in() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = files
        .filter_map(|file| file.into_string().unwrap().strip_suffix(".json").map(str::to_owned))
        .filter(|name| !name.ends_with(".vectors"))
        .collect();
    assert_eq!(names, provider::names().into_iter().map(str::to_owned).collect());
    assert!(provider::names().is_sorted());
}

#[test]
fn every_provider_parses_and_has_a_valid_and_a_forged_vector() {
    for name in provider::names() {
        provider::find(name).unwrap_or_else(|error| panic!("{name}.json: {error}"));
        let expected: BTreeSet<_> = vectors(name).into_iter().map(|v| v.expect).collect();
        assert!(expected.contains("valid"), "{name}.vectors.json has no valid vector");
        assert!(expected.contains("mismatch"), "{name}.vectors.json has no forged vector");
    }
}

/// A source selects its provider's schemes by their names.
#[test]
fn the_schemes_of_a_provider_with_several_have_names() {
    for name in provider::names() {
        let schemes = provider::find(name).unwrap().schemes;
        let named = schemes.iter().all(|scheme| !scheme.name.is_empty());
        assert_eq!(named, schemes.len() != 1, "{name}");
    }
}

#[test]
fn every_handshake_has_a_vector() {
    for name in provider::names() {
        let handshakes = provider::find(name).unwrap().handshakes.len();
        let tested = vectors(name).into_iter().filter(|v| v.expect == "handshake").count();
        assert!(tested >= handshakes, "{name}: {handshakes} handshakes, {tested} vectors");
    }
}

#[test]
fn every_vector_has_its_expected_outcome() {
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
fn a_signed_body_with_a_flipped_bit_is_not_valid() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        for mut vector in valid_vectors(name) {
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

/// The valid vectors, without those that tell events apart.
fn valid_vectors(name: &str) -> impl Iterator<Item = vectors::Vector> {
    vectors(name).into_iter().filter(|it| it.expect == "valid" && !it.is_about_identity())
}

/// If a provider sends lists, its vectors have one, and every item has a type. If items have ids, those of at
/// least one vector do.
#[test]
fn every_list_is_split_into_items_with_types_and_ids() {
    for name in provider::names() {
        let provider::Provider { list: Some(list), form_json, .. } = provider::find(name).unwrap()
        else {
            continue;
        };
        let split = split_source(name).split().unwrap().unwrap();
        let (mut items, mut with_id) = (0, 0);
        for vector in vectors(name).into_iter().filter(|vector| vector.expect == "valid") {
            let request = vector.request();
            let view = EventView::whole("s", None, &request).with_form_json(form_json.as_deref());
            let found = split.items(&view).unwrap();
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

/// Such keys sign for all customers of their publisher.
#[test]
fn published_jwks_are_trusted_only_with_claims_that_name_the_sender_and_the_source() {
    let mut found = 0;
    for name in provider::names() {
        let file: serde_json::Value = serde_json::from_str(provider::file(name).unwrap()).unwrap();
        let provider = provider::find(name).unwrap();
        if !matches!(provider.keys, Some(provider::KeySource::Jwks(_))) {
            continue;
        }
        found += 1;
        for scheme in file["schemes"].as_array().unwrap() {
            let claims = &scheme["jwt"]["claims"];
            assert!(claims["iss"]["is"].is_array(), "{name}: the issuer");
            let audience = claims["aud"]["param"].as_str().unwrap();
            assert!(provider.params[audience].required, "{name}: the audience");
            let optional = claims.as_object().unwrap().values();
            assert!(optional.into_iter().all(|claim| claim["optional"] != true), "{name}");
        }
    }
    assert!(found > 0);
}

/// Otherwise anyone could replace the id by that of another event.
#[test]
fn an_id_from_a_header_includes_the_bodys_hash() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let ids = provider.id.expressions();
        let unsigned = ids.iter().any(|id| id.as_str().contains("headers."));
        let has_hash = ids.iter().any(|id| id.as_str() == "body_sha256");
        assert!(!unsigned || has_hash, "{name}: an id from a header without body_sha256");
    }
}

#[test]
fn every_provider_has_documentation() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let ends_with_full_stop = |text: &String| text.ends_with('.');
        assert!(!provider.register.is_empty(), "{name}: register");
        assert!(provider.notes.iter().all(ends_with_full_stop), "{name}: notes must be sentences");
        assert!(ends_with_full_stop(&provider.unique), "{name}: unique");
        assert!(provider.docs.starts_with("https://"), "{name}: docs");
        assert!(!provider.sources.is_empty(), "{name}: sources");
    }
}

/// A provider that sends a late retry with the first attempt's signature would lose every event that an outage delays.
#[test]
fn a_file_that_refuses_old_requests_says_how_retries_are_signed() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let refuses_old = |scheme: &Scheme| {
            scheme.timestamp.as_ref().is_some_and(|rule| rule.tolerance.is_some())
        };
        let refuses_old = provider.schemes.iter().any(refuses_old);
        assert_eq!(provider.retry_signature.is_some(), refuses_old, "{name}: retry_signature");
    }
}

#[test]
fn errors_in_a_file_name_the_field() {
    let file = |field: &str| {
        let json = format!(
            r#"{{"title":"T","docs":"https://d","certainty":"source","sources":[],"unique":"U.","register":[],
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
fn the_error_for_an_unknown_provider_lists_all_providers() {
    let error = provider::find("stripey").unwrap_err().to_string();
    assert!(error.contains("stripey") && error.contains("standard-webhooks"), "{error}");
}

/// The limit is for all schemes together. It is lower for public keys, whose every signature costs a pass
/// over the whole body.
#[test]
fn a_request_with_more_signatures_than_the_limit_is_malformed() {
    let refusal = |v1: usize, v1a: usize| {
        let schemes = provider::find("svix").unwrap().schemes;
        let list: Vec<_> = (0..v1)
            .map(|n| format!("v1,{n:04}"))
            .chain((0..v1a).map(|n| format!("v1a,{n:04}")))
            .collect();
        let names = ["svix", "webhook"].into_iter();
        let headers = names.flat_map(|name| {
            let list = list.join(" ");
            [("id", "m".into()), ("timestamp", "1700000000".into()), ("signature", list)]
                .map(|(part, value)| (format!("{name}-{part}"), value))
        });
        let request = Request { headers: headers.collect(), ..Request::default() };
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        verify(&schemes, &["whsec_YQ==".into()], request, now).unwrap().unwrap_err().refusal
    };
    assert_eq!(refusal(15, 0), Refusal::Mismatch);
    assert!(matches!(refusal(17, 0), Refusal::Malformed(_)), "17 under each of two names");
    assert!(matches!(refusal(0, 9), Refusal::Malformed(_)));
    assert_eq!(refusal(0, 8), Refusal::Mismatch);
}
