//! Providers that sign with published keys, through ingest: the subscription of an SNS topic is confirmed, its messages
//! are accepted, and those of other topics are refused. So are those of Pub/Sub, by the audience and the service account.
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use catchment_tests::fakes::Fault;
use catchment_tests::harness::{Answer, QUEUE, TestIngest, config, http_api_event, source};
use catchment_tests::samples::Sample;
use ingest_lambda::keys::Keys;
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use shared::event::reference::Reference;

const KEY: &str = include_str!("../../fixtures/rsa-2048-for-tests.pem");
const HOST: &str = "https://sns.us-east-1.amazonaws.com";
const CERTIFICATE: &str =
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:Orders";

/// Google's keys, and what a Pub/Sub source demands.
const CERTS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const AUDIENCE: &str = "https://hooks.example.com/pubsub";
const ACCOUNT: &str = "push@my-project.iam.gserviceaccount.com";

/// Ingest with the sources `s` for a topic, `paypal` and `pubsub`. It trusts a root of our own. The certificate of SNS lies where
/// SNS would have it, and PayPal has none.
fn ingest() -> TestIngest {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root: CertificateDer<'_> = params.self_signed(&root_key).unwrap().into();
    let issuer = Issuer::new(params, root_key);
    let mut leaf = CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap();
    leaf.distinguished_name.push(DnType::CommonName, "sns.amazonaws.com");
    (leaf.not_before, leaf.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
    let leaf = leaf.signed_by(&KeyPair::from_pem(KEY).unwrap(), &issuer).unwrap();

    let mut sns = source("aws-sns");
    sns["secret_arn"] = Value::Null;
    sns["params"] = json!({ "topic_arns": TOPIC });
    let mut config = config();
    let mut paypal = source("paypal");
    paypal["secret_arn"] = Value::Null;
    paypal["params"] = json!({ "webhook_id": "4JH86294D6297924G" });
    let mut pubsub = source("google-pubsub");
    pubsub["secret_arn"] = Value::Null;
    pubsub["params"] = json!({ "audience": AUDIENCE, "service_account": ACCOUNT });
    config["sources"] = json!({ "s": sns, "paypal": paypal, "pubsub": pubsub });
    let anchor = webpki::anchor_from_trusted_cert(&root).unwrap().to_owned();
    let ingest = TestIngest::trusting(config, |hosts| Keys::with_roots(hosts, vec![anchor]));
    ingest.hosts.answer(CERTIFICATE, leaf.pem().as_bytes());
    publish(&ingest, "k1");
    ingest
}

/// A message signed as SNS does, version 2.
fn signed(kind: &str, topic: &str, more: &Value) -> Value {
    let mut message = json!({
        "Type": kind, "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": topic,
        "Message": "{\"order\":1}", "Timestamp": Timestamp::now().to_string(),
        "SignatureVersion": "2", "SigningCertURL": CERTIFICATE,
    });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
    let lines =
        names.iter().filter_map(|name| Some(format!("{name}\n{}\n", message[name].as_str()?)));
    let content = lines.collect::<String>();
    message["Signature"] = json!(STANDARD.encode(rsa_signature(&content)));
    message
}

fn rsa_key() -> RsaKeyPair {
    let key = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap()
}

fn rsa_signature(content: &str) -> Vec<u8> {
    let key = rsa_key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content.as_bytes(), &mut signature).unwrap();
    signature
}

async fn post(ingest: &TestIngest, message: &Value) -> Answer {
    let headers = vec![("Content-Type".to_owned(), "text/plain; charset=UTF-8".to_owned())];
    let sample = Sample { headers, body: message.to_string().into_bytes() };
    ingest.receive(&http_api_event("s", &sample)).await
}

fn queued(ingest: &TestIngest) -> usize {
    ingest.queue.depth(QUEUE)
}

