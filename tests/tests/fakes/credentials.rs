//! Credentials of HTTP destinations: what is sent, how tokens are fetched and renewed, and the reasons of failures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::fakes::Fault;
use catchment_tests::raw_server::{Message, RawServer};
use catchment_tests::receiver::{Behaviour, Receiver};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use worker_lambda::deliver::http::HttpDestinations;
use worker_lambda::deliver::{Deliver, Delivery};
use worker_lambda::outcome::Outcome;

use crate::http_destination::{Destination, delivery, outcome};

const ARN: &str = "arn:credential";
/// A marker in every credential and in what servers answer. No outcome may show it.
const MARK: &str = "hunter2";

/// A server that answers each request as a test says, and keeps the requests.
struct Server {
    raw: RawServer,
    requests: Arc<Mutex<Vec<Message>>>,
}

impl Server {
    /// `answer` gets each request with its number, from 1, and returns a status with its reason, and a body.
    async fn start(
        answer: impl Fn(usize, &Message) -> (&'static str, String) + Send + Sync + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), Arc::clone(&requests));
        let count = Arc::new(AtomicUsize::new(0));
        let raw = RawServer::start(move |_, mut connection| {
            let (answer, kept, count) =
                (Arc::clone(&answer), Arc::clone(&kept), Arc::clone(&count));
            async move {
                loop {
                    let request = connection.message().await?;
                    let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                    let (status, body) = answer(number, &request);
                    kept.lock().unwrap().push(request);
                    // Deliveries at the same time overlap.
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    let location = format!("location: https://{MARK}.example/\r\n");
                    connection.answer(status, &location, body.as_bytes()).await?;
                }
            }
        });
        Self { raw: raw.await.unwrap(), requests }
    }

    /// A token endpoint whose tokens are numbered: `hunter2-1`, `hunter2-2` and so on.
    async fn tokens(expires_in: u32) -> Self {
        Self::start(move |number, _| ("200 OK", token(number, expires_in))).await
    }

    /// A receiver that accepts deliveries with this header only.
    async fn accepting(name: &'static str, value: &str) -> Self {
        let expected = value.to_owned();
        Self::start(move |_, request| match header(request, name) {
            Some(value) if value == expected => ("200 OK", MARK.to_owned()),
            _ => ("401 Unauthorized", MARK.to_owned()),
        })
        .await
    }

    /// The values of a header in all requests.
    fn headers(&self, name: &str) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|it| header(it, name).unwrap_or_default()).collect()
    }

    fn bodies(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|it| String::from_utf8_lossy(&it.body).into_owned()).collect()
    }

    fn len(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn token(number: usize, expires_in: u32) -> String {
    json!({ "access_token": format!("{MARK}-{number}"), "token_type": "Bearer", "expires_in": expires_in })
        .to_string()
}

fn header(request: &Message, name: &str) -> Option<String> {
    request.head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// A destination with a credential, and its secret.
fn destination(url: &str, mut auth: Value, secret: &str) -> Destination {
    auth["secret_arn"] = json!(ARN);
    let destination = Destination::at(url).with("auth", auth);
    destination.secrets.set(ARN, secret, Timestamp::UNIX_EPOCH);
    destination
}

fn client(secret: &str) -> String {
    json!({ "client_id": "app", "client_secret": secret }).to_string()
}

fn oauth2(endpoint: &Server) -> Value {
    json!({ "type": "oauth2", "token_url": format!("{}/{MARK}/token?key={MARK}", endpoint.raw.url()) })
}

/// The reason of a delivery that is to be tried again, which shows nothing of a secret.
async fn retry_reason(destination: &Destination) -> String {
    match destination.deliver(&delivery()).await {
        Outcome::Retry { after: None, reason } if !reason.contains(MARK) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_kind_of_credential_is_sent_in_its_header() {
    let receiver = Receiver::start().await.unwrap();
    let basic = format!("Basic {}", STANDARD.encode("ada:hunter2"));
    for (auth, secret, name, value) in [
        (json!({ "type": "bearer" }), "hunter2\n", "authorization", "Bearer hunter2"),
        (json!({ "type": "basic" }), "ada:hunter2", "authorization", &basic),
        (
            json!({ "type": "basic" }),
            r#"{"username":"ada","password":"hunter2"}"#,
            "authorization",
            &basic,
        ),
        (json!({ "type": "header", "header": "X-Api-Key" }), "hunter2", "x-api-key", "hunter2"),
        (json!({ "type": "bearer" }), r#"["hunter2","older"]"#, "authorization", "Bearer hunter2"),
    ] {
        let destination = destination(receiver.url(), auth, secret);
        assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.header(name), Some(value));
        assert!(received.header("webhook-signature").is_some());
    }
}

#[tokio::test]
async fn a_credential_replaces_a_forwarded_header_and_none_of_the_workers_own() {
    let receiver = Receiver::start().await.unwrap();
    let auth = json!({ "type": "header", "header": "X-Api-Key" });
    let destination = destination(receiver.url(), auth, MARK)
        .with("forward_headers", json!(["x-*"]))
        .with("headers", json!({ "x-api-key": "configured" }));
    let headers = [("x-api-key", "theirs")].into_iter().collect();
    let delivery = Delivery { headers, ..delivery() };
    assert_eq!(destination.deliver(&delivery).await, Outcome::Delivered);
    let received = receiver.received().pop().unwrap();
    let values: Vec<_> = received.headers.iter().filter(|(name, _)| name == "x-api-key").collect();
    assert_eq!(values, [&("x-api-key".to_owned(), MARK.to_owned())]);
    for name in ["webhook-id", "ce-id", "Content-Type", "host", "x-forwarded-for", "x y", ""] {
        let auth = json!({ "type": "header", "header": name });
        let error = refused(&self::destination(receiver.url(), auth, MARK));
        assert!(error.contains("destinations.crm is not valid: auth.header: "), "{name}: {error}");
    }
}

/// Why the worker does not start with a destination.
fn refused(destination: &Destination) -> String {
    let config = serde_json::from_value(destination.config.clone()).unwrap();
    HttpDestinations::new(&config, destination.secrets.clone()).err().unwrap().to_string()
}

#[tokio::test]
async fn a_token_is_fetched_once_and_used_until_shortly_before_its_end() {
    let receiver = Receiver::start().await.unwrap();
    for (expires_in, fetched) in [(3600, 1), (0, 3)] {
        let endpoint = Server::tokens(expires_in).await;
        let destinations = destination(receiver.url(), oauth2(&endpoint), &client(MARK)).build();
        for _ in 0..3 {
            assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
        }
        assert_eq!(endpoint.len(), fetched);
        let last = format!("Bearer {MARK}-{fetched}");
        let received = receiver.received().pop().unwrap();
        assert_eq!(received.header("authorization"), Some(&last[..]));
        let basic = format!("Basic {}", STANDARD.encode("app:hunter2"));
        assert_eq!(endpoint.headers("authorization")[0], basic);
        assert_eq!(endpoint.bodies()[0], "grant_type=client_credentials");
    }
}

#[tokio::test]
async fn deliveries_at_the_same_time_share_one_token_request() {
    let receiver = Receiver::start().await.unwrap();
    let endpoint = Server::tokens(3600).await;
    let destinations = destination(receiver.url(), oauth2(&endpoint), &client(MARK)).build();
    let (event, expected) = (delivery(), [const { Outcome::Delivered }; 5]);
    let outcomes = join_all((0..5).map(|_| outcome(&destinations, &event))).await;
    assert_eq!((&outcomes[..], endpoint.len()), (&expected[..], 1));
    // They also share a failure, and the next delivery asks again.
    let endpoint = Server::start(|_, _| ("503 Oops", MARK.to_owned())).await;
    let destinations = destination(receiver.url(), oauth2(&endpoint), &client(MARK)).build();
    for requests in [1, 2] {
        let outcomes = join_all((0..5).map(|_| outcome(&destinations, &event))).await;
        let reason = "token endpoint 127.0.0.1: HTTP status 503".to_owned();
        let expected = vec![Outcome::Retry { after: None, reason }; 5];
        assert_eq!((outcomes, endpoint.len()), (expected, requests));
    }
}

#[tokio::test]
async fn after_a_401_the_delivery_is_sent_once_more_with_a_new_token_in_the_same_attempt() {
    let endpoint = Server::tokens(3600).await;
    let receiver = Server::accepting("authorization", "Bearer hunter2-2").await;
    let destination = destination(&receiver.raw.url(), oauth2(&endpoint), &client("old"));
    let destinations = destination.build();
    destination.secrets.set(ARN, &client("older"), Timestamp::UNIX_EPOCH);
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    assert_eq!(receiver.headers("authorization"), ["Bearer hunter2-1", "Bearer hunter2-2"]);
    let ids = receiver.headers("webhook-id");
    assert_eq!(ids[0], ids[1]);
    // The next delivery uses the new token at once.
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    assert_eq!((receiver.len(), endpoint.len()), (3, 2));
}

#[tokio::test]
async fn a_new_token_is_fetched_with_a_rotated_secret() {
    let endpoint = Server::tokens(3600).await;
    let receiver = Receiver::start().await.unwrap();
    let destination = destination(receiver.url(), oauth2(&endpoint), &client("old"));
    let destinations = destination.build();
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    destination.secrets.set(ARN, &client("new"), Timestamp::UNIX_EPOCH);
    receiver.behave(Behaviour::next(1, 401));
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("app:{secret}")));
    assert_eq!(endpoint.headers("authorization"), [basic("old"), basic("new")]);
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_the_client_is_asked_again_with_a_rotated_secret() {
    let receiver = Receiver::start().await.unwrap();
    let new = format!("Basic {}", STANDARD.encode("app:new"));
    for status in ["400 Bad Request", "401 Unauthorized"] {
        let accepted = new.clone();
        let endpoint = Server::start(move |number, request| {
            match header(request, "authorization") == Some(accepted.clone()) {
                true => ("200 OK", token(number, 0)),
                false => (status, format!(r#"{{"error":"invalid_client","{MARK}":1}}"#)),
            }
        })
        .await;
        let destination = destination(receiver.url(), oauth2(&endpoint), &client("old"));
        let destinations = destination.build();
        // Not rotated yet: it is asked once.
        assert!(matches!(outcome(&destinations, &delivery()).await, Outcome::Retry { .. }));
        assert_eq!(endpoint.len(), 1);
        destination.secrets.set(ARN, &client("new"), Timestamp::UNIX_EPOCH);
        assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
        assert_eq!(endpoint.len(), 3);
    }
}

#[tokio::test]
async fn a_destination_that_refuses_the_new_token_too_is_tried_again_later() {
    let endpoint = Server::tokens(3600).await;
    let receiver = Receiver::start().await.unwrap();
    receiver.behave(Behaviour::always(401));
    let destination = destination(receiver.url(), oauth2(&endpoint), &client(MARK));
    assert_eq!(retry_reason(&destination).await, "HTTP status 401");
    assert_eq!((receiver.received().len(), endpoint.len()), (2, 2));
    // A 401 that is final is so only after the new token was refused.
    let destination = destination.with("reject_on", json!([401]));
    let rejected = Outcome::Reject { reason: "HTTP status 401".to_owned() };
    assert_eq!(destination.deliver(&delivery()).await, rejected);
    receiver.behave(Behaviour::always(200));
    receiver.behave(Behaviour::next(1, 401));
    assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);
}

#[tokio::test]
async fn a_failing_token_endpoint_is_named_and_nothing_is_delivered() {
    let receiver = Receiver::start().await.unwrap();
    let long = format!(r#"{{"access_token":"{}"}}"#, MARK.repeat(20_000));
    let not_a_token = "its answer is not a token";
    for (status, body, expected) in [
        ("500 Oops", MARK.to_owned(), "HTTP status 500"),
        ("400 Bad", format!(r#"{{"error":"{MARK}"}}"#), "HTTP status 400"),
        ("410 Gone", MARK.to_owned(), "HTTP status 410"),
        ("302 Found", MARK.to_owned(), "HTTP status 302"),
        ("200 OK", format!("<html>{MARK}"), not_a_token),
        ("200 OK", format!(r#"{{"access_token":"{MARK} {MARK}"}}"#), not_a_token),
        ("200 OK", format!(r#"{{"access_token":"{MARK}","token_type":"mac"}}"#), not_a_token),
        ("200 OK", long, "its answer is too long"),
    ] {
        let endpoint = Server::start(move |_, _| (status, body.clone())).await;
        let destination = destination(receiver.url(), oauth2(&endpoint), &client(MARK));
        let expected = format!("token endpoint 127.0.0.1: {expected}");
        assert_eq!(retry_reason(&destination).await, expected);
        let attempt = destination.build().deliver("crm", &delivery()).await;
        assert_eq!((attempt.status, attempt.is_gone()), (None, false), "{status}");
    }
    let auth = json!({ "type": "oauth2", "token_url": format!("http://127.0.0.1:1/{MARK}") });
    let reason = retry_reason(&destination(receiver.url(), auth, &client(MARK))).await;
    assert!(reason.starts_with("token endpoint 127.0.0.1: connection failed: "), "{reason}");
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn a_token_endpoint_that_does_not_answer_ends_with_the_deliverys_timeout() {
    let receiver = Receiver::start().await.unwrap();
    let mute = RawServer::start(|_, mut connection| async move { connection.hang().await });
    let mute = mute.await.unwrap();
    let auth = json!({ "type": "oauth2", "token_url": mute.url() });
    let destination = destination(receiver.url(), auth, &client(MARK)).with("timeout", json!(0.4));
    assert_eq!(retry_reason(&destination).await, "token endpoint 127.0.0.1: timed out");
    assert!(receiver.received().is_empty());
}

/// The checks are those of deliveries: AWS's metadata and a VPC are out of reach.
#[tokio::test]
async fn a_token_endpoint_at_a_private_address_gets_nothing_not_even_a_connection() {
    let server = RawServer::start(|_, mut connection| async move { connection.hang().await });
    let server = server.await.unwrap();
    for host in ["127.0.0.1", "2130706433", "[::1]", "localhost"] {
        let url = format!("https://{host}:{}", server.port());
        let auth = json!({ "type": "oauth2", "token_url": url });
        let destination = destination("https://crm.example", auth, &client(MARK))
            .with("allow_private", json!(false));
        let reason = retry_reason(&destination).await;
        assert!(reason.contains("its address is private"), "{host}: {reason}");
    }
    assert_eq!(server.accepted(), 0);
    let auth = json!({ "type": "oauth2", "token_url": format!("http://idp.example/{MARK}") });
    let destination =
        destination("https://crm.example", auth, MARK).with("allow_private", json!(false));
    let error = refused(&destination);
    assert!(error.contains("auth.token_url: must be https") && !error.contains(MARK), "{error}");
}

#[tokio::test]
async fn a_rotated_credential_is_read_after_a_401_and_used_in_the_same_attempt() {
    let receiver = Server::accepting("authorization", "Bearer new").await;
    let destination = destination(&receiver.raw.url(), json!({ "type": "bearer" }), "old");
    let destinations = destination.build();
    let refused = Outcome::Retry { after: None, reason: "HTTP status 401".to_owned() };
    assert_eq!(outcome(&destinations, &delivery()).await, refused);
    assert_eq!(receiver.len(), 1, "the same credential is not sent again");
    destination.secrets.set(ARN, "new", Timestamp::now());
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    assert_eq!(receiver.headers("authorization"), ["Bearer old", "Bearer old", "Bearer new"]);
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    assert_eq!(receiver.len(), 4, "the new one is cached");
}

#[tokio::test]
async fn a_401_while_secrets_manager_fails_counts_as_it_is_and_the_credential_stays() {
    let receiver = Receiver::start().await.unwrap();
    let destination = destination(receiver.url(), json!({ "type": "bearer" }), MARK);
    let destinations = destination.build();
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    receiver.behave(Behaviour::next(1, 401));
    destination.secrets.faults.plan([Fault::Fails]);
    let refused = Outcome::Retry { after: None, reason: "HTTP status 401".to_owned() };
    assert_eq!(outcome(&destinations, &delivery()).await, refused);
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
    assert_eq!(receiver.received().len(), 3);
}

#[tokio::test]
async fn without_a_usable_credential_nothing_is_sent() {
    let receiver = Receiver::start().await.unwrap();
    let endpoint = Server::tokens(3600).await;
    for (auth, unusable) in [
        (json!({ "type": "bearer" }), format!("Bearer {MARK}")),
        (json!({ "type": "basic" }), MARK.to_owned()),
        (json!({ "type": "basic" }), json!({ "username": MARK }).to_string()),
        (json!({ "type": "header", "header": "x-key" }), format!("{MARK}\r\nx-injected: 1")),
        (oauth2(&endpoint), format!("app:{MARK}")),
        (oauth2(&endpoint), json!({ "client_id": MARK }).to_string()),
    ] {
        let destination = destination(receiver.url(), auth, &unusable);
        let reason = retry_reason(&destination).await;
        let expected = format!("the secret {ARN} cannot be used: it must be ");
        assert!(reason.starts_with(&expected), "{reason}");
        destination.secrets.clear();
        destination.secrets.set(
            "arn:crm",
            &crate::http_destination::secret([7; 32]),
            Timestamp::UNIX_EPOCH,
        );
        let expected = format!(
            "the secret {ARN} has no value; set one with `aws secretsmanager put-secret-value`"
        );
        assert_eq!(retry_reason(&destination).await, expected);
    }
    assert_eq!((receiver.received().len(), endpoint.len()), (0, 0));
}

/// An unusable value is read again at the next attempt.
#[tokio::test]
async fn a_corrected_credential_is_used_at_the_next_attempt() {
    let receiver = Receiver::start().await.unwrap();
    let destination = destination(receiver.url(), json!({ "type": "basic" }), "no colon");
    let destinations = destination.build();
    assert!(matches!(outcome(&destinations, &delivery()).await, Outcome::Retry { .. }));
    destination.secrets.set(ARN, "ada:hunter2", Timestamp::now());
    assert_eq!(outcome(&destinations, &delivery()).await, Outcome::Delivered);
}
