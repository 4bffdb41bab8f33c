//! `catchment send`, against a listener.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use shared::event::dedupe::{Covered, DedupeKey, LedgerKey};
use shared::provider::{self, Provider};
use shared::query::document::document;
use shared::webhook::request::Request;
use shared::webhook::scheme::{Scheme, Verified, verify};

use crate::listener::Listener;
use crate::tool::{File, Output, run, run_binary};

/// A secret in the format of a provider; `None` if it signs with a private key.
fn secret(provider: &Provider) -> Option<&'static str> {
    let symmetric = provider.schemes.iter().filter(|scheme| scheme.algorithm.is_symmetric());
    let secrets =
        ["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "00112233445566778899aabbccddeeff"];
    let mut rules = symmetric.map(|scheme| &scheme.secret);
    rules.find_map(|rule| secrets.into_iter().find(|secret| rule.key(secret).is_ok()))
}

fn send(provider: &str, secret: &str, url: &str, more: &[&str]) -> Output {
    let secret = File::of(secret);
    let arguments = ["send", "--provider", provider, "--secret-file", secret.path(), "--url", url];
    run(&[&arguments[..], more].concat())
}

fn verified(schemes: &[Scheme], secret: &str, request: &Request) -> Verified {
    let verified = verify(schemes, &[secret.to_owned()], request.clone(), Timestamp::now());
    verified.unwrap().unwrap_or_else(|refused| panic!("{refused:?}"))
}

#[test]
fn samples_of_every_symmetric_provider_verify_and_are_different_events() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let Some(secret) = secret(&provider) else { continue };
        let listener = Listener::answering(200, "fine");
        let url = format!("{}/source?a=b%20c", listener.url);
        let output = send(name, secret, &url, &["--count", "3"]);
        assert_eq!(output.status, 0, "{name}: {output:?}");
        assert!(output.out.contains("3 sent: 3 × 200 OK; fastest"), "{name}: {output:?}");
        assert!(!output.all().contains(secret), "{name}: {output:?}");
        let arrived = listener.arrived();
        assert_eq!(arrived.len(), 3, "{name}");
        let (mut ids, mut bodies) = (BTreeSet::new(), BTreeSet::new());
        for request in &arrived {
            let verified = verified(&provider.schemes, secret, request);
            let is_handshake = |handshake: &provider::Provider| {
                handshake.handshakes.iter().any(|h| h.matches(request, &Default::default()))
            };
            assert!(!is_handshake(&provider), "{name}: the sample is a handshake");
            assert!(provider.methods.contains(&request.method), "{name}");
            let form_json = provider.form_json.as_deref();
            let document = document("source", &verified, form_json);
            let covered = Covered { form_json, ..Covered::default() };
            let key = DedupeKey::of(provider.id.expressions(), &document, request, covered);
            let has_id = matches!(key, DedupeKey::Id(_));
            assert_eq!(has_id, !provider.id.expressions().is_empty(), "{name}: {key:?}");
            let kind = shared::event::event_type(&provider.event_type, &document);
            let has_type = !provider.event_type.is_empty() && name != "hubspot";
            assert_eq!(kind.is_some(), has_type, "{name}");
            if let Some(list) = &provider.list {
                let items = list.items.find(&document).unwrap();
                assert_eq!(items.root().as_array().unwrap().len(), 1, "{name}");
            }
            let (DedupeKey::Id(text) | DedupeKey::Body(text)) = key;
            ids.insert(text);
            bodies.insert(request.body.clone());
        }
        assert_eq!(ids.len(), 3, "{name}: {ids:?}");
    }
}

#[test]
fn a_provider_with_a_private_key_cannot_be_signed_for() {
    let without: Vec<_> = provider::names()
        .into_iter()
        .filter(|name| {
            let schemes = provider::find(name).unwrap().schemes;
            !schemes.is_empty() && !schemes.iter().any(|scheme| scheme.algorithm.is_symmetric())
        })
        .collect();
    assert_eq!(without, ["aws-sns", "discord", "google-pubsub", "paypal", "plaid", "sendgrid"]);
    for name in without {
        let output = send(name, "k", "http://127.0.0.1:9/", &[]);
        assert_eq!((output.status, output.out.as_str()), (2, ""));
        assert!(output.err.contains("with a private key that only"), "{output:?}");
    }
    let public = "whpk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let output = send("standard-webhooks", public, "http://127.0.0.1:9/", &[]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("a public key only verifies"), "{output:?}");
}

