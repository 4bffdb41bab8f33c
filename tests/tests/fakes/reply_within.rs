//! A provider is answered in time however S3, SQS and Secrets Manager misbehave. The SDK's own clients, with their
//! timeouts and retries, call raw servers in AWS's place.

use std::time::Duration;

use catchment_tests::clients::{self, secrets_manager, sqs_queue};
use catchment_tests::fakes::{MemoryHosts, MemorySecrets, MemoryStore};
use catchment_tests::harness::config::queues;
use catchment_tests::harness::{self, Answer, QUEUE};
use catchment_tests::raw_server::{Connection, RawServer};
use ingest_lambda::Ingest;
use ingest_lambda::keys::Keys;
use ingest_lambda::receive::call_timeouts;
use jiff::Timestamp;
use shared::config::Config;
use shared::ports::aws::{s3_client, with_timeouts};
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::SecretStore;
use shared::ports::store::{EventStore, S3Store};
use tokio::time::Instant;

/// The default of `reply_within`: some providers stop waiting after 3 s.
const REPLY_WITHIN: Duration = Duration::from_millis(2500);

/// How a service misbehaves.
#[derive(Clone, Copy, Debug)]
enum Misbehaviour {
    AcceptsAndSaysNothing,
    TricklesItsHead,
    TricklesItsBody,
    SlowDown,
    BreaksOff,
    Refuses,
}

use Misbehaviour::{
    AcceptsAndSaysNothing, BreaksOff, Refuses, SlowDown, TricklesItsBody, TricklesItsHead,
};

impl Misbehaviour {
    const ALL: [Self; 6] =
        [AcceptsAndSaysNothing, TricklesItsHead, TricklesItsBody, SlowDown, BreaksOff, Refuses];

    async fn server(self) -> RawServer {
        let started = RawServer::start(move |_, mut connection| async move {
            loop {
                connection.message().await?;
                self.answer(&mut connection).await?;
            }
        });
        started.await.unwrap()
    }

    async fn answer(self, connection: &mut Connection) -> std::io::Result<()> {
        let pause = Duration::from_millis(50);
        match self {
            AcceptsAndSaysNothing => connection.hang().await,
            TricklesItsHead => {
                connection.send("HTTP/1.1 200 OK\r\nx-slow: ").await?;
                connection.trickle(b"x", pause).await
            }
            TricklesItsBody => {
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n").await?;
                connection.trickle(b" ", pause).await
            }
            // S3's error code for throttling; that of SQS and Secrets Manager is ThrottlingException.
            SlowDown => {
                let xml = b"<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>";
                let json = "x-amzn-errortype: ThrottlingException\r\n";
                connection.answer("503 Slow Down", json, xml).await
            }
            BreaksOff => {
                connection.send("HTTP/1.1 200 OK\r\ncontent-le").await?;
                Err(std::io::ErrorKind::ConnectionAborted.into())
            }
            Refuses => Err(std::io::ErrorKind::ConnectionRefused.into()),
        }
    }
}

fn config() -> Config {
    serde_json::from_value(harness::config()).unwrap()
}

/// The configuration that ingest's clients have, for the services at a URL.
fn aws(url: &str) -> aws_config::SdkConfig {
    with_timeouts(&clients::sdk_config(url), call_timeouts(&config()))
}

fn s3(server: &RawServer) -> S3Store {
    S3Store::new(s3_client(&aws(&server.url())), "bucket".to_owned())
}

fn set_secrets() -> MemorySecrets {
    let set = MemorySecrets::default();
    set.set("arn:github", &harness::secret("github"), Timestamp::UNIX_EPOCH);
    set
}

/// Receives a valid webhook, and returns the answer and how long it took.
async fn receive<S: EventStore, Q: MessageQueue, K: SecretStore>(
    store: S,
    queue: Q,
    secrets: K,
) -> (Answer, Duration) {
    let ingest =
        Ingest::new(&config(), store, queue, secrets, Keys::new(MemoryHosts::default())).unwrap();
    let now = Timestamp::now();
    let (request, start) = (harness::sample_event("github", now), Instant::now());
    let answer = harness::receive(&ingest, &request, now).await;
    (answer, start.elapsed())
}

