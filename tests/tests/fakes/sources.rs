//! Settings of a source beyond its provider: allowed addresses, public URL, secrets, and a user's own scheme.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::harness::{QUEUE, TestIngest, config, http_api_event, secret, source_with};
use catchment_tests::samples::{self, Sample};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::event::Event;
use shared::ports::store::EventStore;

/// Ingest with one more source, `s`, and its secret.
fn ingest(provider: &str, more: &Value, secret: &str) -> TestIngest {
    let mut config = config();
    config["sources"]["s"] = source_with(provider, &json!({ "secret_arn": "arn:s" }));
    config["sources"]["s"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let ingest = TestIngest::with(config);
    ingest.secrets.set("arn:s", secret, Timestamp::UNIX_EPOCH);
    ingest
}

fn github(now: Timestamp) -> Value {
    http_api_event("s", &samples::sign("github", &secret("github"), "id-1", b"{}", now).unwrap())
}

fn posted(headers: &[(&str, &str)], body: &[u8]) -> Value {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    http_api_event("s", &Sample { headers, body: body.into() })
}

async fn status(ingest: &TestIngest, event: &Value) -> u16 {
    ingest.receive(event).await.status
}

#[tokio::test]
async fn another_address_is_403_before_anything_is_fetched() {
    let allowed = json!({ "allow_cidrs": ["203.0.113.0/24", "2001:db8::1"] });
    let ingest = ingest("github", &allowed, &secret("github"));
    let from = |address: &str| {
        let mut event = github(ingest.now);
        event["requestContext"]["http"]["sourceIp"] = json!(address);
        // A header that the client sets is not trusted.
        event["headers"]["x-forwarded-for"] = json!("203.0.113.7");
        event
    };
    for address in ["192.0.2.1", "203.0.114.1", "2001:db8::2", "nonsense", ""] {
        let answer = ingest.receive(&from(address)).await;
        let error = json!("address_not_allowed");
        assert_eq!((answer.status, &answer.body["error"]), (403, &error), "{address}");
    }
    assert_eq!(ingest.secrets.faults.calls(), 0);
    for address in ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.9"] {
        assert_eq!(status(&ingest, &from(address)).await, 200, "{address}");
    }
}

/// Square signs the URL that it was given.
async fn square(ingest: &TestIngest, url: &str, change: impl FnOnce(&mut Value)) -> u16 {
    let tag = samples::mac(b"key", &[url.as_bytes(), b"{}"]).unwrap();
    let signature = STANDARD.encode(tag);
    let mut event = posted(&[("x-square-hmacsha256-signature", &signature)], b"{}");
    change(&mut event);
    status(ingest, &event).await
}

#[tokio::test]
async fn the_url_is_that_of_the_gateway_of_a_stage_and_of_a_custom_domain() {
    let ingest = ingest("square", &json!({}), "key");
    let host = "id.execute-api.us-east-1.amazonaws.com";
    let at = |host: &str, path: &str, query: &str| {
        let (host, path, query) = (json!(host), json!(path), json!(query));
        move |event: &mut Value| {
            event["headers"]["host"] = host;
            event["rawPath"] = path;
            event["rawQueryString"] = query;
        }
    };
    let plain = at(host, "/s", "");
    assert_eq!(square(&ingest, &format!("https://{host}/s"), plain).await, 200);
    let stage = at(host, "/prod/s", "");
    assert_eq!(square(&ingest, &format!("https://{host}/prod/s"), stage).await, 200);
    let domain = at("hooks.example.com", "/base/s", "a=b%20c");
    assert_eq!(square(&ingest, "https://hooks.example.com/base/s?a=b%20c", domain).await, 200);
    let elsewhere = at("hooks.example.com", "/s", "");
    assert_eq!(square(&ingest, "https://other.example.com/s", elsewhere).await, 401);
}

