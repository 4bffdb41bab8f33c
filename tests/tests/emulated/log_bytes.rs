//! What a webhook costs in log lines: both binaries run, and what they write is measured.

use catchment_tests::fakes::MemoryHosts;
use catchment_tests::harness::http_api_event;
use catchment_tests::receiver::Receiver;
use catchment_tests::samples::{self, Sample};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::secrecy::logs::{Deployed, SECRET, SIGNING_SECRET};

/// What CloudWatch Logs adds to each line when it bills it.
const OVERHEAD: usize = 26;

fn event(n: u32) -> Value {
    let body = format!(r#"{{"type":"envelope-completed","n":{n}}}"#).into_bytes();
    let at = Timestamp::now();
    let id = format!("msg_{n}");
    let headers = samples::sign("standard-webhooks", SECRET, &id, &body, at).unwrap().headers;
    http_api_event("standard-webhooks", &Sample { headers, body })
}

fn measure(what: &str, log: &str, webhooks: usize) {
    let (lines, bytes) =
        (log.lines().count(), log.lines().map(|it| it.len() + OVERHEAD).sum::<usize>());
    println!(
        "{what}: {} lines and {} bytes a webhook",
        lines as f64 / webhooks as f64,
        bytes / webhooks
    );
    for line in log.lines().take(4) {
        println!("  {line}");
    }
}

#[tokio::test]
async fn measured() {
    let receiver = Receiver::start().await.unwrap();
    let deployed = Deployed::new(json!({ "crm": { "http": {
        "url": receiver.url(), "timeout": 3, "method": "POST", "allow_private": true, "reject_on": [], "retry_on": [],
        "headers": {},
    } } }))
    .await;
    let resources = &deployed.resources;
    resources.set_secret(&deployed.source_secret, SECRET).await;
    let _ = SIGNING_SECRET;
    let _ = MemoryHosts::default();
    let mut ingest = deployed.start("ingest-lambda", "INFO").await;
    for n in 0..20 {
        let answer = ingest.invoke(&event(n)).await;
        assert!(!answer.failed && answer.body.contains("200"), "{answer:?}");
    }
    measure("ingest", &ingest.end().await, 20);
    let mut records = Vec::new();
    for _ in 0..20 {
        let message = resources.next(&resources.queue).await;
        records.push(json!({
            "messageId": message.id, "receiptHandle": message.receipt, "body": message.body, "attributes": {},
            "messageAttributes": {}, "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": resources.queue.arn,
            "awsRegion": "us-east-1",
        }));
    }
    let mut worker = deployed.start("worker-lambda", "INFO").await;
    for record in &records[..10] {
        let answer = worker.invoke(&json!({ "Records": [record] })).await;
        assert!(!answer.failed, "{answer:?}");
    }
    measure("worker, batches of 1", &worker.end().await, 10);
    let mut worker = deployed.start("worker-lambda", "INFO").await;
    let answer = worker.invoke(&json!({ "Records": records[10..] })).await;
    assert!(!answer.failed, "{answer:?}");
    measure("worker, a batch of 10", &worker.end().await, 10);
    assert_eq!(receiver.received().len(), 20);
}
