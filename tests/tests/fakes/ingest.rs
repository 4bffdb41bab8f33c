//! Ingest on fakes: what is stored, what is queued, what the sender is answered, and in what order.
use std::time::Duration;

use catchment_tests::fakes::Fault;
use catchment_tests::harness::{QUEUE, TestIngest, config, http_api_event, secret, source};
use catchment_tests::samples::{self, Sample};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::config::{LockMode, Retention};
use shared::event::Event;
use shared::event::reference::Reference;
use shared::ports::store::EventStore;
use tokio::time::Instant;

/// The one event stored, and the one reference queued.
async fn stored_and_queued(ingest: &TestIngest) -> (Vec<u8>, Reference) {
    let received = ingest.queue.receive(QUEUE);
    assert_eq!(received.len(), 1, "one reference is queued");
    let reference = Reference::parse(&received[0].body).unwrap();
    assert_eq!(ingest.store.keys(), std::slice::from_ref(&reference.s3_key));
    (ingest.store.get(&reference.s3_key).await.unwrap(), reference)
}

fn nothing_is_stored_or_queued(ingest: &TestIngest) {
    assert!(ingest.store.keys().is_empty(), "nothing is stored");
    assert_eq!(ingest.queue.depth(QUEUE), 0, "nothing is queued");
}

fn signed(provider: &str, body: &[u8], content_type: &str, now: Timestamp) -> Sample {
    let mut sample = samples::sign(provider, &secret(provider), "id-1", body, now).unwrap();
    sample.headers.retain(|(name, _)| name != "Content-Type");
    sample.headers.push(("Content-Type".into(), content_type.into()));
    sample
}

#[tokio::test]
async fn every_providers_sample_is_stored_queued_and_answered() {
    for name in samples::PROVIDERS {
        let ingest = TestIngest::new();
        let answer = ingest.receive_sample(name).await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        let (object, reference) = stored_and_queued(&ingest).await;
        let event = Event::from_json(&object).unwrap();
        assert_eq!(event.body().unwrap(), samples::body(name).unwrap(), "{name}");
        assert_eq!(event.verification.provider, name);
        assert_eq!(event.ledger_key, reference.ledger_key);
        assert_eq!(answer.body, json!({ "id": event.id }));
        assert_eq!((reference.generation, reference.size), (0, object.len() as u64));
    }
}

#[tokio::test]
async fn types_and_ids_are_the_providers_own() {
    let expected = [
        ("docusign", Some("envelope-completed"), false),
        ("github", Some("push"), false),
        ("hmac", Some("order.paid"), true),
        ("signbee", Some("document.signed"), false),
        ("standard-webhooks", Some("contact.created"), false),
        ("stripe", Some("payment_intent.succeeded"), false),
        ("svix", Some("contact.created"), false),
    ];
    for (name, event_type, by_body) in expected {
        let ingest = TestIngest::new();
        ingest.receive_sample(name).await;
        let (_, reference) = stored_and_queued(&ingest).await;
        assert_eq!(reference.event_type.as_deref(), event_type, "{name}");
        assert_eq!(reference.previous_window.is_some(), by_body, "{name}");
    }
}

/// Invariant 2.
#[tokio::test]
async fn what_is_stored_is_what_was_signed_byte_for_byte_with_every_header() {
    let binary: Vec<u8> = (0..=255).collect();
    let bodies: [(&[u8], &str); 5] = [
        (&binary, "application/octet-stream"),
        ("name=J%C3%BCrgen+K&x=1".as_bytes(), "application/x-www-form-urlencoded"),
        ("{\"a\": \"ü\\u00fc\\n\"}\r\n".as_bytes(), "application/json"),
        (b"", "application/json"),
        (b"\xef\xbb\xbf{}", "text/plain"),
    ];
    for (body, content_type) in bodies {
        let ingest = TestIngest::new();
        let mut sample = signed("github", body, content_type, ingest.now);
        sample.headers.push(("X-Custom".into(), "a,b; \"c\" é".into()));
        let event = http_api_event("github", &sample);
        assert_eq!(ingest.receive(&event).await.status, 200, "{content_type}");
        let (object, _) = stored_and_queued(&ingest).await;
        let stored = Event::from_json(&object).unwrap();
        assert_eq!(stored.body().unwrap(), body, "{content_type}");
        let headers = serde_json::to_value(&*stored.headers).unwrap();
        assert_eq!(headers, event["headers"], "{content_type}");
    }
}

