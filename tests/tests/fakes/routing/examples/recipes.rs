//! The recipes for single providers, and the configurations that the README and the guide begin with.

use catchment_tests::harness::secret;
use catchment_tests::samples;
use serde_json::{Value, json};

use crate::routing::docs::config;
use crate::routing::setup::example;

#[tokio::test(start_paused = true)]
async fn signed_documents_go_to_both_and_declined_ones_to_the_crm() {
    for (event, expected) in [
        ("document.signed", &["contracts", "crm"][..]),
        ("document.declined", &["crm"]),
        ("document.expired", &["crm"]),
        ("document.viewed", &[]),
    ] {
        let body = json!({ "event": event, "document_id": "doc_1" }).to_string();
        let test = example("signbee");
        assert_eq!(test.deliver("signbee", "signbee", &body).await, expected, "{event}");
    }
}

#[tokio::test]
async fn payments_and_disputes_go_to_those_who_handle_them() {
    for (event, expected) in [
        ("payment_intent.succeeded", &["accounting", "shop"][..]),
        ("charge.dispute.created", &["accounting", "disputes"]),
        ("customer.created", &[]),
    ] {
        let body = json!({ "id": "evt_1", "type": event }).to_string();
        let test = example("stripe");
        assert_eq!(test.deliver("billing", "stripe", &body).await, expected, "{event}");
    }
}

#[tokio::test]
async fn pushes_to_main_start_a_build_and_issues_go_to_the_chat() {
    let on = |branch: &str| json!({ "ref": format!("refs/heads/{branch}") });
    for (event, body, expected) in [
        ("push", on("main"), &["build"][..]),
        ("push", on("draft"), &[]),
        ("issues", json!({ "action": "closed" }), &["chat"]),
        ("ping", json!({ "zen": "Keep it logically awesome." }), &[]),
    ] {
        assert_eq!(sent_by_github(event, &body).await, expected, "{event}: {body}");
    }
}

/// Which destinations of the recipe get an event of GitHub, whose header names it.
async fn sent_by_github(event: &str, body: &Value) -> Vec<String> {
    let test = example("github");
    let (secret, body) = (secret("github"), body.to_string());
    let now = test.ingest.now;
    let mut request = samples::sign("github", &secret, "id-1", body.as_bytes(), now).unwrap();
    let headers = request.headers.iter_mut();
    for (_, value) in headers.filter(|(name, _)| name.eq_ignore_ascii_case("x-github-event")) {
        event.clone_into(value);
    }
    test.post("code", &request).await;
    test.drain().await;
    test.destinations.tried()
}

#[test]
fn the_configurations_of_the_readme_and_the_guide_are_sound() {
    for name in ["readme", "deploy"] {
        assert_eq!(config(name).sources["billing"].provider, "stripe");
    }
    assert_eq!(config("own-provider").sources.len(), 3);
    assert_eq!(config("package").sources.len(), config("custom-field").sources.len());
}
