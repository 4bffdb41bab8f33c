//! HTTP destinations on real sockets, well-behaved or not: the outcome of a delivery, how long it takes, and what the
//! destination receives.
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::fakes::MemorySecrets;
use catchment_tests::raw_server::{Connection, RawServer};
use catchment_tests::receiver::{Behaviour, Received, Receiver};
use catchment_tests::{harness, samples, wait};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::event::EventId;
use shared::webhook::request::Headers;
use tokio::time::{Instant, timeout};
use worker_lambda::deliver::http::HttpDestinations;
use worker_lambda::deliver::{Deliver, Delivery};
use worker_lambda::outcome::Outcome;

/// A token in the query of every destination here. No outcome may show it.
const TOKEN: &str = "t0ken-hunter2";
pub(crate) const ARN: &str = "arn:crm";
pub(crate) const KEY: [u8; 32] = [7; 32];
/// The timeout in seconds of a destination that answers.
const PATIENT: f64 = 20.0;
/// No delivery takes longer.
const NEVER: Duration = Duration::from_secs(30);
/// The timeout in seconds of a destination that does not answer.
const HASTY: f64 = 0.4;

/// A destination at a URL, allowed to be private, with a secret.
pub(crate) struct Destination {
    pub(crate) secrets: MemorySecrets,
    pub(crate) config: Value,
}

impl Destination {
    pub(crate) fn at(url: &str) -> Self {
        let secrets = MemorySecrets::default();
        secrets.set(ARN, &secret(KEY), Timestamp::UNIX_EPOCH);
        let mut config = harness::config();
        config["destinations"]["crm"]["http"] = json!({
            "url": format!("{url}/hook?token={TOKEN}"), "method": "POST", "timeout": PATIENT,
            "allow_private": true, "headers": {}, "secret_arn": ARN,
            "reject_on": [], "retry_on": [],
        });
        Self { secrets, config }
    }

    pub(crate) fn with(mut self, setting: &str, value: Value) -> Self {
        self.config["destinations"]["crm"]["http"][setting] = value;
        self
    }

    pub(crate) fn build(&self) -> HttpDestinations<MemorySecrets> {
        let config = serde_json::from_value(self.config.clone()).unwrap();
        HttpDestinations::new(&config, self.secrets.clone()).unwrap()
    }

    /// The outcome of a delivery. It shows nothing of a URL.
    pub(crate) async fn deliver(&self, delivery: &Delivery) -> Outcome {
        outcome(&self.build(), delivery).await
    }
}

pub(crate) async fn outcome(
    destinations: &HttpDestinations<MemorySecrets>,
    delivery: &Delivery,
) -> Outcome {
    let tried = timeout(NEVER, destinations.deliver("crm", delivery)).await.expect("it ends");
    let outcome = tried.outcome;
    let told = format!("{outcome:?}");
    for hidden in [TOKEN, "/hook", "whsec_", &STANDARD.encode(KEY), "order 7"] {
        assert!(!told.contains(hidden), "{told} has {hidden} in it");
    }
    outcome
}

/// Delivers to a server that does this with each of its connections. Returns the outcome, the time that it took, and
/// the number of connections.
async fn deliver_to<F>(
    timeout: f64,
    handle: impl Fn(usize, Connection) -> F + Send + 'static,
) -> (Outcome, Duration, usize)
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let server = RawServer::start(handle).await.unwrap();
    let destination = Destination::at(&server.url()).with("timeout", json!(timeout));
    let start = Instant::now();
    let outcome = destination.deliver(&delivery()).await;
    (outcome, start.elapsed(), server.accepted())
}

pub(crate) fn secret(key: [u8; 32]) -> String {
    samples::secret("standard-webhooks", key)
}

pub(crate) fn delivery() -> Delivery {
    Delivery {
        webhook_id: "msg_abc-_123".into(),
        event_id: EventId::new(Timestamp::UNIX_EPOCH),
        item: None,
        s3_key: "events/source=shop/x.json".into(),
        source: "shop".into(),
        event_type: Some("order.paid".into()),
        received_at: "2026-11-22T09:09:29.361Z".parse().unwrap(),
        content_type: Some("application/json".into()),
        content_encoding: None,
        headers: Headers::default(),
        body: b"{\"text\":\"order 7 \xc3\xbc\"}\r\n".as_slice().into(),
        ordering_keys: BTreeMap::new(),
    }
}

