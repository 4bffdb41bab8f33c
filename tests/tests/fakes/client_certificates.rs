//! Sources that demand a client certificate: on which domain, with which subject, and what costs nothing before that.
use catchment_tests::harness::{QUEUE, TestIngest, config, sample_event, source_with};
use serde_json::{Value, json};

const DOMAIN: &str = "mtls.hooks.example.com";
const OTHER_DOMAIN: &str = "hooks.example.com";
const API: &str = "id.execute-api.us-east-1.amazonaws.com";
/// As in AWS's documentation of the events of an HTTP API with mutual TLS: in the certificate's order, without white
/// space after the commas.
const SUBJECT: &str = "C=US,ST=California,L=San Francisco,O=Example Inc.,CN=sender.example.com";

/// Ingest whose source `github` demands a client certificate.
fn ingest() -> TestIngest {
    let mut config = config();
    let certificate = json!({ "client_certificate": { "domain": DOMAIN, "subject": SUBJECT } });
    config["sources"]["github"] = source_with("github", &certificate);
    TestIngest::with(config)
}

/// A correctly signed event of a provider, as API Gateway hands it over on a domain, with this subject of a client
/// certificate.
fn event(ingest: &TestIngest, provider: &str, domain: &str, subject: Option<&str>) -> Value {
    let mut event = sample_event(provider, ingest.now);
    event["headers"]["host"] = json!(domain);
    event["requestContext"]["domainName"] = json!(domain);
    if let Some(subject) = subject {
        event["requestContext"]["authentication"] = json!({ "clientCert": {
            "clientCertPem": "-----BEGIN CERTIFICATE-----\nMIIEZTCCAk0CAQEwDQ\n-----END CERTIFICATE-----",
            "subjectDN": subject,
            "issuerDN": "C=US,O=Example Authority,CN=Example Authority G2",
            "serialNumber": "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
            "validity": {
                "notBefore": "May 28 12:30:02 2026 GMT", "notAfter": "Aug  5 09:36:04 2027 GMT",
            },
        } });
    }
    event
}

/// How many refused requests ingest has counted.
fn refused(ingest: &TestIngest) -> u64 {
    ingest.lines.counts().get("not accepted").copied().unwrap_or_default()
}

/// Asserts that an event is refused, without a call, and that the refusal is counted.
async fn is_refused(ingest: &TestIngest, event: &Value) {
    let counted = refused(ingest);
    let answer = ingest.receive(event).await;
    let error = json!("certificate_not_allowed");
    assert_eq!((answer.status, &answer.body["error"]), (403, &error), "{event}");
    assert_eq!(refused(ingest), counted + 1);
    assert_eq!(ingest.secrets.faults.calls(), 0, "no secret is fetched");
    assert!(ingest.store.keys().is_empty(), "nothing is stored");
    assert_eq!(ingest.queue.depth(QUEUE), 0, "nothing is queued");
}

