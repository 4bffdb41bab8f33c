//! Error messages and `Debug` outputs.

use std::fmt::{Debug, Display};

use catchment_tests::clients;
use catchment_tests::fakes::message;
use catchment_tests::harness;
use catchment_tests::raw_server::RawServer;
use catchment_tests::samples;
use ingest_lambda::Rejection;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::config::{self, Config};
use shared::event::dedupe::LedgerKey;
use shared::event::message_group::FifoAttributes;
use shared::event::message_group::MessageGroup;
use shared::event::reference::Reference;
use shared::event::{Event, EventId, Identity};
use shared::ports::aws::{CallTimeouts, s3_client, with_timeouts};
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::{SecretStore, SecretsError, Stage};
use shared::ports::store::{EventStore, S3Store};
use shared::provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::verify;
use shared::webhook::secret::{self, FingerprintKey, SecretEncoding, SecretRule};
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::dynamodb::DynamoDb;
use worker_lambda::ledger::entry::{ClaimRequest, Entry};
use worker_lambda::record::Record;

const MARK: &str = "hunter2";

fn debug_hides(what: &impl Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!shown.contains(MARK), "{shown}");
        let bytes = format!("{:?}", MARK.as_bytes());
        assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
    }
}

fn hides(what: &(impl Debug + Display)) {
    debug_hides(what);
    assert!(!what.to_string().contains(MARK), "{what}");
}

fn request(body: &[u8], at: Timestamp) -> Request {
    let sample = samples::sign("github", MARK, MARK, body, at).unwrap();
    let mut headers = sample.headers;
    headers.push(("Authorization".into(), MARK.into()));
    Request {
        method: "POST".into(),
        path: "/github".into(),
        query: format!("token={MARK}"),
        url: format!("https://api.example/github?token={MARK}"),
        headers: headers.iter().map(|(name, value)| (name, value)).collect(),
        body: sample.body,
        ..Request::default()
    }
}