#[tokio::test]
async fn a_topics_messages_are_taken_and_its_certificate_is_fetched_once() {
    let ingest = ingest();
    for n in 1..=3 {
        let answer = post(&ingest, &signed("Notification", TOPIC, &json!({}))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(queued(&ingest), n);
    }
    assert_eq!(ingest.hosts.faults.calls(), 1);
}

#[tokio::test]
async fn another_topic_an_altered_message_and_another_certificate_are_refused() {
    let ingest = ingest();
    let theirs = "arn:aws:sns:us-east-1:999999999999:Orders";
    let foreign = post(&ingest, &signed("Notification", theirs, &json!({}))).await;
    assert_eq!((foreign.status, &foreign.body["error"]), (403, &json!("forbidden")));
    assert_eq!(ingest.hosts.faults.calls(), 0, "it costs no call");
    let mut altered = signed("Notification", TOPIC, &json!({}));
    altered["Message"] = json!("{\"order\":2}");
    assert_eq!(post(&ingest, &altered).await.status, 401);
    let calls = ingest.hosts.faults.calls();
    let elsewhere = json!({ "SigningCertURL": "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem" });
    assert_eq!(post(&ingest, &signed("Notification", TOPIC, &elsewhere)).await.status, 401);
    assert_eq!(ingest.hosts.faults.calls(), calls, "nobody is called whom a forger names");
    assert_eq!(queued(&ingest), 0);
}

/// A request for PayPal's source that names a key which PayPal does not have.
fn forged_for_paypal(key: usize) -> Value {
    let url = format!("https://api.paypal.com/v1/notifications/certs/CERT-{key}");
    let headers = [
        ("PAYPAL-TRANSMISSION-ID", "69cd13f0-d67a-11e5-baa3-778b53f4ae50"),
        ("PAYPAL-TRANSMISSION-TIME", &Timestamp::now().to_string()),
        ("PAYPAL-TRANSMISSION-SIG", &STANDARD.encode([0; 256])),
        ("PAYPAL-CERT-URL", &url),
        ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
        ("Content-Type", "application/json"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    http_api_event("paypal", &Sample { headers, body: b"{}".into() })
}

#[tokio::test]
async fn forged_requests_for_one_source_do_not_keep_the_keys_of_another_from_being_fetched() {
    let ingest = ingest();
    let mut statuses = Vec::new();
    for key in 0..12 {
        statuses.push(ingest.receive(&forged_for_paypal(key)).await.status);
    }
    assert_eq!(statuses, [[401; 10].as_slice(), &[503; 2]].concat(), "ten calls in ten seconds");
    let answer = post(&ingest, &signed("Notification", TOPIC, &json!({}))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_key_that_verified_before_is_fetched_again_during_a_flood_of_forged_names() {
    let mut ingest = ingest();
    let message = signed("Notification", TOPIC, &json!({}));
    assert_eq!(post(&ingest, &message).await.status, 200);
    ingest.now += SignedDuration::from_hours(24);
    for key in 0..12 {
        let url = format!("{HOST}/SimpleNotificationService-{key}.pem");
        let forged = signed("Notification", TOPIC, &json!({ "SigningCertURL": url }));
        assert_ne!(post(&ingest, &forged).await.status, 200);
    }
    let answer = post(&ingest, &message).await;
    assert_eq!((answer.status, ingest.hosts.faults.calls()), (200, 12), "{answer:?}");
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_503_and_not_a_refusal() {
    let ingest = ingest();
    ingest.hosts.faults.plan([Fault::Fails]);
    let answer = post(&ingest, &signed("Notification", TOPIC, &json!({}))).await;
    assert_eq!((answer.status, queued(&ingest)), (503, 0));
}

#[tokio::test]
async fn a_subscription_is_confirmed_by_visiting_its_url_once_it_is_verified() {
    let confirm = format!("{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc");
    let more = json!({ "SubscribeURL": confirm, "Token": "abc" });
    let confirmation = signed("SubscriptionConfirmation", TOPIC, &more);

    let unreachable = ingest();
    assert_ne!(post(&unreachable, &confirmation).await.status, 200, "not before SNS has confirmed");

    let ingest = ingest();
    ingest
        .hosts
        .answer(url::Url::parse(&confirm).unwrap().as_str(), b"<ConfirmSubscriptionResponse/>");
    let answer = post(&ingest, &confirmation).await;
    assert_eq!((answer.status, &answer.text[..]), (200, ""), "{answer:?}");
    assert_eq!(ingest.hosts.faults.calls(), 2, "the certificate and the confirmation");
    assert_eq!((queued(&ingest), ingest.store.keys().len()), (0, 0), "a handshake is no event");

    let mut forged = confirmation.clone();
    forged["SubscribeURL"] =
        json!(format!("{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=x"));
    assert_eq!(post(&ingest, &forged).await.status, 401);
    assert_eq!(ingest.hosts.faults.calls(), 2, "an address that nobody signed is not visited");
}

/// Has Google publish our key under this id.
fn publish(ingest: &TestIngest, key_id: &str) {
    let PublicKeyComponents::<Vec<u8>> { n, e } = rsa_key().public().into();
    let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
    let jwk = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id, "n": n, "e": e });
    ingest.hosts.answer(CERTS, json!({ "keys": [jwk] }).to_string().as_bytes());
}

/// Pushes a message with a token of Google's, whose claims are changed by `claims`.
async fn push(ingest: &TestIngest, key_id: &str, claims: Value, message_id: &str) -> Answer {
    let now = ingest.now.as_second();
    let mut all = json!({
        "iss": "https://accounts.google.com", "aud": AUDIENCE, "email": ACCOUNT,
        "email_verified": true, "iat": now, "exp": now + 3600, "sub": "1137",
    });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = json!({ "alg": "RS256", "kid": key_id, "typ": "JWT" });
    let content = format!("{}.{}", part(header), part(all));
    let token = format!("{content}.{}", URL_SAFE_NO_PAD.encode(rsa_signature(&content)));
    let headers = vec![
        ("Authorization".to_owned(), format!("Bearer {token}")),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    let message = json!({
        "message": { "data": "e30=", "messageId": message_id }, "subscription": "projects/p/subscriptions/s",
    });
    let sample = Sample { headers, body: message.to_string().into_bytes() };
    ingest.receive(&http_api_event("pubsub", &sample)).await
}

#[tokio::test]
async fn messages_with_one_token_are_taken_and_the_keys_are_fetched_once() {
    let ingest = ingest();
    for message in ["1", "2", "3"] {
        let answer = push(&ingest, "k1", json!({}), message).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!((queued(&ingest), ingest.hosts.faults.calls()), (3, 1));
    let key_of = |body: &str| serde_json::from_str::<Reference>(body).unwrap().ledger_key;
    let received = ingest.queue.receive(QUEUE);
    let keys: BTreeSet<_> = received.iter().map(|message| key_of(&message.body)).collect();
    assert_eq!(keys.len(), 3, "each message is an event of its own");
}

#[tokio::test]
async fn a_token_of_another_customer_of_google_is_refused_without_a_call() {
    let ingest = ingest();
    for claims in [
        json!({ "aud": "https://other.example/pubsub" }),
        json!({ "email": "push@other-project.iam.gserviceaccount.com" }),
        json!({ "email_verified": false }),
        json!({ "iss": "https://accounts.example.com" }),
    ] {
        let answer = push(&ingest, "k1", claims.clone(), "1").await;
        assert_eq!(answer.status, 403, "{claims}: {answer:?}");
    }
    for claims in [json!({ "aud": [AUDIENCE] }), json!({ "exp": 1 }), json!({ "email": null })] {
        let answer = push(&ingest, "k1", claims.clone(), "1").await;
        assert_eq!(answer.status, 401, "{claims}: {answer:?}");
    }
    assert_eq!((queued(&ingest), ingest.hosts.faults.calls()), (0, 0));
}

#[tokio::test]
async fn a_new_key_is_found_with_its_first_message_and_an_unknown_one_is_refused() {
    let ingest = ingest();
    assert_eq!(push(&ingest, "k1", json!({}), "1").await.status, 200);
    for _ in 0..3 {
        assert_eq!(push(&ingest, "forged", json!({}), "2").await.status, 401);
    }
    assert_eq!(ingest.hosts.faults.calls(), 2, "one more for the unknown key");
    publish(&ingest, "k2");
    assert_eq!(push(&ingest, "k2", json!({}), "3").await.status, 200);
    assert_eq!(ingest.hosts.faults.calls(), 3);
    ingest.hosts.faults.plan([Fault::Fails]);
    assert_eq!(push(&ingest, "k3", json!({}), "4").await.status, 503, "it may exist");
    assert_eq!(push(&ingest, "k2", json!({}), "5").await.status, 200, "the cached keys stay");
}