#[tokio::test]
async fn a_body_that_the_gateway_encoded_in_base64_is_verified_as_the_sender_sent_it() {
    let ingest = TestIngest::new();
    let event = http_api_event(
        "github",
        &signed("github", b"a=1&b=2", "application/x-www-form-urlencoded", ingest.now),
    );
    assert_eq!(event["isBase64Encoded"], true, "as API Gateway encodes a form");
    assert_eq!(ingest.receive(&event).await.status, 200);
}

#[tokio::test]
async fn events_of_a_function_url_and_of_a_named_stage_are_understood() {
    let ingest = TestIngest::new();
    let sample = signed("github", b"{}", "application/json", ingest.now);
    let mut function_url = http_api_event("github", &sample);
    function_url["routeKey"] = json!("$default");
    function_url.as_object_mut().unwrap().remove("pathParameters");
    assert_eq!(ingest.receive(&function_url).await.status, 200);
    let mut staged = http_api_event("github", &sample);
    staged["rawPath"] = json!("/prod/github");
    staged["requestContext"]["stage"] = json!("prod");
    assert_eq!(ingest.receive(&staged).await.status, 200);
}

#[tokio::test]
async fn an_event_as_aws_documents_it_is_understood() {
    let ingest = TestIngest::new();
    for fixture in ["aws-http-api-v2.json", "aws-function-url.json"] {
        let path = format!("{}/fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"));
        let event: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        // Its path names no configured source. The answer 404 shows that the event was understood.
        assert_eq!(ingest.receive(&event).await.status, 404, "{fixture}");
    }
}

#[tokio::test]
async fn four_megabytes_of_envelope_go_in() {
    let ingest = TestIngest::new();
    let mut envelope: Value = serde_json::from_slice(samples::body("docusign").unwrap()).unwrap();
    let pdf = "JVBERi0xLjcK".repeat(4 * 1024 * 1024 / 12);
    envelope["data"]["envelopeSummary"]["envelopeDocuments"][0]["PDFBytes"] = json!(pdf);
    let body = envelope.to_string();
    let sample = signed("docusign", body.as_bytes(), "application/json", ingest.now);
    let answer = ingest.receive(&http_api_event("docusign", &sample)).await;
    assert_eq!(answer.status, 200);
    let (object, reference) = stored_and_queued(&ingest).await;
    assert_eq!(Event::from_json(&object).unwrap().body().unwrap(), body.as_bytes());
    assert!(reference.previous_window.is_none(), "it has Docusign's id");
}