#[test]
fn requests_and_events() {
    let (schemes, now) = (provider::find("github").unwrap().schemes, Timestamp::now());
    let body = format!(r#"{{"card":"{MARK}"}}"#).into_bytes();
    let request = request(&body, now);
    debug_hides(&request);
    let verified = verify(&schemes, &[MARK.to_owned()], request, now).unwrap().unwrap();
    debug_hides(&verified);
    let identity = Identity {
        id: EventId::new(now),
        received_at: now,
        source: "github",
        provider: "github",
        event_type: None,
        ledger_key: LedgerKey::of("github", MARK),
        fingerprint: "0123abcd".into(),
    };
    debug_hides(&identity);
    let key = FingerprintKey::try_from(MARK.to_owned()).unwrap();
    let at_rest = verified.at_rest(&schemes, &key);
    debug_hides(&at_rest);
    let event = Event::new(&at_rest, &identity);
    debug_hides(&event);
    assert!(event.to_json().unwrap().windows(7).any(|part| part == MARK.as_bytes()), "it is in it");
}

#[test]
fn refusals() {
    let now = Timestamp::now();
    for name in ["github", "stripe", "standard-webhooks", "docusign"] {
        let schemes = provider::find(name).unwrap().schemes;
        let secret = samples::secret(name, [7; 32]);
        let good = samples::sign(name, &secret, "id", MARK.as_bytes(), now).unwrap();
        let old = now - SignedDuration::from_hours(1);
        let old = samples::sign(name, &secret, "id", MARK.as_bytes(), old).unwrap();
        let broken = |value: &str| {
            let headers = good.headers.iter().map(|(name, _)| (name.clone(), value.to_owned()));
            headers.collect::<Vec<_>>()
        };
        for headers in [
            vec![],
            old.headers,
            broken(MARK),
            broken(&format!("t={MARK},v1={MARK}")),
            broken(&format!("sha256={MARK}")),
            broken(&format!("v1,{MARK}")),
            broken("aGh1bnRlcjI="),
        ] {
            let headers = headers.iter().map(|(name, value)| (name, value)).collect();
            let (method, path, query) = ("POST".into(), "/s".into(), MARK.into());
            let body = format!("not what was signed: {MARK}").into_bytes();
            let url = format!("https://api.example/s?{MARK}");
            let request = Request { method, path, query, url, headers, body, ..Request::default() };
            let verified = verify(&schemes, std::slice::from_ref(&secret), request, now).unwrap();
            let refused = verified.unwrap_err();
            debug_hides(&refused);
            hides(&refused.refusal);
            hides(&Rejection::from(refused.refusal));
        }
    }
}

#[test]
fn secrets() {
    debug_hides(&SecretRule::default().key(MARK).unwrap());
    debug_hides(&FingerprintKey::try_from(MARK.to_owned()).unwrap());
    let mut config = harness::config();
    config["fingerprint_key"] = json!(MARK);
    debug_hides(&serde_json::from_value::<Config>(config).unwrap());
    for encoding in [SecretEncoding::Base64, SecretEncoding::Hex] {
        let rule = SecretRule { encoding, ..SecretRule::default() };
        let error = rule.key(&format!("{MARK}!")).unwrap_err();
        hides(&error);
        hides(&Rejection::from(error));
        hides(&SecretsError::Unusable("arn".into(), error));
    }
    let too_many = json!(vec![MARK; secret::MAX_SECRETS + 1]).to_string();
    hides(&secret::texts(&too_many).unwrap_err());
}

#[test]
fn queue_messages_and_stored_objects() {
    let body = json!({ "card": MARK }).to_string();
    let wrong = json!({ "version": 1, "generation": MARK }).to_string();
    for message in [MARK, &body, &wrong, &format!("\"{MARK}\""), &format!("{{\"{MARK}\":1}}")] {
        hides(&Reference::parse(message).unwrap_err());
        hides(&Event::from_json(message.as_bytes()).unwrap_err());
        debug_hides(&Record {
            message_id: "1".into(),
            receipt: "r".into(),
            queue_arn: "arn".into(),
            body: message.to_owned(),
            receives: 1,
            since: Timestamp::UNIX_EPOCH,
            resends: 0,
            group: Some(MARK.to_owned()),
        });
    }
}

/// An ordering key is part of the payload.
#[test]
fn a_group_is_not_shown() {
    debug_hides(&FifoAttributes { group: MARK.into(), deduplication_id: "1".into() });
    debug_hides(&MessageGroup::Group(MARK.into()));
}

/// A destination's URL and headers may contain credentials.
#[test]
fn the_configuration() {
    let mut config = harness::config();
    let http = &mut config["destinations"]["crm"]["http"];
    http["url"] = json!(format!("https://user:{MARK}@crm.example/{MARK}?token={MARK}"));
    http["headers"] = json!({ "authorization": format!("Bearer {MARK}") });
    let token_url = format!("https://{MARK}.example/?key={MARK}");
    http["auth"] = json!({ "type": "oauth2", "secret_arn": "a", "token_url": token_url });
    let oauth2: config::OAuth2 =
        serde_json::from_value(json!({ "secret_arn": "a", "token_url": token_url })).unwrap();
    debug_hides(&oauth2);
    debug_hides(&config::Auth::OAuth2(oauth2));
    debug_hides(&serde_json::from_value::<Config>(config).unwrap());
}

/// A proxy's error page and a truncated answer may contain anything; from Secrets Manager, a secret.
#[tokio::test]
async fn errors_of_aws() {
    let half = format!(r#"{{"Name":"s","SecretString":"{MARK}","VersionStages":["#);
    let page = format!("<html>{MARK}</html>");
    let answers = [
        ("200 OK", half.clone()),
        ("200 OK", page.clone()),
        ("403 Forbidden", page.clone()),
        ("500 Oops", page),
        ("502 Bad Gateway", half),
    ];
    for (status, body) in answers {
        let server = RawServer::start(move |_, mut connection| {
            let body = body.clone();
            async move {
                loop {
                    connection.message().await?;
                    connection.answer(status, "", body.as_bytes()).await?;
                }
            }
        });
        let server = server.await.unwrap();
        let aws = with_timeouts(&clients::sdk_config(&server.url()), CallTimeouts::STARTING);
        let secrets = clients::secrets_manager(&aws).version("arn", Stage::Current).await;
        let told = secrets.map(|version| version.map(|version| version.created)).unwrap_err();
        hides(&told);
        hides(&Rejection::from(SecretsError::from(told)));
        if status != "200 OK" {
            let store = S3Store::new(s3_client(&aws), "bucket".to_owned());
            hides(&store.put("key", b"{}".to_vec(), None).await.unwrap_err());
            hides(&store.get("key").await.unwrap_err());
        }
        let sent = clients::sqs_queue(&aws).send("url", message(MARK.to_owned())).await;
        hides(&sent.unwrap_err());
        let reference = reference();
        let (now, key) = (Timestamp::now(), reference.ledger_key);
        let wish = ClaimRequest { reference: &reference, key, now, lease_until: now };
        let entry = Entry::first(&wish);
        let entry = Entry { reason: Some(MARK.to_owned()), ..entry };
        let ledger = DynamoDb::new(aws_sdk_dynamodb::Client::new(&aws), "table".to_owned());
        hides(&ledger.put(&key, &entry, None).await.unwrap_err());
    }
}

fn reference() -> Reference {
    let id = EventId::new(Timestamp::now());
    let ledger_key = LedgerKey::of("s", "1");
    let json = json!({
        "version": 1, "generation": 0, "event_id": id, "source": "s", "s3_key": "events/x", "size": 1,
        "event_type": null, "ledger_key": ledger_key, "previous_window": null,
    });
    Reference::parse(&json.to_string()).unwrap()
}
