//! What comes in correctly signed is stored and delivered byte for byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::receiver::Received;
use catchment_tests::samples;
use catchment_tests::stack::StoredEvent;

use crate::deployment::{Deployment, SOON, test};

/// Sends a body to a source, and returns how it is stored and how it was delivered, having seen that
/// it stayed the same and that the ledger has it complete after one attempt.
async fn goes_through(
    deployment: &Deployment,
    source: &str,
    id: &str,
    body: &[u8],
    content_type: &str,
) -> (StoredEvent, Received) {
    let mut sample = deployment.sign(source, id, body);
    for (name, value) in &mut sample.headers {
        if name == "Content-Type" {
            content_type.clone_into(value);
        }
    }
    let answer = deployment.post(source, &sample).await;
    let event = answer.id();
    let stored = deployment.stored(source, event).await;
    assert!(stored.body == body, "{source}: stored as it was sent");
    for (name, value) in &sample.headers {
        assert_eq!(stored.json["headers"][name.to_ascii_lowercase()], **value, "{source}: {name}");
    }
    let delivery = deployment.delivered("crm", event, 1).await.remove(0);
    assert!(delivery.body == body, "{source}: delivered as it was sent");
    assert_eq!(delivery.header("content-type"), Some(content_type), "{source}");
    let ledger_key = stored.json["ledger_key"].as_str().unwrap();
    let entry = deployment.stack.ledger_says(ledger_key, "complete", SOON).await.unwrap();
    assert_eq!((entry.attempts, entry.done), (1, vec!["crm".to_owned()]), "{source}");
    (stored, delivery)
}

#[test]
fn a_webhook_of_every_provider_is_stored_and_delivered_as_it_was_signed() {
    test(async |deployment| {
        for (provider, event_type) in [
            ("docusign", "envelope-completed"),
            ("github", "push"),
            ("hmac", "webhook"),
            ("signbee", "document.signed"),
            ("standard-webhooks", "contact.created"),
            ("stripe", "payment_intent.succeeded"),
            ("svix", "contact.created"),
        ] {
            let body = samples::body(provider).unwrap();
            let way = goes_through(deployment, provider, "way-1", body, "application/json");
            let (stored, delivery) = way.await;
            assert_eq!(stored.json["verification"]["provider"], provider);
            let header = |name: &str| delivery.header(name).unwrap_or_default().to_owned();
            assert_eq!(header("ce-specversion"), "1.0");
            assert_eq!(header("ce-id"), header("webhook-id"));
            assert_eq!(header("ce-source"), format!("/{provider}"));
            assert_eq!(header("ce-type"), event_type, "{provider}");
            assert_eq!(stored.json["id"], *header("ce-eventid"));
            assert_eq!(stored.json["received_at"], *header("ce-time"));
        }
    });
}

#[test]
fn forms_and_binary_bodies_survive() {
    test(async |deployment| {
        let form = "payload=%7B%22a%22%3A%22%C3%BC%22%7D&plus=a+b&empty=".as_bytes();
        let form_type = "application/x-www-form-urlencoded";
        goes_through(deployment, "hmac", "", form, form_type).await;
        let bytes: Vec<u8> = (0..=255).rev().chain([0, 0, 255]).collect();
        let (stored, _) =
            goes_through(deployment, "hmac", "", &bytes, "application/octet-stream").await;
        assert_eq!(stored.json["body_encoding"], "base64");
    });
}

/// Docusign can be configured to send the signed documents along.
#[test]
fn an_envelope_of_4_mb_goes_through() {
    test(async |deployment| {
        let document: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let body = format!(
            r#"{{"event":"envelope-completed","generatedDateTime":"4 MB","data":{{"accountId":"a","envelopeId":"e","envelopeSummary":{{"envelopeDocuments":[{{"name":"Größe.pdf","PDFBytes":"{}"}}]}}}}}}"#,
            STANDARD.encode(document)
        );
        assert!(body.len() > 4_000_000);
        goes_through(deployment, "docusign", "", body.as_bytes(), "application/json").await;
    });
}

/// How long a destination waits after the sender has its answer.
#[test]
fn delivery_follows_the_answer_soon() {
    test(async |deployment| {
        let mut waits = Vec::new();
        for n in 0..10 {
            let answer = deployment.send("github", &format!("soon-{n}"), b"{}").await;
            deployment.delivered("crm", answer.id(), 1).await;
            waits.push(answer.at.elapsed());
        }
        waits.sort();
        let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
        eprintln!("from answer to delivery: median {median:.0?}, longest {longest:.0?}");
        assert!(longest < SOON / 6, "{waits:?}");
    });
}

/// The stack has Object Lock. Nothing but events is locked: what an apply replaces must stay replaceable.
#[test]
fn an_event_is_locked_and_the_configuration_is_not() {
    test(async |deployment| {
        let body = samples::body("github").unwrap();
        let event = goes_through(deployment, "github", "lock-1", body, "application/json").await.0;
        let (s3, bucket) = (&deployment.stack.clients.s3, &deployment.stack.outputs.bucket);
        let head = async |key: &str| s3.head_object().bucket(bucket).key(key).send().await.unwrap();
        let head_of_event = head(&event.s3_key).await;
        assert_eq!(head_of_event.object_lock_mode().unwrap().as_str(), "GOVERNANCE");
        let received: jiff::Timestamp =
            event.json["received_at"].as_str().unwrap().parse().unwrap();
        let until = head_of_event.object_lock_retain_until_date().unwrap().secs();
        assert_eq!(until, received.as_second() + 24 * 3600);
        assert_eq!(head("config/catchment.json").await.object_lock_mode(), None);
    });
}