#[tokio::test]
async fn docusigns_retry_has_the_same_ledger_key_and_another_event_has_not() {
    let send = async |from: &str, to: &str| {
        let ingest = TestIngest::new();
        let body = String::from_utf8(samples::body("docusign").unwrap().to_vec()).unwrap();
        let body = body.replace(from, to);
        let sample = signed("docusign", body.as_bytes(), "application/json", ingest.now);
        ingest.receive(&http_api_event("docusign", &sample)).await;
        stored_and_queued(&ingest).await.1.ledger_key
    };
    let original = send("", "").await;
    assert_eq!(send(r#""retryCount":0"#, r#""retryCount":3"#).await, original);
    assert_ne!(send("envelope-completed", "envelope-sent").await, original);
    assert_ne!(send(".1234567Z", ".7654321Z").await, original);
}

/// A sender of one signed request must not be able to make another event look like its duplicate.
#[tokio::test]
async fn what_is_not_signed_makes_no_event_look_like_another() {
    let key = async |source: &str, sample: Sample| {
        let ingest = TestIngest::new();
        let answer = ingest.receive(&http_api_event(source, &sample)).await;
        assert_eq!(answer.status, 200);
        stored_and_queued(&ingest).await.1.ledger_key
    };
    let now = Timestamp::now();
    let github =
        async |body: &[u8]| key("github", signed("github", body, "application/json", now)).await;
    assert_eq!(github(b"{}").await, github(b"{}").await, "a redelivery is the same event");
    assert_ne!(
        github(b"{}").await,
        github(b"[]").await,
        "the same X-GitHub-Delivery is not enough"
    );

    let envelope = samples::body("docusign").unwrap();
    let docusign = async |content_type: &str| {
        key("docusign", signed("docusign", envelope, content_type, now)).await
    };
    let form = docusign("application/x-www-form-urlencoded").await;
    assert_eq!(docusign("application/json").await, form, "the same body is read alike");

    let sent = signed("standard-webhooks", b"{}", "application/json", now);
    let mut relabelled = sent.clone();
    relabelled.headers.push(("svix-id".into(), "another".into()));
    assert_eq!(key("svix", sent).await, key("svix", relabelled).await);
}

#[tokio::test]
async fn refusals_name_their_class_and_leave_nothing_behind() {
    let ingest = TestIngest::new();
    let now = ingest.now;
    let unsigned = http_api_event("github", &Sample { headers: vec![], body: b"{}".to_vec() });
    assert_eq!(ingest.receive(&unsigned).await.status, 401);
    assert_eq!(ingest.secrets.faults.calls(), 0, "what is not signed at all costs no call");
    let good = |at| signed("standard-webhooks", b"{}", "application/json", at);
    let without = |name: &str| {
        let mut sample = good(now);
        sample.headers.retain(|(header, _)| header != name);
        sample
    };
    let mut forged = good(now);
    forged.body = b"{\"forged\":true}".to_vec();
    let mut malformed = good(now);
    malformed.headers.retain(|(header, _)| header != "webhook-signature");
    malformed.headers.push(("webhook-signature".into(), "nonsense".into()));
    let hour = SignedDuration::from_hours(1);
    let cases = [
        (without("webhook-signature"), "signature_missing"),
        (without("webhook-id"), "signature_missing"),
        (malformed, "signature_malformed"),
        (good(now - hour), "signature_stale"),
        (good(now + hour), "signature_stale"),
        (forged, "signature_mismatch"),
    ];
    for (sample, class) in cases {
        let event = http_api_event("standard-webhooks", &sample);
        let answer = ingest.receive(&event).await;
        assert_eq!((answer.status, &answer.body), (401, &json!({ "error": class })));
    }
    nothing_is_stored_or_queued(&ingest);
}

#[tokio::test]
async fn another_sources_signature_is_refused() {
    let ingest = TestIngest::new();
    ingest.secrets.set("arn:svix", &samples::secret("svix", [9; 32]), Timestamp::UNIX_EPOCH);
    let sample = signed("standard-webhooks", b"{}", "application/json", ingest.now);
    let answer = ingest.receive(&http_api_event("svix", &sample)).await;
    assert_eq!(answer.status, 401);
    nothing_is_stored_or_queued(&ingest);
}

/// Invariant 9.
#[tokio::test]
async fn an_unknown_source_costs_no_call() {
    let ingest = TestIngest::new();
    let sample = signed("github", b"{}", "application/json", ingest.now);
    for path in ["nobody", "", "github2", "GitHub", "../github/x", "git%68ub"] {
        let answer = ingest.receive(&http_api_event(path, &sample)).await;
        assert_eq!((answer.status, &answer.body["error"]), (404, &json!("unknown_source")));
    }
    let calls = [&ingest.store.faults, &ingest.queue.faults, &ingest.secrets.faults];
    assert_eq!(calls.map(|faults| faults.calls()), [0, 0, 0]);
}

/// Of payload format 2.0, only the path names the source: the route is another in a later release, at a Lambda function
/// URL, and behind a custom domain.
#[tokio::test]
async fn the_path_names_the_source_whatever_the_route() {
    let ingest = TestIngest::new();
    let sample = signed("github", b"{}", "application/json", ingest.now);
    for (route_key, path, named) in [
        ("ANY /github", "/github", json!(null)),
        ("ANY /github", "/github/", json!(null)),
        ("ANY /{source}", "/github", json!({ "source": "stripe" })),
        ("ANY /stripe", "/github", json!({ "source": "nobody" })),
        ("$default", "/prod/github", json!(null)),
    ] {
        let mut event = http_api_event("github", &sample);
        event["routeKey"] = json!(route_key);
        event["requestContext"]["routeKey"] = json!(route_key);
        event["rawPath"] = json!(path);
        event["requestContext"]["http"]["path"] = json!(path);
        event["pathParameters"] = named;
        assert_eq!(ingest.receive(&event).await.status, 200, "{route_key} {path}");
    }
}

#[tokio::test]
async fn other_methods_and_larger_bodies_are_refused_before_anything_is_fetched() {
    let mut config = config();
    config["body_limit"] = json!(10);
    let ingest = TestIngest::with(config);
    let event = |body: &[u8], method: &str| {
        let sample = signed("github", body, "application/json", ingest.now);
        let mut event = http_api_event("github", &sample);
        event["requestContext"]["http"]["method"] = json!(method);
        event
    };
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = ingest.receive(&event(b"{}", method)).await;
        assert_eq!((answer.status, &answer.headers["allow"][..]), (405, "POST"), "{method}");
    }
    assert_eq!(ingest.receive(&event(b"01234567890", "POST")).await.status, 413);
    assert_eq!(ingest.secrets.faults.calls(), 0);
    assert_eq!(ingest.receive(&event(b"0123456789", "POST")).await.status, 200);
}

/// Invariants 1 and 4.
#[tokio::test]
async fn without_both_stored_and_queued_there_is_no_2xx() {
    for (store, queue, stored, queued) in [
        (Fault::Fails, Fault::None, 0, 0),
        (Fault::AnswerLost, Fault::None, 1, 0),
        (Fault::None, Fault::Fails, 1, 0),
        (Fault::None, Fault::AnswerLost, 1, 1),
    ] {
        let ingest = TestIngest::new();
        ingest.store.faults.plan([store]);
        ingest.queue.faults.plan([queue]);
        let answer = ingest.receive_sample("github").await;
        assert_eq!(answer.status, 503, "{store:?} {queue:?}");
        assert_eq!(answer.headers["retry-after"], "5");
        assert_eq!(ingest.store.keys().len(), stored, "{store:?} {queue:?}");
        assert_eq!(ingest.queue.depth(QUEUE), queued, "{store:?} {queue:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_sender_is_answered_in_time_if_any_service_hangs() {
    for (secrets, store, queue) in [
        (Fault::Hangs, Fault::None, Fault::None),
        (Fault::None, Fault::Hangs, Fault::None),
        (Fault::None, Fault::None, Fault::Hangs),
    ] {
        let ingest = TestIngest::new();
        ingest.secrets.faults.plan([secrets]);
        ingest.store.faults.plan([store]);
        ingest.queue.faults.plan([queue]);
        let start = Instant::now();
        let answer = ingest.receive_sample("github").await;
        assert_eq!(answer.status, 503);
        assert!(start.elapsed() <= Duration::from_millis(2500), "{:?}", start.elapsed());
        assert_eq!(ingest.queue.depth(QUEUE), 0);
    }
}

#[tokio::test]
async fn a_missing_unusable_or_unreachable_secret_is_503_until_it_is_fixed() {
    let soon = SignedDuration::from_secs(5);
    let mut ingest = TestIngest::new();
    ingest.secrets.clear();
    for _ in 0..20 {
        assert_eq!(ingest.receive_sample("github").await.status, 503);
    }
    assert_eq!(ingest.secrets.faults.calls(), 1, "a flood is no flood of calls");
    nothing_is_stored_or_queued(&ingest);
    ingest.secrets.set("arn:github", &secret("github"), Timestamp::UNIX_EPOCH);
    ingest.now += soon;
    ingest.secrets.faults.plan([Fault::Fails]);
    assert_eq!(ingest.receive_sample("github").await.status, 503);
    assert_eq!(ingest.receive_sample("github").await.status, 200);

    for unusable in ["", "[]"] {
        let mut ingest = TestIngest::new();
        ingest.secrets.set("arn:github", unusable, Timestamp::UNIX_EPOCH);
        let answer = ingest.receive_sample("github").await;
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (503, &json!("unavailable")),
            "{unusable:?}"
        );
        nothing_is_stored_or_queued(&ingest);
        ingest.secrets.set("arn:github", &secret("github"), Timestamp::UNIX_EPOCH);
        ingest.now += soon;
        assert_eq!(ingest.receive_sample("github").await.status, 200, "{unusable:?}");
    }
}

#[tokio::test]
async fn an_unusable_newest_secret_is_answered_503_and_not_401() {
    let ingest = TestIngest::new();
    let stored = json!(["'quoted'", secret("standard-webhooks")]).to_string();
    ingest.secrets.set("arn:standard-webhooks", &stored, Timestamp::UNIX_EPOCH);
    let signed_by = async |secret: &str| {
        let now = ingest.now;
        let sample = samples::sign("standard-webhooks", secret, "id-1", b"{}", now).unwrap();
        ingest.receive(&http_api_event("standard-webhooks", &sample)).await.status
    };
    assert_eq!(signed_by(&secret("standard-webhooks")).await, 200, "the other one still counts");
    // A flood of forged requests does not make the good secret unavailable.
    for _ in 0..10 {
        assert_eq!(signed_by(&samples::secret("svix", [9; 32])).await, 503);
        assert_eq!(signed_by(&secret("standard-webhooks")).await, 200);
    }
    assert_eq!(ingest.secrets.faults.calls(), 1, "and causes no flood of calls");
}

#[tokio::test]
async fn a_secret_that_begins_with_a_bracket_is_a_secret() {
    for generated in ["[x!9a)%-3", "[oops]"] {
        let ingest = TestIngest::new();
        ingest.secrets.set("arn:github", generated, Timestamp::UNIX_EPOCH);
        let sample = samples::sign("github", generated, "id-1", b"{}", ingest.now).unwrap();
        let answer = ingest.receive(&http_api_event("github", &sample)).await;
        assert_eq!(answer.status, 200, "{generated}");
        assert_eq!(ingest.receive_sample("github").await.status, 401, "{generated}");
        let [line] = &ingest.lines.lines("not accepted")[..] else { panic!("one line") };
        assert!(!line.has("secret_resembles_list"), "{line:?}");
    }
}

#[tokio::test]
async fn a_list_of_secrets_with_a_mistake_is_reported_while_it_refuses_requests() {
    for mistake in [r#"["a","b""#, r#"["a",""]"#, "['a']"] {
        let ingest = TestIngest::new();
        ingest.secrets.set("arn:github", mistake, Timestamp::UNIX_EPOCH);
        assert_eq!(ingest.receive_sample("github").await.status, 401, "{mistake}");
        let [line] = &ingest.lines.lines("not accepted")[..] else { panic!("one line") };
        assert!(line.has("secret_resembles_list"), "{line:?}");
    }
}

#[tokio::test]
async fn a_rotated_secret_counts_at_once_and_the_old_one_for_its_overlap() {
    let mut ingest = TestIngest::new();
    let start = ingest.now;
    assert_eq!(ingest.receive_sample("github").await.status, 200);
    ingest.now = start + SignedDuration::from_secs(60);
    let rotated = samples::secret("github", [8; 32]);
    ingest.secrets.set("arn:github", &rotated, ingest.now);
    let signed_by = async |ingest: &TestIngest, secret: &str| {
        let sample = samples::sign("github", secret, "id-2", b"{}", ingest.now).unwrap();
        ingest.receive(&http_api_event("github", &sample)).await.status
    };
    assert_eq!(signed_by(&ingest, &rotated).await, 200, "fetched again after a mismatch");
    assert_eq!(signed_by(&ingest, &secret("github")).await, 200, "within the overlap");
    ingest.now = start + SignedDuration::from_hours(25);
    assert_eq!(signed_by(&ingest, &secret("github")).await, 401, "after the overlap");
    assert_eq!(signed_by(&ingest, &rotated).await, 200);
}

/// GitHub does not sign the delivery id.
#[tokio::test]
async fn one_signature_with_several_delivery_ids_is_one_event_with_strict_replay() {
    for (replay, events) in [(Value::Null, 4), (json!("strict"), 1)] {
        let mut config = config();
        config["sources"]["github"]["replay"] = replay.clone();
        let ingest = TestIngest::with(config);
        let now = ingest.now;
        let mut keys = std::collections::BTreeSet::new();
        for id in ["id-1", "id-2", "id-3", "id-4"] {
            let sample = samples::sign("github", &secret("github"), id, b"{}", now).unwrap();
            assert_eq!(ingest.receive(&http_api_event("github", &sample)).await.status, 200);
        }
        for message in ingest.queue.receive(QUEUE) {
            keys.insert(Reference::parse(&message.body).unwrap().ledger_key);
        }
        assert_eq!(keys.len(), events, "{replay}");
    }
}

/// All webhooks that are made in Adobe's web application have the same client id.
#[tokio::test]
async fn a_secret_that_everyone_may_know_is_accepted_from_restricted_addresses_only() {
    let client_id = "UB7E5BXCXY";
    for (cidrs, status) in [(Value::Null, 503), (json!(["0.0.0.0/0", "::/0"]), 200)] {
        let mut config = config();
        config["sources"]["adobe"] = source("adobe-acrobat-sign");
        config["sources"]["adobe"]["allow_cidrs"] = cidrs;
        let ingest = TestIngest::with(config);
        let arn = "arn:adobe-acrobat-sign";
        ingest.secrets.set(arn, client_id, Timestamp::UNIX_EPOCH);
        let headers = vec![("x-adobesign-clientid".to_owned(), client_id.to_owned())];
        let sample = Sample { headers, body: b"{}".to_vec() };
        assert_eq!(ingest.receive(&http_api_event("adobe", &sample)).await.status, status);
    }
}

/// Of each event, and of nothing else: only ingest knows what is an event.
#[tokio::test]
async fn a_stored_event_has_the_retention_that_is_configured() {
    let until = |ingest: &TestIngest, days: i64| ingest.now + SignedDuration::from_hours(24 * days);
    for (mode, expected, days) in
        [("GOVERNANCE", LockMode::Governance, 1), ("COMPLIANCE", LockMode::Compliance, 36_500)]
    {
        let mut config = config();
        config["object_lock"] = json!({ "mode": mode, "days": days });
        let ingest = TestIngest::with(config);
        assert_eq!(ingest.receive_sample("stripe").await.status, 200);
        let (_, reference) = stored_and_queued(&ingest).await;
        let retention = Retention { mode: expected, until: until(&ingest, days) };
        assert_eq!(ingest.store.retention(&reference.s3_key), Some(retention));
    }

    let mut config = config();
    config["object_lock"] = Value::Null;
    let ingest = TestIngest::with(config);
    assert_eq!(ingest.receive_sample("stripe").await.status, 200);
    let (_, reference) = stored_and_queued(&ingest).await;
    assert_eq!(ingest.store.retention(&reference.s3_key), None);
}