#[test]
fn the_secret_chooses_the_scheme_that_signs_a_sample() {
    let listener = Listener::answering(200, "");
    let hex = "00112233445566778899aabbccddeeff";
    assert_eq!(send("adyen", hex, &listener.url, &[]).status, 0);
    assert_eq!(listener.arrived()[0].headers.get("hmacsignature"), None);
    assert_eq!(send("gitlab", "plain", &listener.url, &[]).status, 0);
    assert_eq!(listener.arrived()[0].headers.get("x-gitlab-token"), Some("plain"));
}

#[test]
fn a_custom_scheme_signs_in_every_place_it_can_name() {
    let listener = Listener::answering(204, "");
    let schemes = [
        json!({"header": "x-sig-*", "encoding": "base64"}),
        json!({"header": "x-sig", "separator": ".", "entry": 1, "content": "{t}.{body}",
            "fields": {"t": {"header": "x-sig", "separator": ".", "entry": 0}},
            "timestamp": {"field": "t", "unit": "milliseconds"}}),
        json!({"header": "x-sig", "separator": ";", "prefix": ["h1="], "algorithm": "hmac-sha512",
            "content": "{t}{n}{method}{url}{body}{body_crc32}",
            "fields": {"t": {"header": "x-sig", "separator": ";", "prefix": ["t="]}, "n": {"query": "nonce"}},
            "timestamp": {"field": "t", "unit": "rfc3339"}}),
        json!({"query": "sig", "algorithm": "sha256", "content": "{secret}{body}"}),
        json!({"path": true, "algorithm": "token", "encoding": "utf8"}),
        json!({"header": "authorization", "prefix": ["Basic "], "algorithm": "token", "encoding": "base64"}),
        json!({"body": "meta.sig", "content": "{n}{at}", "body_unsigned": true,
            "fields": {"n": {"body": "meta.nonce"}, "at": {"body": "at"}}, "timestamp": {"field": "at"}}),
    ];
    for scheme in schemes {
        let file = File::of(scheme.to_string());
        let url = format!("{}/hooks/TOKEN?x=1", listener.url);
        let output = send("custom", "user:pass word", &url, &["--scheme", file.path()]);
        assert_eq!(output.status, 0, "{scheme}: {output:?}");
        let request = &listener.arrived()[0];
        let parsed: Scheme = serde_json::from_value(scheme.clone()).unwrap();
        verified(&[parsed], "user:pass word", request);
        if scheme["path"] == true {
            assert_eq!(request.path, "/hooks/user:pass%20word");
        }
    }
}