#[tokio::test]
async fn a_public_url_replaces_what_a_request_does_not_show() {
    let url = "https://proxy.example.com/in/shop";
    let ingest = ingest("square", &json!({ "public_url": url }), "key");
    let query = |event: &mut Value| event["rawQueryString"] = json!("a=1");
    assert_eq!(square(&ingest, url, |_| {}).await, 200);
    assert_eq!(square(&ingest, &format!("{url}?a=1"), query).await, 200);
    assert_eq!(square(&ingest, "https://id.execute-api/s", |_| {}).await, 401);
    let stored = ingest.store.get(&ingest.store.keys()[0]).await.unwrap();
    assert!(Event::from_json(&stored).unwrap().url.starts_with(url), "as it was verified");
}

#[tokio::test]
async fn the_fingerprint_of_a_secret_differs_between_stacks() {
    let fingerprint = async |key: &str| {
        let mut config = config();
        config["fingerprint_key"] = json!(key);
        let ingest = TestIngest::with(config);
        assert_eq!(ingest.receive_sample("github").await.status, 200);
        let stored = ingest.store.get(&ingest.store.keys()[0]).await.unwrap();
        Event::from_json(&stored).unwrap().verification.fingerprint.into_owned()
    };
    assert_eq!(fingerprint("one").await, fingerprint("one").await);
    assert_ne!(fingerprint("one").await, fingerprint("another").await);
}

#[tokio::test]
async fn an_event_says_which_secret_matched_by_position_and_fingerprint() {
    let (new, old) = (samples::secret("github", [8; 32]), secret("github"));
    let mut ingest = ingest("github", &json!({}), &old);
    let verification = async |ingest: &TestIngest, secret: &str| {
        let before = ingest.store.keys();
        let sample = samples::sign("github", secret, "id-1", b"{}", ingest.now).unwrap();
        assert_eq!(status(ingest, &http_api_event("s", &sample)).await, 200);
        let key = ingest.store.keys().into_iter().find(|key| !before.contains(key)).unwrap();
        let stored = ingest.store.get(&key).await.unwrap();
        let verification = Event::from_json(&stored).unwrap().verification;
        (verification.secret, verification.fingerprint.into_owned())
    };
    let first = verification(&ingest, &old).await;
    assert_eq!((first.0, first.1.len()), (0, 8));
    ingest.now += SignedDuration::from_secs(60);
    ingest.secrets.set("arn:s", &new, ingest.now);
    let rotated = verification(&ingest, &new).await;
    assert_eq!(rotated.0, 0);
    assert_ne!(rotated.1, first.1);
    assert_eq!(verification(&ingest, &old).await, (1, first.1), "the old one, in its new place");
}

#[tokio::test]
async fn a_token_in_the_path_names_the_source_before_it() {
    let scheme = json!({ "path": true, "algorithm": "token", "encoding": "utf8" });
    let ingest = ingest("custom", &json!({ "scheme": scheme }), "t0ken");
    let at = |path: &str| {
        let mut event = posted(&[], b"{}");
        event["rawPath"] = json!(path);
        event
    };
    for path in ["/s/t0ken", "/prod/s/t0ken", "/s/t%30ken"] {
        assert_eq!(status(&ingest, &at(path)).await, 200, "{path}");
    }
    for (path, expected) in [("/s/other", 401), ("/s", 401), ("/s/t0ken/x", 404), ("/x/t0ken", 404)]
    {
        assert_eq!(status(&ingest, &at(path)).await, expected, "{path}");
    }
    assert_eq!(status(&ingest, &at("/github/t0ken")).await, 404, "only where a token stands there");
}

#[tokio::test]
async fn a_value_in_the_path_that_only_an_answer_has_names_the_source_before_it() {
    let (value, answer) = (json!({ "value": { "path": true } }), json!({ "text": "{value}" }));
    let handshake = json!({
        "title": "hello", "method": "GET", "verified": false, "when": [{ "query": "hello" }],
        "fields": value, "reply": answer,
    });
    let reply = json!({ "text": "{value}", "fields": value });
    let scheme = json!({ "header": "x-token", "algorithm": "token", "encoding": "utf8" });
    for (own, method) in [
        (json!({ "scheme": scheme, "reply": reply }), "POST"),
        (json!({ "scheme": scheme, "handshakes": [handshake] }), "GET"),
    ] {
        let ingest = ingest("custom", &own, "t0ken");
        let mut event = posted(&[("x-token", "t0ken")], b"{}");
        event["rawPath"] = json!("/s/what");
        event["rawQueryString"] = json!("hello=1");
        event["requestContext"]["http"]["method"] = json!(method);
        let answer = ingest.receive(&event).await;
        assert_eq!((answer.status, &answer.text[..]), (200, "what"), "{method}");
    }
}