#[tokio::test]
async fn the_demanded_certificate_on_the_domain_of_mutual_tls_is_accepted() {
    let ingest = ingest();
    let answer = ingest.receive(&event(&ingest, "github", DOMAIN, Some(SUBJECT))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(ingest.queue.depth(QUEUE), 1);
}

#[tokio::test]
async fn another_subject_is_refused_before_anything_is_fetched() {
    let ingest = ingest();
    for subject in [
        "C=US,O=Stranger Inc.,CN=stranger.example.com".to_owned(),
        SUBJECT.to_lowercase(),
        SUBJECT.replace(',', ", "),
        SUBJECT.split(',').rev().collect::<Vec<_>>().join(","),
        format!(" {SUBJECT}"),
        format!("{SUBJECT} "),
        format!("{SUBJECT},CN=stranger.example.com"),
        "CN=sender.example.com".to_owned(),
        String::new(),
    ] {
        is_refused(&ingest, &event(&ingest, "github", DOMAIN, Some(&subject))).await;
    }
}

#[tokio::test]
async fn without_a_certificate_a_request_is_refused() {
    let ingest = ingest();
    let mut unknown = event(&ingest, "github", DOMAIN, None);
    is_refused(&ingest, &unknown).await;
    for authentication in [json!(null), json!({}), json!({ "clientCert": null })] {
        unknown["requestContext"]["authentication"] = authentication;
        is_refused(&ingest, &unknown).await;
    }
    // Headers by which other gateways hand over a certificate are the sender's own here.
    for header in ["x-amzn-mtls-clientcert-subject", "x-ssl-client-s-dn", "x-client-cert-subject"] {
        unknown["headers"][header] = json!(SUBJECT);
    }
    is_refused(&ingest, &unknown).await;
}

#[tokio::test]
async fn on_any_other_domain_a_request_is_refused_whatever_its_host_header_says() {
    let ingest = ingest();
    for domain in [API, OTHER_DOMAIN] {
        for subject in [None, Some(SUBJECT)] {
            let mut forged = event(&ingest, "github", domain, subject);
            is_refused(&ingest, &forged).await;
            forged["headers"]["host"] = json!(DOMAIN);
            forged["headers"]["x-forwarded-host"] = json!(DOMAIN);
            forged["headers"]["forwarded"] = json!(format!("host={DOMAIN}"));
            is_refused(&ingest, &forged).await;
        }
    }
    let mut nameless = event(&ingest, "github", DOMAIN, Some(SUBJECT));
    nameless["requestContext"].as_object_mut().unwrap().remove("domainName");
    is_refused(&ingest, &nameless).await;
}

#[tokio::test]
async fn a_handshake_is_refused_as_an_event_is() {
    let mut config = config();
    let more = json!({
        "client_certificate": { "domain": DOMAIN, "subject": SUBJECT },
        "handshakes": [{
            "title": "ping", "method": "GET", "when": [{ "query": "ping" }], "verified": false,
            "reply": { "text": "pong" },
        }],
    });
    config["sources"]["github"] = source_with("github", &more);
    let ingest = TestIngest::with(config);
    let ping = |domain, subject| {
        let mut event = event(&ingest, "github", domain, subject);
        event["requestContext"]["http"]["method"] = json!("GET");
        event["rawQueryString"] = json!("ping=1");
        event["queryStringParameters"] = json!({ "ping": "1" });
        event
    };
    is_refused(&ingest, &ping(API, None)).await;
    is_refused(&ingest, &ping(DOMAIN, None)).await;
    let answer = ingest.receive(&ping(DOMAIN, Some(SUBJECT))).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "pong"));
}

#[tokio::test]
async fn a_source_that_demands_no_certificate_is_reached_on_every_domain() {
    let subject = Some("C=US,O=Stranger Inc.,CN=stranger.example.com");
    for (domain, subject) in [(API, None), (OTHER_DOMAIN, None), (DOMAIN, subject)] {
        let ingest = ingest();
        let answer = ingest.receive(&event(&ingest, "stripe", domain, subject)).await;
        assert_eq!(answer.status, 200, "{domain}: {answer:?}");
    }
}

#[tokio::test]
async fn a_valid_certificate_does_not_replace_the_signature() {
    let ingest = ingest();
    let mut unsigned = event(&ingest, "github", DOMAIN, Some(SUBJECT));
    unsigned["headers"].as_object_mut().unwrap().remove("x-hub-signature-256");
    let answer = ingest.receive(&unsigned).await;
    assert_eq!((answer.status, &answer.body["error"]), (401, &json!("signature_missing")));
}

/// How API Gateway writes an unusual subject is not documented, so that an operator copies it from the log.
#[tokio::test]
async fn the_log_says_which_subject_or_domain_was_refused() {
    let ingest = ingest();
    ingest.receive(&event(&ingest, "github", DOMAIN, Some("C=US,CN=stranger"))).await;
    ingest.receive(&event(&ingest, "github", DOMAIN, None)).await;
    ingest.receive(&event(&ingest, "github", API, None)).await;
    let lines = ingest.lines.lines("not accepted");
    let reasons: Vec<_> = lines.iter().map(|line| line.text("reason").unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "client certificate not allowed: its subject is C=US,CN=stranger",
            "client certificate not allowed: there is none",
            "client certificate not allowed: \
             the request came to \"id.execute-api.us-east-1.amazonaws.com\", where none is demanded",
        ]
    );
}
