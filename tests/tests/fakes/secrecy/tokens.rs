//! A token signs nothing: anyone who reads it can send webhooks. It is replaced by its fingerprint before an event is
//! stored, so that nothing after that has it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::harness::{TestWorker, config, http_api_event, secret, signed, source_with};
use catchment_tests::samples::Sample;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::event::Event;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;

const TOKEN: &str = "hunter2.hunter2";

/// A stack whose source `s` has these settings and the token as its secret. Its events go to `crm`.
fn stack(provider: &str, more: &Value) -> TestWorker {
    stack_with_secret(provider, more, TOKEN)
}

fn stack_with_secret(provider: &str, more: &Value, secret: &str) -> TestWorker {
    let mut config = config();
    config["sources"]["s"] = source_with(provider, &json!({ "secret_arn": "arn:s" }));
    config["sources"]["s"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config["routes"] = json!([{ "source": "s", "destinations": ["crm"] }]);
    let test = TestWorker::with(config);
    test.ingest.secrets.set("arn:s", secret, Timestamp::UNIX_EPOCH);
    test
}

fn posted(headers: &[(&str, &str)], body: &str) -> Value {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    http_api_event("s", &Sample { headers, body: body.into() })
}

/// The one stored event.
fn stored(test: &TestWorker) -> (Vec<u8>, Value) {
    let keys = test.ingest.store.keys();
    let object = test.ingest.store.object(&keys[0]).unwrap();
    let json = serde_json::from_slice(&object).unwrap();
    (object, json)
}

/// Receives an event, and checks that nothing which ingest or the worker writes has a token in it.
async fn nothing_has_the_token(test: &TestWorker, event: &Value, tokens: &[&str]) -> Value {
    test.receive(event).await;
    let (object, json) = stored(test);
    let queued = test.ingest.queue.receive(&test.queue("default").url);
    assert_eq!(queued.len(), 1);
    let mut written = vec![String::from_utf8(object).unwrap()];
    written.extend(queued.iter().map(|message| message.body.clone()));
    written.extend(queued.iter().filter_map(|message| message.group.clone()));
    test.process(&queued).await;
    let deliveries = test.destinations.deliveries();
    assert!(!deliveries.is_empty());
    for (_, delivery) in deliveries {
        written.push(String::from_utf8_lossy(&delivery.body).into_owned());
        written.push(format!("{:?} {:?}", delivery.event_type, delivery.ordering_keys));
    }
    for text in written {
        for token in tokens {
            assert!(!text.contains(token), "{token} is in {text}");
        }
    }
    json
}

#[tokio::test]
async fn the_token_of_each_provider_is_neither_stored_nor_queued_nor_delivered() {
    for (provider, header) in [
        ("gitlab", "X-Gitlab-Token"),
        ("okta", "Authorization"),
        ("documenso", "X-Documenso-Secret"),
        ("adobe-acrobat-sign", "X-AdobeSign-ClientId"),
    ] {
        let body = r#"{"data":{"events":[]}}"#;
        let (test, event) = (stack(provider, &json!({})), posted(&[(header, TOKEN)], body));
        let stored = nothing_has_the_token(&test, &event, &[TOKEN]).await;
        let fingerprint = stored["verification"]["fingerprint"].as_str().unwrap();
        let header = header.to_lowercase();
        assert_eq!(stored["headers"][&header], format!("fingerprint:{fingerprint}"));
        assert_eq!(stored["fingerprinted"], json!([format!("header {header}")]));
        assert_eq!(stored["body"], body, "{provider}: byte for byte");
    }
}

#[tokio::test]
async fn the_name_of_an_authentication_scheme_stays() {
    for name in ["Bearer", "SSWS"] {
        let secret = format!("{name} {TOKEN}");
        let test = stack_with_secret("okta", &json!({}), &secret);
        let event = posted(&[("Authorization", &secret)], "{}");
        let stored = nothing_has_the_token(&test, &event, &[TOKEN]).await;
        let fingerprint = stored["verification"]["fingerprint"].as_str().unwrap();
        assert_eq!(stored["headers"]["authorization"], format!("{name} fingerprint:{fingerprint}"));
    }
}

#[tokio::test]
async fn a_token_that_did_not_match_is_not_stored_either() {
    let test = stack_with_secret("standard-webhooks", &json!({}), &secret("standard-webhooks"));
    let mut sample = signed("standard-webhooks", b"{}", test.ingest.now);
    // GitLab's signing token is a scheme of Standard Webhooks, and its older token comes beside it.
    let gitlab = stack_with_secret("gitlab", &json!({}), &secret("standard-webhooks"));
    sample.headers.push(("X-Gitlab-Token".into(), TOKEN.into()));
    let event = http_api_event("s", &sample);
    let stored = nothing_has_the_token(&gitlab, &event, &[TOKEN]).await;
    assert!(stored["headers"]["x-gitlab-token"].as_str().unwrap().starts_with("fingerprint:"));
    let signature = event["headers"]["webhook-signature"].as_str().unwrap();
    assert_eq!(stored["headers"]["webhook-signature"], signature, "a signature stays");
    // With a provider that has no such scheme, the header is one like any other.
    test.receive(&event).await;
    assert_eq!(self::stored(&test).1["headers"]["x-gitlab-token"], TOKEN);
}

#[tokio::test]
async fn a_token_in_the_path_the_query_or_basic_credentials_is_not_stored() {
    let basic = STANDARD.encode(TOKEN);
    let token = |field: &Value| {
        let mut scheme = json!({ "algorithm": "token", "encoding": "utf8" });
        scheme.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        json!({ "scheme": scheme })
    };
    let mut path = posted(&[("X-Original-URI", &format!("/s/{TOKEN}"))], "{}");
    path["rawPath"] = json!(format!("/s/{TOKEN}"));
    path["requestContext"]["http"]["path"] = path["rawPath"].clone();
    let mut query = posted(&[], "{}");
    query["rawQueryString"] = json!(format!("a=1&key={TOKEN}"));
    query["queryStringParameters"] = json!({ "a": "1", "key": TOKEN });
    let authorization = posted(&[("Authorization", &format!("Basic {basic}"))], "{}");
    let form = "application/x-www-form-urlencoded";
    let form = posted(&[("Content-Type", form)], &format!("a=1&token={TOKEN}"));
    for (field, event) in [
        (json!({ "path": true }), path),
        (json!({ "query": "key" }), query),
        (
            json!({ "header": "authorization", "prefix": ["Basic "], "encoding": "base64" }),
            authorization,
        ),
        (json!({ "body": "token" }), form),
    ] {
        let test = stack("custom", &token(&field));
        let stored = nothing_has_the_token(&test, &event, &[TOKEN, &basic]).await;
        assert_eq!(stored["fingerprinted"].as_array().unwrap().len(), 1, "{field}");
        assert!(stored["source"] == "s" && stored["path"].as_str().unwrap().starts_with("/s"));
    }
}

#[tokio::test]
async fn the_client_state_of_each_notification_is_replaced_and_no_other_byte_is() {
    let body = format!(
        r#"{{"value":[ {{"id":"1","changeType":"created","clientState":"{TOKEN}","n":1.50}}, {{"id":"2","clientState":"{TOKEN}"}} ]}}"#
    );
    for split in [false, true] {
        let test = stack("microsoft-graph", &json!({ "split": split }));
        test.receive(&posted(&[("Content-Type", "application/json")], &body)).await;
        let (object, json) = stored(&test);
        assert!(!String::from_utf8(object.clone()).unwrap().contains(TOKEN));
        let fingerprint = json["verification"]["fingerprint"].as_str().unwrap();
        let expected = body.replace(TOKEN, &format!("fingerprint:{fingerprint}"));
        assert_eq!(json["body"], expected);
        test.drain().await;
        let bodies = test.destinations.sorted_bodies("crm");
        assert_eq!(bodies.len(), if split { 2 } else { 1 });
        assert!(bodies.iter().all(|body| !body.contains(TOKEN)), "{bodies:?}");
    }
}

#[tokio::test]
async fn an_event_has_the_ledger_key_of_the_request_as_it_was_received() {
    let test = stack("microsoft-graph", &json!({}));
    let body = format!(r#"{{"value":[{{"id":"1","clientState":"{TOKEN}"}}]}}"#);
    let key = test.receive(&posted(&[], &body)).await;
    let hash: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = json!(["1", hash]).to_string();
    assert_eq!(key, LedgerKey::of("s", &id), "a retry of a request from before has it");
    let id = json!({ "id": ["headers.\"x-gitlab-token\""] });
    let test = stack("gitlab", &id);
    let key = test.receive(&posted(&[("X-Gitlab-Token", TOKEN)], "{}")).await;
    assert_eq!(key, LedgerKey::of("s", &json!([TOKEN]).to_string()));
}

#[tokio::test]
async fn neither_a_type_nor_a_message_group_shows_a_token() {
    let mut config = config();
    config["sources"]["s"] = source_with(
        "gitlab",
        &json!({ "secret_arn": "arn:s", "type": ["headers.\"x-gitlab-token\""] }),
    );
    config["queues"]["default"]["url"] = json!("https://sqs.example/default.fifo");
    config["queues"]["default"]["ordering_key"] = json!("headers.\"x-gitlab-token\"");
    config["routes"] = json!([{ "source": "s", "destinations": ["crm"] }]);
    let test = TestWorker::with(config);
    test.ingest.secrets.set("arn:s", TOKEN, Timestamp::UNIX_EPOCH);
    let event = posted(&[("X-Gitlab-Token", TOKEN)], "{}");
    test.receive(&event).await;
    let queued = test.ingest.queue.receive(&test.queue("default").url);
    let reference = Reference::parse(&queued[0].body).unwrap();
    let fingerprint = stored(&test).1["headers"]["x-gitlab-token"].as_str().unwrap().to_owned();
    assert_eq!(reference.event_type.as_deref(), Some(&fingerprint[..]));
    assert_eq!(queued[0].group.as_deref(), Some(&fingerprint[..]));
}

#[tokio::test]
async fn an_event_that_was_stored_with_its_token_is_still_delivered() {
    let test = stack("gitlab", &json!({}));
    test.receive(&posted(&[("X-Gitlab-Token", TOKEN)], "{}")).await;
    let (_, mut json) = stored(&test);
    json.as_object_mut().unwrap().remove("fingerprinted");
    json["headers"]["x-gitlab-token"] = json!(TOKEN);
    let old = json.to_string().into_bytes();
    assert!(Event::from_json(&old).unwrap().fingerprinted.is_empty());
    let key = test.ingest.store.keys().remove(0);
    shared::ports::store::EventStore::put(&test.ingest.store, &key, old, None).await.unwrap();
    test.drain().await;
    assert_eq!(test.destinations.tried(), ["crm"]);
}