#[tokio::test]
async fn http_basic_is_a_token_in_base64() {
    let scheme = json!({
        "header": "Authorization", "prefix": ["Basic "], "algorithm": "token", "encoding": "base64",
    });
    let ingest = ingest("custom", &json!({ "scheme": scheme }), "user:pass");
    let with = |credentials: &str| {
        posted(&[("authorization", &format!("Basic {}", STANDARD.encode(credentials)))], b"{}")
    };
    assert_eq!(status(&ingest, &with("user:pass")).await, 200);
    assert_eq!(status(&ingest, &with("user:guess")).await, 401);
    assert_eq!(
        status(&ingest, &posted(&[("authorization", "Bearer user:pass")], b"{}")).await,
        401
    );
}

#[tokio::test]
async fn a_users_own_provider_has_a_reply_a_handshake_and_methods() {
    let own = json!({
        "scheme": { "header": "x-token", "algorithm": "token", "encoding": "utf8" },
        "methods": ["PUT"],
        "reply": { "status": 202, "text": "thanks for {id}", "fields": { "id": { "header": "x-id" } } },
        "handshakes": [{
            "title": "hello", "method": "GET", "verified": false, "when": [{ "query": "hello" }],
            "fields": { "hello": { "query": "hello" } }, "reply": { "json": { "you": "{hello}" } },
        }],
    });
    let ingest = ingest("custom", &own, "t0ken");
    let mut put = posted(&[("x-token", "t0ken"), ("x-id", "7")], b"{}");
    assert_eq!(ingest.receive(&put).await.headers["allow"], "PUT");
    put["requestContext"]["http"]["method"] = json!("PUT");
    let answer = ingest.receive(&put).await;
    assert_eq!((answer.status, &answer.text[..]), (202, "thanks for 7"));
    let mut hello = posted(&[], b"");
    hello["requestContext"]["http"]["method"] = json!("GET");
    hello["rawQueryString"] = json!("hello=w%C3%B6rld");
    assert_eq!(ingest.receive(&hello).await.body, json!({ "you": "wörld" }));
    assert_eq!(ingest.queue.depth(QUEUE), 1, "a handshake is not queued");
}

#[tokio::test]
async fn a_challenge_that_cannot_be_echoed_is_still_answered_2xx() {
    let own = json!({
        "scheme": { "header": "x-token", "algorithm": "token", "encoding": "utf8" },
        "reply": { "headers": { "x-id": "{id}" }, "fields": { "id": { "header": "x-id" } } },
    });
    let ingest = ingest("custom", &own, "t0ken");
    assert_eq!(status(&ingest, &posted(&[("x-token", "t0ken")], b"{}")).await, 200);
    assert_eq!(ingest.queue.depth(QUEUE), 1);
}

#[tokio::test]
async fn xero_is_answered_401_without_a_body() {
    let ingest = ingest("xero", &json!({}), "key");
    let answer = ingest.receive(&posted(&[("x-xero-signature", "AAAA")], b"{}")).await;
    assert_eq!((answer.status, &answer.text[..]), (401, ""));
}

/// Asana hands its secret over, unauthenticated.
#[tokio::test]
async fn a_secret_that_is_handed_over_is_kept_only_while_the_source_says_so() {
    let offer = posted(&[("x-hook-secret", "handed-over")], b"{}");
    let tag = samples::mac(b"handed-over", &[b"{}"]).unwrap();
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    let signed = posted(&[("x-hook-signature", &hex)], b"{}");

    let closed = ingest("asana", &json!({}), "another");
    assert_eq!(status(&closed, &offer).await, 403);
    assert_eq!(status(&closed, &signed).await, 401);

    let open = ingest("asana", &json!({ "enroll": true }), "another");
    let answer = open.receive(&offer).await;
    assert_eq!((answer.status, &answer.headers["x-hook-secret"][..]), (200, "handed-over"));
    assert_eq!(status(&open, &signed).await, 200);
    assert_eq!(open.queue.depth(QUEUE), 1, "the event, and not the handshake");
}