fn refused_in_time((answer, took): (Answer, Duration), misbehaviour: Misbehaviour) {
    assert_eq!(answer.status, 503, "{misbehaviour:?}: {answer:?}");
    assert_eq!(answer.headers["retry-after"], "5");
    assert!(took <= REPLY_WITHIN, "{misbehaviour:?}: {took:?}");
}

/// All misbehaviours at once: each takes its time.
async fn each(check: impl AsyncFn(Misbehaviour)) {
    futures_util::future::join_all(Misbehaviour::ALL.map(|one| check(one))).await;
}

#[tokio::test]
async fn the_answer_is_in_time_however_s3_misbehaves() {
    each(async |misbehaviour| {
        let (server, queue) = (misbehaviour.server().await, queues(&config()));
        let received = receive(s3(&server), queue.clone(), set_secrets()).await;
        refused_in_time(received, misbehaviour);
        assert_eq!(queue.depth(QUEUE), 0, "{misbehaviour:?}");
        assert!(server.accepted() >= 1);
    })
    .await;
}

#[tokio::test]
async fn the_answer_is_in_time_however_sqs_misbehaves() {
    each(async |misbehaviour| {
        let (server, store) = (misbehaviour.server().await, MemoryStore::default());
        let received = receive(store.clone(), sqs_queue(&aws(&server.url())), set_secrets()).await;
        refused_in_time(received, misbehaviour);
        assert_eq!(store.keys().len(), 1, "{misbehaviour:?}");
        assert!(server.accepted() >= 1);
    })
    .await;
}

#[tokio::test]
async fn the_answer_is_in_time_however_secrets_manager_misbehaves() {
    each(async |misbehaviour| {
        let (server, store) = (misbehaviour.server().await, MemoryStore::default());
        let secrets = secrets_manager(&aws(&server.url()));
        let received = receive(store.clone(), queues(&config()), secrets).await;
        refused_in_time(received, misbehaviour);
        assert!(store.keys().is_empty(), "{misbehaviour:?}");
        assert!(server.accepted() >= 1);
    })
    .await;
}

/// A server whose first connection hangs, as when a load balancer's node dies, and that answers on
/// every other.
async fn hiccup(body: &'static str) -> RawServer {
    let started = RawServer::start(move |number, mut connection| async move {
        loop {
            connection.message().await?;
            match number {
                1 => connection.hang().await?,
                _ => connection.answer("200 OK", "etag: \"x\"\r\n", body.as_bytes()).await?,
            }
        }
    });
    started.await.unwrap()
}

#[tokio::test]
async fn one_hiccup_of_s3_and_one_of_sqs_are_survived_in_time() {
    let (s3_server, sqs_server) = (hiccup("").await, hiccup(r#"{"MessageId":"1"}"#).await);
    let queue = sqs_queue(&aws(&sqs_server.url()));
    let (answer, took) = receive(s3(&s3_server), queue, set_secrets()).await;
    assert_eq!(answer.status, 200, "{answer:?} after {took:?}");
    assert!(took <= REPLY_WITHIN, "{took:?}");
    assert_eq!((s3_server.accepted(), sqs_server.accepted()), (2, 2));
}

#[tokio::test]
async fn one_hiccup_of_secrets_manager_is_survived_in_time() {
    let secret = harness::secret("github");
    let body = format!(r#"{{"SecretString":"{secret}","CreatedDate":1.0}}"#).leak();
    let server = hiccup(body).await;
    let secrets = secrets_manager(&aws(&server.url()));
    let (answer, took) = receive(MemoryStore::default(), queues(&config()), secrets).await;
    assert_eq!(answer.status, 200, "{answer:?} after {took:?}");
    assert!(took <= REPLY_WITHIN, "{took:?}");
    assert_eq!(server.accepted(), 2);
}
