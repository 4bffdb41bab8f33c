//! What a webhook leaves in the logs: both binaries run, and everything that they write is counted.

use catchment_tests::harness::http_api_event;
use catchment_tests::receiver::Receiver;
use catchment_tests::samples::{self, Sample};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::secrecy::logs::{Deployed, SECRET};

const WEBHOOKS: usize = 10;

fn event(n: usize) -> Value {
    let body = format!(r#"{{"type":"envelope-completed","n":{n}}}"#).into_bytes();
    let at = Timestamp::now();
    let id = format!("msg_{n}");
    let headers = samples::sign("standard-webhooks", SECRET, &id, &body, at).unwrap().headers;
    http_api_event("standard-webhooks", &Sample { headers, body })
}

fn is_one_short_line_each(what: &str, log: &str) {
    assert_eq!(log.lines().count(), WEBHOOKS, "{what}: {log}");
    assert!(log.lines().all(|line| line.len() < 450), "{what}: {log}");
}

#[tokio::test]
async fn a_webhook_is_one_short_line_in_each_lambda() {
    let receiver = Receiver::start().await.unwrap();
    let deployed = Deployed::new(json!({ "crm": { "http": {
        "url": receiver.url(), "timeout": 3, "method": "POST", "allow_private": true, "reject_on": [], "retry_on": [],
        "headers": {},
    } } }))
    .await;
    let resources = &deployed.resources;
    resources.set_secret(&deployed.source_secret, SECRET).await;
    let mut ingest = deployed.start("ingest-lambda", "INFO").await;
    for n in 0..WEBHOOKS {
        let answer = ingest.invoke(&event(n)).await;
        assert!(!answer.failed && answer.body.contains("200"), "{answer:?}");
    }
    is_one_short_line_each("ingest", &ingest.end().await);
    let mut records = Vec::new();
    // SQS may hand out fewer messages than there are.
    for _ in 0..10 * WEBHOOKS {
        let messages = resources.receive(&resources.queue).await;
        records.extend(messages.into_iter().map(|message| json!({
            "messageId": message.id, "receiptHandle": message.receipt, "body": message.body, "attributes": {},
            "messageAttributes": {}, "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": resources.queue.arn,
            "awsRegion": "us-east-1",
        })));
    }
    let mut worker = deployed.start("worker-lambda", "INFO").await;
    let answer = worker.invoke(&json!({ "Records": records })).await;
    assert!(!answer.failed, "{answer:?}");
    is_one_short_line_each("worker", &worker.end().await);
    assert_eq!(receiver.received().len(), WEBHOOKS);
}
