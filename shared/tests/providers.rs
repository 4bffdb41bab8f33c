//! Every provider file against its vectors: the folder, the list that is compiled in, and what
//! verification says of each vector.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use shared::provider;
use shared::request::Request;
use shared::scheme::{Refusal, Scheme, verify};

/// A test vector, as in `{provider}.vectors.json`.
#[derive(Deserialize)]
struct Vector {
    provider: String,
    scheme: String,
    secret: String,
    headers: BTreeMap<String, String>,
    body_base64: String,
    /// The time of verification, in Unix seconds; none where the scheme has no time.
    timestamp: Option<i64>,
    /// `valid`, or the class of the refusal.
    expect: String,
    /// The source's own scheme, for provider `hmac`.
    inline: Option<Scheme>,
    query: Option<String>,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/providers"))
}

fn vectors(name: &str) -> Vec<Vector> {
    let file = folder().join(format!("{name}.vectors.json"));
    let json = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn outcome(vector: &Vector) -> String {
    let schemes = match &vector.inline {
        Some(scheme) => vec![scheme.clone()],
        None => provider::find(&vector.provider).unwrap().schemes,
    };
    let request = Request {
        method: "POST".into(),
        path: "/source".into(),
        query: vector.query.clone().unwrap_or_default(),
        headers: vector.headers.iter().collect(),
        body: STANDARD.decode(&vector.body_base64).unwrap(),
    };
    let now = Timestamp::from_second(vector.timestamp.unwrap_or(1_700_000_000)).unwrap();
    let class = match verify(&schemes, std::slice::from_ref(&vector.secret), request, now).unwrap()
    {
        Ok(_) => "valid",
        Err(refused) => match refused.refusal {
            Refusal::Missing(_) => "missing",
            Refusal::Malformed(_) => "malformed",
            Refusal::Stale(_) => "stale",
            Refusal::Mismatch => "mismatch",
        },
    };
    class.to_owned()
}

#[test]
fn the_compiled_list_is_the_folder() {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = files
        .filter_map(|file| file.into_string().unwrap().strip_suffix(".json").map(str::to_owned))
        .filter(|name| !name.ends_with(".vectors"))
        .collect();
    assert_eq!(names, provider::names().into_iter().map(str::to_owned).collect());
}

#[test]
fn every_provider_parses_and_has_a_valid_and_a_refused_vector() {
    for name in provider::names() {
        provider::find(name).unwrap();
        let expected: BTreeSet<_> = vectors(name).into_iter().map(|v| v.expect).collect();
        assert!(expected.contains("valid"), "{name}.vectors.json has no valid vector");
        assert!(expected.contains("mismatch"), "{name}.vectors.json has no forged vector");
    }
}

#[test]
fn every_vector_comes_out_as_it_says() {
    for name in provider::names() {
        for vector in vectors(name) {
            assert_eq!(vector.provider, name);
            assert_eq!(outcome(&vector), vector.expect, "{name}: {}", vector.scheme);
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_in_a_signed_body_is_a_mismatch() {
    for name in provider::names() {
        for mut vector in vectors(name).into_iter().filter(|v| v.expect == "valid") {
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

#[test]
fn an_unknown_provider_is_answered_with_those_there_are() {
    let error = provider::find("stripey").unwrap_err().to_string();
    assert!(error.contains("stripey") && error.contains("standard-webhooks"), "{error}");
}
