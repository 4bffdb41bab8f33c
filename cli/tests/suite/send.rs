//! `catchment send`, against a listener.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use shared::event::dedupe::DedupeKey;
use shared::provider::{self, Provider};
use shared::query::document::document;
use shared::webhook::request::Request;
use shared::webhook::scheme::{Scheme, Verified, verify};

use crate::listener::Listener;
use crate::tool::{File, Said, run, run_binary};

/// A secret that each provider could have given; none for those that sign with a key of their own.
fn secret(provider: &Provider) -> Option<&'static str> {
    let symmetric = provider.schemes.iter().filter(|scheme| scheme.algorithm.is_symmetric());
    let secrets =
        ["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "00112233445566778899aabbccddeeff"];
    let mut rules = symmetric.map(|scheme| &scheme.secret);
    rules.find_map(|rule| secrets.into_iter().find(|secret| rule.key(secret).is_ok()))
}

fn send(provider: &str, secret: &str, url: &str, more: &[&str]) -> Said {
    let secret = File::of(secret);
    let arguments = ["send", "--provider", provider, "--secret-file", secret.path(), "--url", url];
    run(&[&arguments[..], more].concat())
}

fn verified(schemes: &[Scheme], secret: &str, request: &Request) -> Verified {
    let verified = verify(schemes, &[secret.to_owned()], request.clone(), Timestamp::now());
    verified.unwrap().unwrap_or_else(|refused| panic!("{refused:?}"))
}

#[test]
fn samples_of_every_provider_that_can_be_signed_for_verify_and_are_events_of_their_own() {
    for name in provider::names() {
        let provider = provider::find(name).unwrap();
        let Some(secret) = secret(&provider) else { continue };
        let listener = Listener::answering(200, "fine");
        let url = format!("{}/source?a=b%20c", listener.url);
        let said = send(name, secret, &url, &["--count", "3"]);
        assert_eq!(said.status, 0, "{name}: {said:?}");
        assert!(said.out.contains("3 sent: 3 × 200 OK; fastest"), "{name}: {said:?}");
        assert!(!said.all().contains(secret), "{name}: {said:?}");
        let arrived = listener.arrived();
        assert_eq!(arrived.len(), 3, "{name}");
        let (mut ids, mut bodies) = (BTreeSet::new(), BTreeSet::new());
        for request in &arrived {
            let verified = verified(&provider.schemes, secret, request);
            let is_handshake = |handshake: &provider::Provider| {
                handshake.handshakes.iter().any(|h| h.matches(request, &Default::default()))
            };
            assert!(!is_handshake(&provider), "{name}: a handshake is no event");
            assert!(provider.methods.contains(&request.method), "{name}");
            let document = document("source", &verified);
            let key = DedupeKey::of(provider.id.expressions(), &document, request, false);
            let has_id = matches!(key, DedupeKey::Id(_));
            assert_eq!(has_id, !provider.id.expressions().is_empty(), "{name}: {key:?}");
            let kind = shared::event::event_type(&provider.event_type, &document);
            let has_type = !provider.event_type.is_empty() && name != "hubspot";
            assert_eq!(kind.is_some(), has_type, "{name}");
            if let Some(list) = &provider.list {
                let items = list.items.find(&document).unwrap();
                assert_eq!(items.as_array().unwrap().len(), 1, "{name}");
            }
            let (DedupeKey::Id(text) | DedupeKey::Body(text)) = key;
            ids.insert(text);
            bodies.insert(request.body.clone());
        }
        assert_eq!(ids.len(), 3, "{name}: {ids:?}");
    }
}

#[test]
fn who_signs_with_a_key_of_their_own_cannot_be_signed_for() {
    let without: Vec<_> = provider::names()
        .into_iter()
        .filter(|name| {
            let schemes = provider::find(name).unwrap().schemes;
            !schemes.is_empty() && !schemes.iter().any(|scheme| scheme.algorithm.is_symmetric())
        })
        .collect();
    assert_eq!(without, ["aws-sns", "discord", "paypal", "plaid", "sendgrid"]);
    for name in without {
        let said = send(name, "k", "http://127.0.0.1:9/", &[]);
        assert_eq!((said.status, said.out.as_str()), (2, ""));
        assert!(said.err.contains("with a private key that nobody else has"), "{said:?}");
    }
    let public = "whpk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let said = send("standard-webhooks", public, "http://127.0.0.1:9/", &[]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("a public key only verifies"), "{said:?}");
}

