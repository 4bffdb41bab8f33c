//! The Lambdas' logs, on MiniStack, which has all services that both need.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::clients;
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::MemoryHosts;
use catchment_tests::harness::http_api_event;
use catchment_tests::lambdas;
use catchment_tests::raw_server::RawServer;
use catchment_tests::receiver::{Behaviour, Receiver};
use catchment_tests::samples::{self, Sample};
use catchment_tests::table;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::lambda::{Answer, Lambda};
use crate::resources::Resources;

/// A marker in every text that must not be logged.
const MARK: &str = "hunter2";
pub(crate) const SECRET: &str = "whsec_c291cmNlIHNlY3JldCBodW50ZXIy"; // "source secret hunter2"
const SIGNING_SECRET: &str = "whsec_ZGVzdGluYXRpb24gc2VjcmV0IGh1bnRlcjI="; // "destination secret hunter2"

/// The marked texts, and what they look like in base64 and as a list of bytes.
fn hidden() -> Vec<String> {
    let mut hidden = vec![MARK.to_owned()];
    for secret in [SECRET, SIGNING_SECRET] {
        hidden.push(secret.trim_start_matches("whsec_").trim_end_matches('=').to_owned());
    }
    // In base64, a text looks one of three ways, by where it begins.
    for before in ["", "x", "xx"] {
        let encoded = STANDARD.encode(format!("{before}{MARK}"));
        hidden.push(encoded[4..8].to_owned() + &encoded[8..encoded.len() - 4]);
    }
    hidden.push(format!("{:?}", MARK.as_bytes()).trim_matches(['[', ']']).to_owned());
    hidden
}

/// Where cargo has built a Lambda.
pub(crate) async fn binary(name: &str) -> std::path::PathBuf {
    static BUILT: OnceCell<std::collections::BTreeMap<String, std::path::PathBuf>> =
        OnceCell::const_new();
    BUILT.get_or_try_init(lambdas::binaries).await.unwrap()[name].clone()
}

/// A resources with `standard-webhooks` as its one source, and its configuration in the bucket.
pub(crate) struct Deployed {
    pub(crate) resources: Resources,
    pub(crate) source_secret: String,
    /// The version of the configuration; `null` in a bucket without versions.
    version: String,
}

impl Deployed {
    pub(crate) async fn new(destinations: Value) -> Self {
        let mut resources = Resources::on(Kind::MiniStack, Duration::from_secs(60), 100).await;
        let source_secret = resources.secret("standard-webhooks").await;
        let signing_secret = resources.secret("destination").await;
        resources.set_secret(&signing_secret, SIGNING_SECRET).await;
        let credential = resources.secret("credential").await;
        resources.set_secret(&credential, &format!("user:{MARK}")).await;
        let client = resources.secret("client").await;
        let value = json!({ "client_id": MARK, "client_secret": MARK }).to_string();
        resources.set_secret(&client, &value).await;
        let sources =
            json!({ "standard-webhooks": resources.config["sources"]["standard-webhooks"] });
        resources.config["sources"] = sources;
        resources.config["ledger_table"] = json!(resources.bucket);
        resources.config["destinations"] = destinations;
        let destinations = resources.config["destinations"].as_object_mut().unwrap();
        for destination in destinations.values_mut() {
            destination["http"]["secret_arn"] = json!(signing_secret);
            if let Some(auth) = destination["http"].get_mut("auth") {
                let credential = match auth["type"].as_str() {
                    Some("oauth2") => &client,
                    _ => &credential,
                };
                auth["secret_arn"] = json!(credential);
            }
        }
        let names: Vec<_> = destinations.keys().cloned().collect();
        resources.config["routes"] = json!([{ "source": "*", "destinations": names }]);
        table::create(&resources.clients.dynamodb, &resources.bucket).await.unwrap();
        let config = resources.config.to_string().into_bytes().into();
        let put = resources.clients.s3.put_object().bucket(&resources.bucket).key("config/x.json");
        let version = put.body(config).send().await.unwrap().version_id.unwrap_or("null".into());
        Self { resources, source_secret, version }
    }

