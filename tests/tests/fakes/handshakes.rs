//! Every provider's test vectors through ingest, as API Gateway hands them over: events are stored and queued,
//! handshakes are only answered, and everything else leaves nothing behind.
#[path = "../../../shared/tests/vectors/mod.rs"]
mod vectors;

use std::collections::BTreeMap;

use catchment_tests::harness::{Answer, QUEUE, TestIngest, config, http_api_event, source};
use catchment_tests::samples::Sample;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::provider;
use vectors::Vector;

/// Ingest with the one source `s`, as a vector is configured.
fn ingest(vector: &Vector, more: &Value) -> TestIngest {
    let mut source = source(&vector.provider);
    source["secret_arn"] = json!("arn:s");
    source["params"] = json!(vector.params());
    source["scheme"] = json!(vector.inline);
    for (name, value) in more.as_object().unwrap() {
        source[name] = value.clone();
    }
    let mut config = config();
    config["sources"] = json!({ "s": source });
    config["body_limit"] = json!(20_000_000);
    let mut ingest = TestIngest::with(config);
    ingest.secrets.set("arn:s", &vector.secret, Timestamp::UNIX_EPOCH);
    ingest.now = vector.now();
    ingest
}

/// A vector's request at source `s`, under the vector's URL.
fn event(vector: &Vector) -> Value {
    let request = vector.request();
    let headers = request.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let sample = Sample { headers: headers.collect(), body: request.body.clone() };
    let mut event = http_api_event("s", &sample);
    let (_, after_scheme) = request.url.split_once("://").unwrap();
    let host = after_scheme.split(['/', '?']).next().unwrap();
    event["headers"]["host"] = json!(host);
    event["rawQueryString"] = json!(request.query);
    event["requestContext"]["http"]["method"] = json!(request.method);
    if let Some(token) = request.last_path_segments().first() {
        event["rawPath"] = json!(format!("/s/{token}"));
    }
    event
}

/// The URL that the provider has, if it differs from that of the request: the source's name is another here than in
/// the vector.
fn public_url(vector: &Vector) -> String {
    let url = vector.request().url;
    url.split('?').next().unwrap().to_owned()
}

async fn receive(vector: &Vector) -> (TestIngest, Answer) {
    let ingest = ingest(vector, &json!({ "public_url": public_url(vector), "enroll": true }));
    let answer = ingest.receive(&event(vector)).await;
    (ingest, answer)
}

/// Some vectors published as signatures of events are those of a handshake.
fn is_handshake(vector: &Vector) -> bool {
    let handshakes = provider::find(&vector.provider).unwrap().handshakes;
    handshakes.iter().any(|handshake| handshake.matches(&vector.request(), &vector.params()))
}

fn left_behind(ingest: &TestIngest) -> (usize, usize) {
    (ingest.store.keys().len(), ingest.queue.depth(QUEUE))
}

/// Keys are fetched where no vector has them, and certificates lead to a root, which those of vectors do not:
/// `ingest_lambda::keys` has tests of its own for them, and so does `published_keys.rs`.
fn all() -> impl Iterator<Item = Vector> {
    let published =
        |name: &&str| provider::find(name).unwrap().keys.is_some_and(|keys| !keys.needs_secret());
    let names = provider::names().into_iter().filter(move |name| !published(name));
    // A URL that no client could send as it is, such as one with a space in it.
    let sendable = |vector: &Vector| !vector.request().query.contains([' ', '\0']);
    names.flat_map(vectors::vectors).filter(sendable)
}

#[tokio::test]
async fn every_vector_is_stored_and_queued_or_answered_or_refused() {
    let mut wrong = Vec::new();
    for vector in all() {
        let (ingest, answer) = receive(&vector).await;
        let expected = match &vector.expect[..] {
            "valid" if !is_handshake(&vector) => (200..300, 1),
            "valid" | "handshake" => (200..300, 0),
            "forbidden" => (403..404, 0),
            _ => (401..402, 0),
        };
        let (stored, queued) = left_behind(&ingest);
        if !expected.0.contains(&answer.status) || stored != expected.1 || queued != expected.1 {
            wrong.push(format!(
                "{}: {}: {} with {stored} stored and {queued} queued",
                vector.provider, vector.scheme, answer.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn handshakes_are_answered_word_for_word() {
    for vector in all().filter(|vector| vector.expect == "handshake") {
        let (_, answer) = receive(&vector).await;
        let expected = vector.expected_response.as_ref().unwrap();
        let title = format!("{}: {}", vector.provider, vector.scheme);
        assert_eq!(expected["status"], answer.status, "{title}");
        if let Some(text) = expected.get("text") {
            assert_eq!(*text, answer.text, "{title}");
            assert!(
                answer.text.is_empty() || answer.headers["content-type"] == "text/plain",
                "{title}"
            );
        }
        if let Some(json) = expected.get("json") {
            assert_eq!(*json, answer.body, "{title}");
        }
        let headers: BTreeMap<String, String> =
            serde_json::from_value(expected.get("headers").cloned().unwrap_or(json!({}))).unwrap();
        for (name, value) in headers {
            assert_eq!(answer.headers[&name.to_ascii_lowercase()], value, "{title}");
        }
    }
}