#[test]
fn adyens_sample_is_signed_as_a_standard_webhook_and_gitlabs_by_whatever_the_secret_is() {
    let listener = Listener::answering(200, "");
    let hex = "00112233445566778899aabbccddeeff";
    assert_eq!(send("adyen", hex, &listener.url, &[]).status, 0);
    assert_eq!(listener.arrived()[0].headers.get("hmacsignature"), None);
    assert_eq!(send("gitlab", "plain", &listener.url, &[]).status, 0);
    assert_eq!(listener.arrived()[0].headers.get("x-gitlab-token"), Some("plain"));
}

#[test]
fn a_scheme_of_ones_own_signs_wherever_it_says() {
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
        let said = send("custom", "user:pass word", &url, &["--scheme", file.path()]);
        assert_eq!(said.status, 0, "{scheme}: {said:?}");
        let request = &listener.arrived()[0];
        let parsed: Scheme = serde_json::from_value(scheme.clone()).unwrap();
        verified(&[parsed], "user:pass word", request);
        if scheme["path"] == true {
            assert_eq!(request.path, "/hooks/user:pass%20word");
        }
    }
}

#[test]
fn a_body_of_ones_own_is_sent_as_it_is_unless_something_must_stand_in_it() {
    let listener = Listener::answering(200, "");
    let text = "{ \"id\": \"evt_mine\",  \"type\":\"a\" }\n";
    let body = File::of(text);
    assert_eq!(send("stripe", "k3y", &listener.url, &["--body", body.path()]).status, 0);
    assert_eq!(listener.arrived()[0].body, text.as_bytes());

    // Several are as many events, and nothing else of them differs.
    let several = ["--body", body.path(), "--count", "2"];
    assert_eq!(send("stripe", "k3y", &listener.url, &several).status, 0);
    let bodies = listener.arrived().into_iter().map(|request| request.body);
    let bodies: Vec<serde_json::Value> =
        bodies.map(|body| serde_json::from_slice(&body).unwrap()).collect();
    assert_ne!(bodies[0]["id"], bodies[1]["id"]);
    assert!(bodies.iter().all(|body| body["type"] == "a"));

    // Mailgun signs by what stands in the body, Dropbox Sign in a part of it.
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
    let said = send("mailgun", "k3y", &listener.url, &["--body", binary.path()]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("neither JSON nor a form"), "{said:?}");
}

#[test]
fn what_is_answered_is_shown_but_no_secret_and_no_control_characters() {
    let listener = Listener::answering(401, "{\"error\":\"k3y-of-mine \u{1b}[31m\"}");
    let said = send("stripe", "k3y-of-mine", &listener.url, &[]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("401 Unauthorized in "), "{said:?}");
    assert!(said.out.contains("content-type: text/plain") && !said.out.contains("x-secret"));
    assert!(said.out.contains("{\"error\":\"(the secret) [31m\"}"), "{said:?}");
}

#[test]
fn nobody_there_is_a_failure_and_a_url_that_is_none_unusable() {
    let said = send("stripe", "k3y", "http://127.0.0.1:9/?token=hunter2", &[]);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("no answer: ") && !said.out.contains("hunter2"), "{said:?}");
    for url in ["nonsense", "ftp://a.example/"] {
        assert_eq!(send("stripe", "k3y", url, &[]).status, 2);
    }
    assert_eq!(send("stripe", "k3y", "http://127.0.0.1:9/", &["--count", "0"]).status, 2);
}

#[test]
fn the_binary_sends_as_well() {
    let (listener, secret) = (Listener::answering(200, ""), File::of("k3y"));
    let arguments =
        ["send", "--provider", "github", "--secret-file", secret.path(), "--url", &listener.url];
    let said = run_binary(&arguments);
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(listener.arrived().len(), 1);
}