#[tokio::test]
async fn nothing_is_enrolled_that_is_no_secret_and_what_was_taken_out_counts_no_more() {
    let mut open = ingest("asana", &json!({ "enroll": true }), "good");
    for unusable in ["", " ", "x\u{a0}"] {
        assert_eq!(status(&open, &posted(&[("x-hook-secret", unusable)], b"{}")).await, 401);
    }
    assert_eq!(status(&open, &posted(&[("x-hook-secret", "intruder")], b"{}")).await, 200);
    open.secrets.set("arn:s", "good", open.now);
    open.now += SignedDuration::from_mins(6);
    let signed_by = |secret: &[u8]| {
        let hex: String =
            samples::mac(secret, &[b"{}"]).unwrap().iter().map(|b| format!("{b:02x}")).collect();
        posted(&[("x-hook-signature", &hex)], b"{}")
    };
    assert_eq!(status(&open, &signed_by(b"intruder")).await, 401);
    assert_eq!(status(&open, &signed_by(b"good")).await, 200);
}

#[tokio::test]
async fn metas_token_is_compared_and_without_one_configured_nothing_is_answered() {
    let hello = |token: &str| {
        let mut event = posted(&[], b"");
        event["requestContext"]["http"]["method"] = json!("GET");
        event["rawQueryString"] =
            json!(format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=77"));
        event
    };
    let configured = ingest("meta", &json!({ "params": { "verify_token": "ours" } }), "key");
    assert_eq!(configured.receive(&hello("ours")).await.text, "77");
    assert_eq!(status(&configured, &hello("theirs")).await, 403);
    assert_eq!(status(&ingest("meta", &json!({}), "key"), &hello("")).await, 403);
}

/// X signs its events with the same secret and the same formula as it wants a CRC answered.
#[tokio::test]
async fn a_crc_does_not_sign_an_event_for_whoever_asks() {
    let ingest = ingest("twitter", &json!({}), "key");
    let ask = |token: &str| {
        let mut event = posted(&[], b"");
        event["requestContext"]["http"]["method"] = json!("GET");
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        event["rawQueryString"] = json!(format!("crc_token={token}"));
        event
    };
    assert_eq!(status(&ingest, &ask("OGZlZTBhYmEtYTk5")).await, 200);
    for event in [r#"{"for_user_id":"1"}"#, "[1]", "\"a\"", ""] {
        assert_eq!(status(&ingest, &ask(event)).await, 401, "{event}");
    }
    // The answer to a challenge is not itself accepted as an event.
    for event in ["a=b", "0", "true", "tweet_create_events"] {
        let said = ingest.receive(&ask(event)).await.body["response_token"].clone();
        let headers = [
            ("x-twitter-webhooks-signature", said.as_str().unwrap()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        assert_eq!(status(&ingest, &posted(&headers, event.as_bytes())).await, 401, "{event}");
    }
}

#[tokio::test]
async fn ingest_does_not_start_without_what_a_provider_needs_configured() {
    let start = |provider: &str, more: Value| {
        let mut config = config();
        config["sources"] = json!({ "s": source_with(provider, &more) });
        TestIngest::start_error(config)
    };
    let no_secret = json!({ "secret_arn": null });
    for (provider, more, expected) in [
        ("paypal", no_secret.clone(), "needs params.webhook_id"),
        ("aws-sns", no_secret.clone(), "needs params.topic_arns"),
        ("github", no_secret, "needs a secret"),
        ("custom", json!({}), "needs a `scheme`"),
        ("github", json!({ "scheme": { "header": "x" } }), "brings its own scheme"),
        ("stripey", json!({}), "there is no provider `stripey`"),
    ] {
        assert!(start(provider, more).contains(expected), "{provider}: {expected}");
    }
}