#[test]
fn a_given_body_is_sent_unchanged_unless_the_signature_is_in_it() {
    let listener = Listener::answering(200, "");
    let text = "{ \"id\": \"evt_mine\",  \"type\":\"a\" }\n";
    let body = File::of(text);
    assert_eq!(send("stripe", "k3y", &listener.url, &["--body", body.path()]).status, 0);
    assert_eq!(listener.arrived()[0].body, text.as_bytes());

    // With --count, only the event's id differs.
    let several = ["--body", body.path(), "--count", "2"];
    assert_eq!(send("stripe", "k3y", &listener.url, &several).status, 0);
    let bodies = listener.arrived().into_iter().map(|request| request.body);
    let bodies: Vec<serde_json::Value> =
        bodies.map(|body| serde_json::from_slice(&body).unwrap()).collect();
    assert_ne!(bodies[0]["id"], bodies[1]["id"]);
    assert!(bodies.iter().all(|body| body["type"] == "a"));

    // Mailgun's signature is in the body, and Dropbox Sign's in a part of a multipart body.
    let mine = File::of(r#"{"event-data":{"id":"m1","event":"opened"}}"#);
    assert_eq!(send("mailgun", "k3y", &listener.url, &["--body", mine.path()]).status, 0);
    let body: serde_json::Value = serde_json::from_slice(&listener.arrived()[0].body).unwrap();
    assert_eq!(body["event-data"]["id"], "m1");
    let mine = File::of(r#"{"event":{"event_type":"callback_test"}}"#);
    assert_eq!(send("dropbox-sign", "k3y", &listener.url, &["--body", mine.path()]).status, 0);
    assert!(String::from_utf8_lossy(&listener.arrived()[0].body).contains("callback_test"));
    let form = File::of("From=%2B1&Body=hi");
    assert_eq!(send("twilio", "k3y", &listener.url, &["--body", form.path()]).status, 0);
    assert_eq!(listener.arrived()[0].body, b"From=%2B1&Body=hi");

    let binary = File::of(b"\xff\x00");
    let output = send("mailgun", "k3y", &listener.url, &["--body", binary.path()]);
    assert_eq!(output.status, 2);
    assert!(output.err.contains("neither JSON nor a form"), "{output:?}");
}

#[test]
fn an_answer_is_shown_without_secrets_and_control_characters() {
    let listener = Listener::answering(401, "{\"error\":\"k3y-of-mine \u{1b}[31m\"}");
    let output = send("stripe", "k3y-of-mine", &listener.url, &[]);
    assert_eq!(output.status, 1);
    assert!(output.out.contains("401 Unauthorized in "), "{output:?}");
    assert!(output.out.contains("content-type: text/plain") && !output.out.contains("x-secret"));
    assert!(output.out.contains("{\"error\":\"(the secret) [31m\"}"), "{output:?}");
}

#[test]
fn no_answer_exits_with_1_and_an_invalid_url_with_2() {
    let output = send("stripe", "k3y", "http://127.0.0.1:9/?token=hunter2", &[]);
    assert_eq!(output.status, 1);
    assert!(output.out.contains("no answer: ") && !output.out.contains("hunter2"), "{output:?}");
    for url in ["nonsense", "ftp://a.example/"] {
        assert_eq!(send("stripe", "k3y", url, &[]).status, 2);
    }
    assert_eq!(send("stripe", "k3y", "http://127.0.0.1:9/", &["--count", "0"]).status, 2);
}

#[test]
fn the_webhook_id_of_the_deliveries_is_shown_if_it_can_be_known() {
    let listener = Listener::answering(200, r#"{"id":"019ab0c4-5a51-7c3e-9d0f-3b6f1f0d2a44"}"#);
    let body = File::of(r#"{"id":"evt_1","type":"charge.succeeded"}"#);
    let url = format!("{}/stage/billing", listener.url);
    let output = send("stripe", "k3y", &url, &["--body", body.path()]);
    let expected = LedgerKey::of("billing", r#"["evt_1"]"#).webhook_id();
    let line = format!("\n  webhook-id {expected}, if the source is billing\n");
    assert!(output.out.contains(&line) && !output.out.contains("ce-eventid"), "{}", output.out);

    let scheme =
        File::of(json!({"path": true, "algorithm": "token", "encoding": "utf8"}).to_string());
    let url = format!("{}/in-house/TOKEN", listener.url);
    let output = send("custom", "k3y", &url, &["--scheme", scheme.path()]);
    // Without an id, the webhook-id depends on the time of receipt.
    let line = "\n  ce-eventid 019ab0c4-5a51-7c3e-9d0f-3b6f1f0d2a44 in its deliveries\n";
    assert!(output.out.contains(line) && !output.out.contains("webhook-id"), "{}", output.out);

    let output = send("hubspot", "k3y", &format!("{}/mail", listener.url), &[]);
    assert!(
        output.out.contains(line) && !output.out.contains("webhook-id"),
        "a list: {}",
        output.out
    );
}

#[test]
fn the_binary_sends_too() {
    let (listener, secret) = (Listener::answering(200, ""), File::of("k3y"));
    let arguments =
        ["send", "--provider", "github", "--secret-file", secret.path(), "--url", &listener.url];
    let output = run_binary(&arguments);
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(listener.arrived().len(), 1);
}