    /// What Terraform and an emulator add to a Lambda's environment.
    pub(crate) fn environment(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.resources.endpoint),
            ("CATCHMENT_BUCKET", &self.resources.bucket),
            ("CATCHMENT_CONFIG_KEY", "config/x.json"),
            ("CATCHMENT_CONFIG_VERSION", &self.version),
        ]
    }

    pub(crate) async fn start(&self, name: &str, level: &str) -> Lambda {
        Lambda::start(&binary(name).await, level, &self.environment()).await
    }
}

/// A signed request with marked text wherever there can be some.
fn request(body: &[u8], at: Timestamp) -> Value {
    let id = "msg_1";
    let mut sample = samples::sign("standard-webhooks", SECRET, id, body, at).unwrap();
    sample.headers.push(("Authorization".into(), format!("Bearer {MARK}")));
    sample.headers.push(("Cookie".into(), format!("a={MARK}")));
    let mut event = http_api_event("standard-webhooks", &sample);
    event["rawQueryString"] = json!(format!("token={MARK}"));
    event["queryStringParameters"] = json!({ "token": MARK });
    event["cookies"] = json!([format!("a={MARK}")]);
    event
}

fn body(n: u32) -> Vec<u8> {
    format!(r#"{{"type":"order.paid","n":{n},"card":"{MARK}"}}"#).into_bytes()
}

fn status(answer: &Answer) -> u64 {
    assert!(!answer.failed, "{answer:?}");
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    answer["statusCode"].as_u64().unwrap()
}

fn shows_nothing(log: &str, level: &str) {
    for hidden in hidden() {
        let line = log.lines().find(|line| line.contains(&hidden));
        assert!(line.is_none(), "at {level}, a line has {hidden} in it: {}", line.unwrap());
    }
}

#[tokio::test]
async fn ingest_logs_neither_secrets_nor_payloads_at_any_level() {
    for level in ["INFO", "TRACE"] {
        ingest_logs_nothing(level).await;
    }
}

async fn ingest_logs_nothing(level: &str) {
    let deployed = Deployed::new(json!({})).await;
    let (resources, now) = (&deployed.resources, Timestamp::now());
    let mut ingest = deployed.start("ingest-lambda", level).await;
    let good = request(&body(1), now);
    assert_eq!(status(&ingest.invoke(&good).await), 503, "no secret is set");
    // An unusable value is not fetched again at once.
    let look_again = Duration::from_secs(5);
    tokio::time::sleep(look_again).await;
    // The last character makes it invalid base64.
    resources.set_secret(&deployed.source_secret, &format!("{SECRET}{MARK}!")).await;
    assert_eq!(status(&ingest.invoke(&good).await), 503, "the secret is unusable");
    resources.set_secret(&deployed.source_secret, SECRET).await;
    tokio::time::sleep(look_again).await;
    assert_eq!(status(&ingest.invoke(&good).await), 200);
    let binary = [b"\xff\0", &body(2)[..]].concat();
    assert_eq!(status(&ingest.invoke(&request(&binary, now)).await), 200);

    let altered = |change: &dyn Fn(&mut Value)| {
        let mut event = request(&body(3), now);
        change(&mut event);
        event
    };
    let refused = [
        (401, altered(&|event| event["body"] = json!(format!("forged {MARK}")))),
        (401, altered(&|event| event["headers"]["webhook-signature"] = json!(MARK))),
        (
            401,
            altered(&|event| event["headers"]["webhook-signature"] = json!(format!("v1,{MARK}"))),
        ),
        (401, altered(&|event| event["headers"]["webhook-timestamp"] = json!(MARK))),
        (401, altered(&|event| event["headers"] = json!({ "x-other": MARK }))),
        (401, request(&body(4), now - SignedDuration::from_hours(1))),
        (405, altered(&|event| event["requestContext"]["http"]["method"] = json!("GET"))),
        (413, altered(&|event| event["body"] = json!(MARK.repeat(1_000_000)))),
        (404, altered(&|event| event["rawPath"] = json!("/nobody"))),
    ];
    for (expected, event) in refused {
        assert_eq!(status(&ingest.invoke(&event).await), expected);
    }
    // What API Gateway would never send: the runtime itself must take it.
    let broken = [
        json!({ "secret": MARK }),
        json!(MARK),
        altered(&|event| event["headers"]["x"] = json!(format!("\u{0}{MARK}"))),
        altered(&|event| event["body"] = json!({ "card": MARK })),
        altered(&|event| event["rawQueryString"] = json!(format!("no URI {MARK} <\u{7f}>"))),
        altered(&|event| event["requestContext"]["http"]["method"] = json!(format!("{MARK} "))),
        altered(&|event| {
            event["isBase64Encoded"] = json!(true);
            event["body"] = json!(format!("%{MARK}"));
        }),
    ];
    for event in broken {
        let answer = ingest.invoke(&event).await;
        assert!(!answer.body.contains(MARK), "{answer:?}");
    }
    resources.clients.sqs.delete_queue().queue_url(&resources.queue.url).send().await.unwrap();
    assert_eq!(status(&ingest.invoke(&request(&body(5), now)).await), 503, "no queue");
    for key in resources.keys().await {
        resources
            .clients
            .s3
            .delete_object()
            .bucket(&resources.bucket)
            .key(key)
            .send()
            .await
            .unwrap();
    }
    resources.clients.s3.delete_bucket().bucket(&resources.bucket).send().await.unwrap();
    assert_eq!(status(&ingest.invoke(&request(&body(6), now)).await), 503, "no bucket");

    let log = ingest.end().await;
    for shown in ["accepted", "no secret matches", "stale", "\"SecretMissing\":1"] {
        assert!(log.contains(shown), "{level}: {shown} is not in:\n{log}");
    }
    // By the position of the secret: when the old one has no more of these, it can go.
    assert!(log.contains(r#""secret":0"#), "{level}: no line has the secret's position");
    shows_nothing(&log, level);
}

#[tokio::test]
async fn the_worker_logs_neither_secrets_nor_payloads_at_any_level() {
    for level in ["INFO", "TRACE"] {
        the_worker_logs_nothing(level).await;
    }
}

async fn the_worker_logs_nothing(level: &str) {
    let receiver = Receiver::start().await.unwrap();
    let mute = RawServer::start(|_, mut connection| async move { connection.hang().await });
    let mute = mute.await.unwrap();
    let rude = RawServer::start(|_, mut connection| async move {
        connection.message().await?;
        connection.send(format!("HTTP/1.1 {MARK}\r\n\r\n")).await
    });
    let rude = rude.await.unwrap();
    let destination = |url: &str, private: bool| {
        json!({ "http": {
            "url": format!("{url}/hook/{MARK}?token={MARK}"), "timeout": 0.3,
            "method": "POST", "allow_private": private, "reject_on": [], "retry_on": [], "headers": { "authorization": format!("Bearer {MARK}") },
        } })
    };
    let endpoint = RawServer::start(|number, mut connection| async move {
        connection.message().await?;
        let body = json!({ "access_token": MARK, "expires_in": 0 }).to_string();
        match number % 2 {
            0 => connection.answer("200 OK", "", body.as_bytes()).await,
            _ => connection.answer("500 Oops", "", MARK.as_bytes()).await,
        }
    });
    let endpoint = endpoint.await.unwrap();
    let with_auth = |auth: Value| {
        let mut destination = destination(receiver.url(), true);
        destination["http"]["headers"] = json!({});
        destination["http"]["forward_headers"] = json!(["x-*", "svix-*"]);
        destination["http"]["auth"] = auth;
        destination
    };
    let token_url = format!("{}/{MARK}?key={MARK}", endpoint.url());
    let deployed = Deployed::new(json!({
        "crm": destination(receiver.url(), true),
        "basic": with_auth(json!({ "type": "basic" })),
        "bearer": with_auth(json!({ "type": "bearer" })),
        "header": with_auth(json!({ "type": "header", "header": "x-key" })),
        "tokens": with_auth(json!({ "type": "oauth2", "token_url": token_url })),
        "mute": destination(&mute.url(), true),
        "rude": destination(&rude.url(), true),
        "tls": destination(&receiver.url().replace("http:", "https:"), true),
        "nobody": destination("https://nobody.invalid", true),
        "private": destination("https://127.0.0.1:1", false),
    }))
    .await;
    let resources = &deployed.resources;
    resources.set_secret(&deployed.source_secret, SECRET).await;
    let ingest = {
        let config = resources.config();
        let aws = resources.aws();
        let ports = (resources.s3(&aws), clients::sqs_queue(&aws), clients::secrets_manager(&aws));
        ingest_lambda::Ingest::new(
            &config,
            ports.0,
            ports.1,
            ports.2,
            ingest_lambda::keys::Keys::new(MemoryHosts::default()),
        )
        .unwrap()
    };
    let mut worker = deployed.start("worker-lambda", level).await;
    let mut records = Vec::new();
    for n in 1..=4 {
        let now = Timestamp::now();
        let mut sample = Sample { headers: Vec::new(), body: body(n) };
        let id = format!("msg_{n}");
        sample.headers =
            samples::sign("standard-webhooks", SECRET, &id, &body(n), now).unwrap().headers;
        sample.headers.push(("X-Card".to_owned(), MARK.to_owned()));
        let event = http_api_event("standard-webhooks", &sample);
        let answer = catchment_tests::harness::receive(&ingest, &event, now).await;
        assert_eq!(answer.status, 200);
        let message = resources.next(&resources.queue).await;
        records.push((message.id, message.receipt, message.body));
    }
    let keys = resources.keys().await;
    let events: Vec<_> = keys.iter().filter(|key| key.starts_with("events/")).collect();
    let (s3, bucket) = (&resources.clients.s3, &resources.bucket);
    let broken = format!(r#"{{"version":1,"{MARK}":"#).into_bytes();
    s3.put_object().bucket(bucket).key(events[0]).body(broken.into()).send().await.unwrap();
    s3.delete_object().bucket(bucket).key(events[1]).send().await.unwrap();
    for (n, body) in [MARK.to_owned(), json!({ "card": MARK }).to_string()].into_iter().enumerate()
    {
        records.push((format!("foreign-{n}"), format!("receipt {MARK}"), body));
    }
    let record = |(id, receipt, body): &(String, String, String)| {
        json!({
            "messageId": id, "receiptHandle": receipt, "body": body, "attributes": {},
            "messageAttributes": { "x": { "stringValue": MARK, "dataType": "String" } },
            "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": resources.queue.arn,
            "awsRegion": "us-east-1",
        })
    };
    let batch = json!({ "Records": records.iter().map(record).collect::<Vec<_>>() });
    for status in [500, 401, 400, 200] {
        receiver.behave(Behaviour::always(status));
        let answer = worker.invoke(&batch).await;
        assert!(!answer.failed && !answer.body.contains(MARK), "{answer:?}");
    }
    assert!(!receiver.received().is_empty());
    // What an event source mapping would never send.
    let answer = worker.invoke(&json!({ "Records": [{ "body": MARK }] })).await;
    assert!(answer.failed && !answer.body.contains(MARK), "{answer:?}");
    let log = worker.end().await;
    for shown in ["deliveries", "timed out", "HTTP status 500", "dead letter", "\"DeadLettered\":1"]
    {
        assert!(log.contains(shown), "{level}: {shown} is not in:\n{log}");
    }
    shows_nothing(&log, level);
}