fn retry(reason: &str) -> Outcome {
    Outcome::Retry { after: None, reason: reason.into() }
}

fn reject(reason: &str) -> Outcome {
    Outcome::Reject { reason: reason.into() }
}

/// Whether the connection failed, for any reason.
fn failed(outcome: &Outcome) -> bool {
    let words = |reason: &str| reason.starts_with("connection failed: ");
    matches!(outcome, Outcome::Retry { after: None, reason } if words(reason))
}

/// The one delivery received.
fn one(receiver: &Receiver) -> Received {
    let [received] = <[Received; 1]>::try_from(receiver.received()).unwrap();
    received
}

/// The signature that a destination computes for itself.
pub(crate) fn signature(key: [u8; 32], received: &Received) -> String {
    let timestamp = received.header("webhook-timestamp").unwrap();
    let head = format!("{}.{timestamp}.", received.header("webhook-id").unwrap());
    let mac = samples::mac(&key, &[head.as_bytes(), &received.body]).unwrap();
    format!("v1,{}", STANDARD.encode(mac))
}

#[tokio::test]
async fn a_destination_gets_the_body_signed_and_described_and_nothing_else() {
    let receiver = Receiver::start().await.unwrap();
    let before = Timestamp::now().as_second();
    let delivery = delivery();
    assert_eq!(Destination::at(receiver.url()).deliver(&delivery).await, Outcome::Delivered);
    let received = one(&receiver);
    assert_eq!(received.path, format!("/hook?token={TOKEN}"));
    assert_eq!(received.body, delivery.body);
    let signed_at: i64 = received.header("webhook-timestamp").unwrap().parse().unwrap();
    assert!((before..=Timestamp::now().as_second()).contains(&signed_at));
    let length = delivery.body.len().to_string();
    let expected = [
        ("accept", "*/*"),
        ("ce-eventid", &delivery.event_id.to_string()),
        ("ce-id", "msg_abc-_123"),
        ("ce-source", "/shop"),
        ("ce-specversion", "1.0"),
        ("ce-time", "2026-11-22T09:09:29.361Z"),
        ("ce-type", "order.paid"),
        ("content-length", &length),
        ("content-type", "application/json"),
        ("host", receiver.url().trim_start_matches("http://")),
        ("user-agent", concat!("Catchment/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", "msg_abc-_123"),
        ("webhook-signature", &signature(KEY, &received)),
        ("webhook-timestamp", &signed_at.to_string()),
    ];
    let mut headers = received.headers.clone();
    headers.sort();
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(headers, expected, "these headers and no others");
}

#[tokio::test]
async fn a_destination_is_called_by_the_method_it_wants() {
    let receiver = Receiver::start().await.unwrap();
    for method in ["POST", "PUT", "PATCH"] {
        let destination = Destination::at(receiver.url()).with("method", json!(method));
        assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        assert_eq!((&received.method[..], &received.body), (method, &delivery().body.to_vec()));
        assert_eq!(received.header("webhook-signature"), Some(&signature(KEY, &received)[..]));
    }
}

#[tokio::test]
async fn one_item_of_a_list_says_its_place() {
    let receiver = Receiver::start().await.unwrap();
    let item = Delivery { item: Some(7), ..delivery() };
    assert_eq!(Destination::at(receiver.url()).deliver(&item).await, Outcome::Delivered);
    assert_eq!(one(&receiver).header("ce-item"), Some("7"));
}

#[tokio::test]
async fn each_class_of_status_has_its_outcome() {
    let receiver = Receiver::start().await.unwrap();
    let destinations = Destination::at(receiver.url()).build();
    let delivery = delivery();
    for status in [200, 201, 202, 204, 207, 299] {
        receiver.behave(Behaviour::always(status));
        assert_eq!(outcome(&destinations, &delivery).await, Outcome::Delivered, "{status}");
    }
    for status in [
        300, 301, 302, 303, 304, 307, 308, 401, 402, 403, 404, 405, 408, 409, 411, 423, 425, 429,
        451, 500, 501, 502, 503, 504, 599,
    ] {
        receiver.behave(Behaviour::always(status));
        let expected = retry(&format!("HTTP status {status}"));
        assert_eq!(outcome(&destinations, &delivery).await, expected);
    }
    for status in [400, 413, 415, 422] {
        receiver.behave(Behaviour::always(status));
        let expected = reject(&format!("HTTP status {status}"));
        assert_eq!(outcome(&destinations, &delivery).await, expected);
    }
    receiver.behave(Behaviour::always(410));
    let expected = reject("HTTP status 410: the receiver says that it is gone for good");
    assert_eq!(outcome(&destinations, &delivery).await, expected);
    assert!(destinations.deliver("crm", &delivery).await.is_gone());
}

#[tokio::test]
async fn a_destination_decides_which_answers_are_final() {
    let receiver = Receiver::start().await.unwrap();
    let destination = Destination::at(receiver.url())
        .with("reject_on", json!([404, 501]))
        .with("retry_on", json!([410, 422]))
        .build();
    let outcomes =
        [(404, 'x'), (501, 'x'), (410, 'r'), (422, 'r'), (400, 'x'), (503, 'r'), (200, 'd')];
    for (status, expected) in outcomes {
        receiver.behave(Behaviour::always(status));
        let tried = destination.deliver("crm", &delivery()).await;
        let kind = match tried.outcome {
            Outcome::Delivered => 'd',
            Outcome::Retry { .. } => 'r',
            Outcome::Reject { .. } => 'x',
        };
        assert_eq!((kind, tried.is_gone()), (expected, false), "{status}");
    }
    let both = Destination::at(receiver.url())
        .with("reject_on", json!([404]))
        .with("retry_on", json!([404]));
    let config = serde_json::from_value(both.config.clone()).unwrap();
    let error = HttpDestinations::new(&config, both.secrets).err().unwrap().to_string();
    assert!(error.contains("404 is in both reject_on and retry_on"), "{error}");
}

#[tokio::test]
async fn retry_after_is_in_the_outcome_in_seconds_only_and_only_of_a_retry() {
    let receiver = Receiver::start().await.unwrap();
    let destinations = Destination::at(receiver.url()).build();
    let cases = [
        (503, "120", Some(120)),
        (429, "0", Some(0)),
        (500, "99999999999999999999", None),
        (503, "-5", None),
        (503, "soon", None),
        (503, "Wed, 21 Oct 2099 07:28:00 GMT", None),
    ];
    for (status, retry_after, seconds) in cases {
        let retry_after = Some(retry_after.to_owned());
        receiver.behave(Behaviour { retry_after, ..Behaviour::always(status) });
        let after = seconds.map(Duration::from_secs);
        let expected = Outcome::Retry { after, reason: format!("HTTP status {status}") };
        assert_eq!(outcome(&destinations, &delivery()).await, expected);
    }
    let retry_after = Some("120".to_owned());
    receiver.behave(Behaviour { retry_after, ..Behaviour::always(400) });
    assert_eq!(outcome(&destinations, &delivery()).await, reject("HTTP status 400"));
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let elsewhere = Receiver::start().await.unwrap();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let location = format!("location: {}/stolen\r\n", elsewhere.url());
        let (outcome, ..) = deliver_to(PATIENT, move |_, mut connection| {
            let location = location.clone();
            async move {
                connection.message().await?;
                connection.answer(status, &location, b"").await
            }
        })
        .await;
        assert_eq!(outcome, retry(&format!("HTTP status {}", &status[..3])));
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_destination_that_does_not_answer_in_time_is_retried() {
    let cases = [
        ("says nothing", "", ""),
        ("stops within the head", "HTTP/1.1 200 OK\r\nx-slow: ", ""),
        ("says its head byte by byte", "HTTP/1.1 200 OK\r\nx-slow: ", "x"),
        ("says to continue, and again", "", "HTTP/1.1 100 Continue\r\n\r\n"),
    ];
    for (what, first, then) in cases {
        let (outcome, took, _) = deliver_to(HASTY, move |_, mut connection| async move {
            connection.message().await?;
            connection.send(first).await?;
            match then {
                "" => connection.hang().await,
                _ => connection.trickle(then.as_bytes(), Duration::from_millis(20)).await,
            }
        })
        .await;
        assert_eq!(outcome, retry("timed out"), "{what}");
        assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    }
    // Nor does it need to take what is sent.
    let server = RawServer::start(|_, connection| async move {
        let _open = connection;
        std::future::pending().await
    });
    let server = server.await.unwrap();
    let hasty = Destination::at(&server.url()).with("timeout", json!(HASTY));
    let large = Delivery { body: vec![b'x'; 30_000_000].into(), ..delivery() };
    assert_eq!(hasty.deliver(&large).await, retry("timed out"));
}

#[tokio::test]
async fn a_destination_that_refuses_the_connection_is_retried() {
    let server = RawServer::start(|_, _| async { Ok(()) }).await.unwrap();
    let url = server.url();
    drop(server);
    // The port closes when the server's task has ended.
    let refused = wait::until("a refusal", Duration::from_secs(5), async || {
        let outcome = Destination::at(&url).deliver(&delivery()).await;
        matches!(&outcome, Outcome::Retry { reason, .. } if reason.contains("refused"))
            .then_some(outcome)
    });
    assert!(failed(&refused.await.unwrap()));
    let nowhere = Destination::at("http://does-not-exist.invalid");
    assert!(failed(&nowhere.deliver(&delivery()).await));
}

#[tokio::test]
async fn a_destination_that_speaks_no_http_or_stops_half_way_is_retried() {
    for said in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 2OO OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "\0\u{1}\u{2}\u{3}\r\n\r\n",
    ] {
        let (outcome, ..) = deliver_to(PATIENT, move |_, mut connection| async move {
            connection.message().await?;
            connection.send(said).await
        })
        .await;
        assert!(failed(&outcome), "{said:?}: {outcome:?}");
    }
    // TLS is spoken to it, and it answers in HTTP.
    let server = RawServer::start(|_, mut connection| async move {
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n").await
    });
    let url = server.await.unwrap().url().replace("http:", "https:");
    assert!(failed(&Destination::at(&url).deliver(&delivery()).await));
}

#[tokio::test]
async fn a_head_without_end_is_not_kept_in_memory() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let (outcome, ..) = deliver_to(PATIENT, move |_, mut connection| {
        let counter = Arc::clone(&counter);
        async move {
            connection.message().await?;
            connection.send("HTTP/1.1 200 OK\r\n").await?;
            let line = format!("x-more: {}\r\n", "x".repeat(8000));
            loop {
                connection.send(&line).await?;
                counter.fetch_add(line.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    assert!(failed(&outcome), "{outcome:?}");
    assert!(sent.load(Ordering::SeqCst) < 20_000_000, "{sent:?} bytes");
}

/// What is written counts what still lies in the sockets' buffers, some megabytes.
#[tokio::test]
async fn a_long_answer_is_not_read_to_its_end() {
    let counted = ("content-length: 100000000", String::new(), "");
    let chunked = ("transfer-encoding: chunked", format!("{:x}\r\n", 1_000_000), "\r\n");
    for (framing, before, after) in [counted, chunked] {
        a_long_answer_framed_so(framing, before, after).await;
    }
}

async fn a_long_answer_framed_so(framing: &'static str, before: String, after: &'static str) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let server = RawServer::start(move |_, mut connection| {
        let (counter, before) = (Arc::clone(&counter), before.clone());
        async move {
            connection.message().await?;
            connection.send(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n")).await?;
            let chunk = vec![b'x'; 1_000_000];
            for _ in 0..100 {
                connection.send([before.as_bytes(), &chunk, after.as_bytes()].concat()).await?;
                counter.fetch_add(chunk.len(), Ordering::SeqCst);
            }
            connection.hang().await
        }
    });
    let server = server.await.unwrap();
    let destinations = Destination::at(&server.url()).build();
    for connections in [1, 2] {
        assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
        assert_eq!(server.accepted(), connections, "such a connection is not used again");
    }
    assert!(sent.load(Ordering::SeqCst) < 60_000_000, "{sent:?} bytes");
}

/// The status line has already confirmed the event.
#[tokio::test]
async fn an_answer_that_trickles_after_its_head_ends_with_the_timeout_and_counts() {
    for (status, expected) in [
        ("200 OK", Outcome::Delivered),
        ("500 Oops", retry("HTTP status 500")),
        ("400 Bad", reject("HTTP status 400")),
    ] {
        let (outcome, took, _) = deliver_to(HASTY, move |_, mut connection| async move {
            connection.message().await?;
            connection.send(format!("HTTP/1.1 {status}\r\ncontent-length: 5000\r\n\r\n")).await?;
            connection.trickle(b"x", Duration::from_millis(20)).await
        })
        .await;
        assert_eq!(outcome, expected);
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test]
async fn an_answer_whose_body_breaks_off_counts_by_its_status() {
    for body in ["content-length: 5000\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\nzz\r\n"] {
        let (outcome, ..) = deliver_to(PATIENT, move |_, mut connection| async move {
            connection.message().await?;
            connection.send(format!("HTTP/1.1 200 OK\r\n{body}")).await
        })
        .await;
        assert_eq!(outcome, Outcome::Delivered);
    }
}

#[tokio::test]
async fn a_connection_serves_again() {
    let server = RawServer::start(|_, mut connection| async move {
        loop {
            connection.message().await?;
            connection.answer("200 OK", "", &[b'x'; 10_000]).await?;
        }
    });
    let server = server.await.unwrap();
    let destinations = Destination::at(&server.url()).build();
    for _ in 0..5 {
        assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    }
    assert_eq!(server.accepted(), 1);
}

/// The author of the configuration may not reach what only the Lambda can: AWS's metadata, a VPC.
#[tokio::test]
async fn a_private_address_gets_nothing_not_even_a_connection() {
    let server = RawServer::start(|_, mut connection| async move { connection.hang().await });
    let server = server.await.unwrap();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "localhost",
        "LOCALHOST",
    ];
    for host in hosts {
        let url = format!("https://{host}:{}", server.port());
        let destination = Destination::at(&url).with("allow_private", json!(false));
        let expected = reject("its address is private; `allow_private` would allow it");
        assert_eq!(destination.deliver(&delivery()).await, expected, "{host}");
    }
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn plain_http_needs_allow_private_and_other_schemes_are_none() {
    for (url, private) in [
        ("http://crm.example", false),
        ("ftp://crm.example", true),
        ("file:///etc/passwd", true),
        ("crm.example", true),
    ] {
        let destination = Destination::at(url).with("allow_private", json!(private));
        let config = serde_json::from_value(destination.config).unwrap();
        let Err(error) = HttpDestinations::new(&config, destination.secrets) else {
            panic!("{url} is taken");
        };
        let told = error.to_string();
        assert!(told.contains("destinations.crm") && !told.contains(TOKEN), "{told}");
    }
}

/// Set for the process that has proxies in its environment.
const BEHIND_A_PROXY: &str = "CATCHMENT_TEST_URL_BEHIND_A_PROXY";

#[tokio::test]
async fn proxies_in_the_environment_are_not_used() {
    if let Ok(url) = env::var(BEHIND_A_PROXY) {
        let outcome = Destination::at(&url).deliver(&delivery()).await;
        assert_eq!(outcome, Outcome::Delivered);
        return;
    }
    let proxy = RawServer::start(|_, mut connection| async move { connection.hang().await });
    let (proxy, receiver) = (proxy.await.unwrap(), Receiver::start().await.unwrap());
    let url = receiver.url().to_owned();
    let through = proxy.url();
    let child = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "http_destination::proxies_in_the_environment_are_not_used"]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, &through).env(name.to_lowercase(), &through);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy").env(BEHIND_A_PROXY, url);
        command.output().unwrap()
    });
    let child = child.await.unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert_eq!((receiver.received().len(), proxy.accepted()), (1, 0));
}

#[tokio::test]
async fn without_a_usable_secret_nothing_is_sent_until_there_is_one() {
    let receiver = Receiver::start().await.unwrap();
    let destination = Destination::at(receiver.url());
    let destinations = destination.build();
    destination.secrets.clear();
    let told = retry(&format!(
        "the secret {ARN} has no value; set one with `aws secretsmanager put-secret-value`"
    ));
    assert_eq!(outcome(&destinations, &delivery()).await, told);
    for unusable in ["", "whsec_", "whsec_not base64!", "[]", "[\"whsec_\"]", "[oops"] {
        destination.secrets.set(ARN, unusable, Timestamp::UNIX_EPOCH);
        let outcome = outcome(&destination.build(), &delivery()).await;
        assert!(matches!(outcome, Outcome::Retry { after: None, .. }), "{unusable}: {outcome:?}");
    }
    assert!(receiver.received().is_empty());
    destination.secrets.set(ARN, &secret(KEY), Timestamp::UNIX_EPOCH);
    // An unusable value is not fetched again at once.
    let delivered =
        async || (outcome(&destinations, &delivery()).await == Outcome::Delivered).then_some(());
    wait::until("the secret to be found", Duration::from_secs(10), delivered).await.unwrap();
}

#[tokio::test]
async fn every_active_secret_signs() {
    let receiver = Receiver::start().await.unwrap();
    let keys = [[1; 32], [2; 32], [3; 32]];
    let list = json!([secret(keys[1]), secret(keys[2])]).to_string();
    let now = Timestamp::now();
    for (rotated, expected) in [(1, &keys[..]), (25, &keys[..1])] {
        let destination = Destination::at(receiver.url());
        destination.secrets.set(ARN, &list, Timestamp::UNIX_EPOCH);
        let rotated = now - SignedDuration::from_hours(rotated);
        destination.secrets.set(ARN, &secret(keys[0]), rotated);
        assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        let signatures: Vec<_> = expected.iter().map(|key| signature(*key, &received)).collect();
        assert_eq!(received.header("webhook-signature").unwrap(), signatures.join(" "));
    }
}

#[tokio::test]
async fn custom_headers_are_sent_and_override_none_of_ours() {
    let receiver = Receiver::start().await.unwrap();
    let plain = Destination::at(receiver.url());
    assert_eq!(plain.deliver(&delivery()).await, Outcome::Delivered);
    let ours = receiver.received().pop().unwrap();
    let names: BTreeSet<_> = ours
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.starts_with("webhook-") || name.starts_with("ce-"))
        .chain(["content-type"])
        .collect();
    assert_eq!(names.len(), 10);
    let mut custom: Value = names
        .iter()
        .map(|name| (name.to_uppercase(), json!("forged")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    custom["Authorization"] = json!("Bearer abc");
    custom["X-Tenant"] = json!("7");
    let destination = Destination::at(receiver.url()).with("headers", custom);
    assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);
    let received = receiver.received().pop().unwrap();
    assert_eq!(received.header("authorization"), Some("Bearer abc"));
    assert_eq!(received.header("x-tenant"), Some("7"));
    assert!(received.headers.iter().all(|(_, value)| value != "forged"), "{:?}", received.headers);
    assert_eq!(received.headers.len(), ours.headers.len() + 2, "none is doubled");
    assert_eq!(received.header("webhook-signature"), Some(&signature(KEY, &received)[..]));
}

#[tokio::test]
async fn the_content_type_is_the_providers() {
    let receiver = Receiver::start().await.unwrap();
    let destinations = Destination::at(receiver.url()).build();
    for content_type in [
        Some("application/x-www-form-urlencoded; charset=utf-8"),
        Some("multipart/form-data; boundary=\"a b\""),
        Some("text/plain; name=ü"),
        Some(""),
        None,
    ] {
        let content_type = content_type.map(str::to_owned);
        let delivery = Delivery { content_type: content_type.clone(), ..delivery() };
        assert_eq!(outcome(&destinations, &delivery).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.header("content-type"), content_type.as_deref());
    }
}

#[tokio::test]
async fn any_body_arrives_byte_for_byte() {
    let receiver = Receiver::start().await.unwrap();
    let destinations = Destination::at(receiver.url()).build();
    let every_byte: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..5 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    for body in [Vec::new(), b"\0\r\n\r\n".to_vec(), every_byte, large] {
        let delivery = Delivery { body: body.clone().into(), ..delivery() };
        assert_eq!(outcome(&destinations, &delivery).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        assert!(received.body == body, "{} bytes came as {}", body.len(), received.body.len());
        assert_eq!(received.header("webhook-signature"), Some(&signature(KEY, &received)[..]));
    }
}

#[tokio::test]
async fn a_type_that_is_not_ascii_is_percent_encoded_and_none_is_a_webhook() {
    let receiver = Receiver::start().await.unwrap();
    let destinations = Destination::at(receiver.url()).build();
    for (event_type, expected) in [
        (
            Some("Zahlung € 😀\r\nx-injected: 1"),
            "Zahlung%20%E2%82%AC%20%F0%9F%98%80%0D%0Ax-injected:%201",
        ),
        (Some("100% \"x\""), "100%25%20%22x%22"),
        (None, "webhook"),
    ] {
        let delivery = Delivery { event_type: event_type.map(str::to_owned), ..delivery() };
        assert_eq!(outcome(&destinations, &delivery).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.header("ce-type"), Some(expected));
        assert_eq!(received.header("x-injected"), None);
    }
}

#[tokio::test]
async fn a_destination_that_is_not_configured_any_more_is_not_tried() {
    let destinations = Destination::at("https://crm.example").build();
    let outcome = destinations.deliver("gone", &delivery()).await;
    assert_eq!(outcome.outcome, reject("not configured any more"));
}
