//! `catchment check` on the headers and the credentials of HTTP destinations.

use std::collections::BTreeSet;
use std::path::PathBuf;

use catchment::check::evaluation;
use catchment::terraform::evaluate::Names;
use catchment::terraform::json;
use serde_json::Value;
use shared::webhook::forward::{
    HeaderPattern, NEVER_FORWARDED_NAMES, NEVER_FORWARDED_PREFIXES, NeverForwarded,
};

use crate::tool::{File, run};

/// The mistakes in a configuration with this destination, without the name of its file.
fn mistakes(http: &str) -> Vec<String> {
    let file = File::with_suffix(
        ".tfvars",
        format!(
            "name = \"it\"\nsources = {{ code = {{ provider = \"gitlab\" }}, own = {{ provider = \"custom\", scheme = {{ header = \"x-key-*\", algorithm = \"token\", encoding = \"utf8\" }} }}, doc = {{ provider = \"documenso\", header = \"X-Renamed\" }} }}\n\
         destinations = {{ crm = {{ http = {{ url = \"https://a.example\", {http} }} }} }}\nroutes = []\n"
        ),
    );
    let found = run(&["check", "--json", file.path()]).json();
    let text = |it: &Value| {
        let part = |name: &str| it[name].as_str().unwrap().to_owned();
        format!("{}: {}", part("path"), part("text"))
    };
    found["mistakes"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_header_that_is_never_forwarded_is_reported_with_the_reason() {
    let never = |header: &str, reason: &str| {
        let found = mistakes(&format!("forward_headers = [\"{header}\"]"));
        let expected = format!(
            "destinations.crm.http.forward_headers: has \"{header}\", which is never forwarded: {reason}."
        );
        assert_eq!(found, [expected]);
    };
    never("Set-Cookie", "it has credentials of the sender");
    never("webhook-*", "the worker sets it");
    never("X-Gitlab-Token", "the source code is sent its secret in it");
    never("x-key-1", "the source own is sent its secret in it");
    never("x-key-*", "the source own is sent its secret in it");
    never("x-renamed", "the source doc is sent its secret in it");
}

#[test]
fn headers_and_credentials_that_are_valid_are_not_reported() {
    for http in [
        r#"forward_headers = ["X-GitHub-*", "stripe-signature", "x-gitlab-*", "x-amz-*", "te*"]"#,
        r#"auth = { type = "header", header = "Authorization" }"#,
        r#"headers = { X-Tenant = "a" }, auth = { type = "basic" }"#,
        r#"auth = { type = "oauth2", token_url = "https://b.example/token?x=1", scope = "a b" }"#,
    ] {
        assert_eq!(mistakes(http), Vec::<String>::new(), "{http}");
    }
}

#[test]
fn mistakes_in_a_credential_are_reported_at_their_attribute() {
    for (http, expected) in [
        (
            r#"auth = { type = "bearr" }"#,
            "destinations.crm.http.auth.type: is \"bearr\", but must be one of: basic, bearer, header, oauth2.",
        ),
        (
            r#"auth = { type = "oauth2" }"#,
            "destinations.crm.http.auth.token_url: is required for the type oauth2, but is missing.",
        ),
        (
            r#"auth = { type = "basic", header = "x" }"#,
            "destinations.crm.http.auth.header: is not an attribute of the type basic: remove it.",
        ),
        (
            r#"auth = { type = "oauth2", token_url = "http://b.example" }"#,
            "destinations.crm.http.auth.token_url: is \"http://b.example\", but plain http is allowed for private addresses only: use https, or set http.allow_private = true.",
        ),
    ] {
        assert_eq!(mistakes(http), [expected], "{http}");
    }
}

/// The rules stand twice: in `infra/`, so that they are known at plan, and in the worker.
#[test]
fn infra_and_the_worker_never_forward_the_same_headers() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/catchment.example.tfvars");
    let evaluation = evaluation(&[PathBuf::from(example)]).unwrap();
    let never = json::encode(&evaluation.local("never_forwarded").unwrap()).unwrap();
    let never: serde_json::Map<String, Value> = serde_json::from_str(&never).unwrap();
    let of_infra = |kind: &str| {
        let pairs = never.iter().flat_map(|(reason, group)| {
            let names = group[kind].as_array().unwrap().iter();
            names.map(|name| (name.as_str().unwrap().to_owned(), reason.clone()))
        });
        pairs.collect::<BTreeSet<_>>()
    };
    let of_worker = |list: &[(&str, NeverForwarded)]| {
        let pairs = list.iter().map(|(name, reason)| ((*name).to_owned(), reason.to_string()));
        pairs.collect::<BTreeSet<_>>()
    };
    assert_eq!(of_infra("names"), of_worker(&NEVER_FORWARDED_NAMES));
    assert_eq!(of_infra("prefixes"), of_worker(&NEVER_FORWARDED_PREFIXES));
    for pattern in [
        "x-amz-*",
        "x-amz*",
        "x-amz-sns-*",
        "x-amz-sns",
        "x-amz-s*",
        "x-amzn*",
        "*",
        "a*b",
        "te*",
        "ce-*",
    ] {
        let by_worker = HeaderPattern::try_from(pattern.to_owned()).is_ok();
        let by_infra = mistakes(&format!("forward_headers = [\"{pattern}\"]")).is_empty();
        assert_eq!(by_infra, by_worker, "{pattern}");
    }
}
