//! Invariant 6: a duplicate has no second effect.

use catchment_tests::samples;
use futures_util::future::join_all;

use crate::deployment::{SOON, test};

/// Docusign's retry differs from the first request in `retryCount`, and thus in its signature.
#[test]
fn docusigns_retry_is_delivered_once() {
    test(async |deployment| {
        let first = samples::body("docusign").unwrap().to_vec();
        let text = String::from_utf8(first.clone()).unwrap();
        let retry = text.replace(r#""retryCount":0"#, r#""retryCount":1"#).into_bytes();
        assert_ne!(retry, first);
        let first = deployment.send("again", "", &first).await;
        let delivery = deployment.delivered("crm", first.id(), 1).await.remove(0);
        let second = deployment.send("again", "", &retry).await;
        assert_eq!(deployment.stored("again", second.id()).await.body, retry, "it is evidence too");
        deployment.drained("default").await;
        assert_eq!(deployment.deliveries_with(delivery.header("webhook-id").unwrap()), 1);
        assert_eq!(deployment.stack.stored_keys("again").await.unwrap().len(), 2);
    });
}

#[test]
fn the_same_event_ten_times_at_once_is_delivered_once() {
    test(async |deployment| {
        let sample = deployment.sign("ten", "", br#"{"id":"evt_ten","type":"charge.failed"}"#);
        let answers = join_all((0..10).map(|_| deployment.post("ten", &sample))).await;
        let ids: Vec<&str> = answers.iter().map(|answer| answer.id()).collect();
        assert_eq!(deployment.stack.stored_keys("ten").await.unwrap().len(), 10);
        let stored = deployment.stored("ten", ids[0]).await;
        let ledger_key = stored.json["ledger_key"].as_str().unwrap();
        deployment.stack.ledger_says(ledger_key, "complete", SOON).await.unwrap();
        deployment.drained("default").await;
        let received = deployment.receiver.received();
        let of_it = received.iter().filter(|got| got.header("ce-source") == Some("/ten"));
        assert_eq!(of_it.count(), 1);
    });
}
