//! Both bootstraps under AWS's own runtime interface emulator: a start, a warm call, a timeout, a crash, and the start
//! after each; a panic in a record; and a bootstrap that cannot start.

use std::path::{Path, PathBuf};

use catchment_tests::harness::{self, http_api_event};
use catchment_tests::receiver::Receiver;
use catchment_tests::rie::Rie;
use catchment_tests::samples;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::resources::Resources;
use crate::secrecy::{Deployed, binary};

const PROVIDER: &str = "standard-webhooks";

fn dir(test: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rie-{test}"))
}

/// A webhook as API Gateway hands it over.
pub(crate) fn webhook(id: &str) -> Value {
    let (secret, body) = (harness::secret(PROVIDER), br#"{"type":"order.paid"}"#);
    let sample = samples::sign(PROVIDER, &secret, id, body, Timestamp::now()).unwrap();
    http_api_event(PROVIDER, &sample)
}

pub(crate) async fn deployed(destinations: Value) -> Deployed {
    let deployed = Deployed::new(destinations).await;
    deployed.resources.set_secret(&deployed.source_secret, &harness::secret(PROVIDER)).await;
    deployed
}

/// Invokes a function with six events, the third of which it cannot answer in time, and the fifth of which it never
/// answers, because it crashes. All others it must answer well.
async fn lives_on(rie: &Rie, events: &[Value; 6], is_good: impl Fn(&Value) -> bool) {
    let good = async |event| {
        let answer = rie.invoke(event).await.unwrap();
        assert!(is_good(&answer), "{answer}:\n{}", rie.log().unwrap());
        rie.pid().unwrap()
    };
    let first = good(&events[0]).await;
    assert_eq!(good(&events[1]).await, first, "it is warm");

    rie.signal("STOP").unwrap();
    let late = rie.invoke(&events[2]).await.unwrap();
    assert_eq!(late, json!("Task timed out after 15.00 seconds"));
    let second = good(&events[3]).await;
    assert_ne!(second, first, "a new start");

    rie.signal("STOP").unwrap();
    let crash = async {
        rie.logged("INVOKE START", 5).await.unwrap();
        rie.signal("KILL").unwrap();
    };
    let (crashed, ()) = tokio::join!(rie.invoke(&events[4]), crash);
    assert_eq!(crashed.unwrap()["errorType"], "Runtime.ExitError");
    assert_ne!(good(&events[5]).await, second, "a new start");

    // The crashed invocation has no REPORT line.
    rie.logged("REPORT RequestId", 5).await.unwrap();
    let reports = rie.reports().unwrap();
    let with_init: Vec<_> = reports.iter().map(|report| report.init.is_some()).collect();
    assert_eq!(with_init, [true, false, false, false, false], "{reports:?}");
    let log = rie.log().unwrap();
    assert_eq!(log.matches("INIT RTDONE(status: success)").count(), 3, "{log}");
    assert_eq!(log.matches("INIT REPORT(durationMs: ").count(), 3, "{log}");
}

#[tokio::test]
async fn ingest_answers_after_a_start_a_timeout_and_a_crash() {
    let deployed = deployed(json!({})).await;
    let program = binary("ingest-lambda").await;
    let rie = Rie::start(&dir("ingest"), &program, &deployed.environment()).await.unwrap();
    let events = ["1", "2", "3", "4", "5", "6"].map(webhook);
    lives_on(&rie, &events, |answer| answer["statusCode"] == 200).await;
    let stored = deployed.resources.keys().await;
    let stored = stored.iter().filter(|key| key.starts_with("events/")).count();
    assert_eq!(stored, 4, "all that were answered, and no other");
}

/// A destination that is a receiver here.
pub(crate) fn crm(receiver: &Receiver) -> Value {
    json!({ "crm": { "http": {
        "url": receiver.url(), "timeout": 1, "method": "POST", "allow_private": true,
        "reject_on": [], "retry_on": [], "headers": {},
    } } })
}

/// A record for a new event, as the event source mapping hands it over.
pub(crate) async fn batch(resources: &Resources, id: &str) -> Value {
    let answer = harness::receive(&resources.ingest(), &webhook(id), Timestamp::now()).await;
    assert_eq!(answer.status, 200);
    let message = resources.next(&resources.queue).await;
    json!({ "Records": [{
        "messageId": message.id, "receiptHandle": message.receipt, "body": message.body,
        "attributes": { "ApproximateReceiveCount": "1" }, "messageAttributes": {},
        "md5OfBody": "x", "eventSource": "aws:sqs", "eventSourceARN": resources.queue.arn,
        "awsRegion": "us-east-1",
    }] })
}

#[tokio::test]
async fn the_worker_delivers_after_a_start_a_timeout_and_a_crash() {
    let receiver = Receiver::start().await.unwrap();
    let deployed = deployed(crm(&receiver)).await;
    let mut events = Vec::new();
    for id in ["1", "2", "3", "4", "5", "6"] {
        events.push(batch(&deployed.resources, id).await);
    }
    let events = events.try_into().unwrap();
    let program = binary("worker-lambda").await;
    let rie = Rie::start(&dir("worker"), &program, &deployed.environment()).await.unwrap();
    lives_on(&rie, &events, |answer| *answer == json!({ "batchItemFailures": [] })).await;
    assert_eq!(receiver.received().len(), 4, "all that were acknowledged, and no other");
}

/// `terraform apply` shows the reason, because the new version's health event gets it.
#[tokio::test]
async fn a_bootstrap_that_cannot_start_answers_each_call_with_the_reason() {
    let batch = json!({ "Records": [] });
    for (name, event) in [("ingest-lambda", webhook("1")), ("worker-lambda", batch)] {
        let program = binary(name).await;
        let rie = Rie::start(&dir(&format!("{name}-broken")), &program, &[]).await.unwrap();
        for _ in 0..2 {
            let answer = rie.invoke(&event).await.unwrap();
            let reason = answer["errorMessage"].as_str().unwrap_or_default();
            assert!(reason.contains("the environment has no CATCHMENT_BUCKET"), "{answer}");
        }
        assert_eq!(rie.log().unwrap().matches("INIT RTDONE(status: success)").count(), 1);
    }
}

#[tokio::test]
async fn a_panic_in_a_record_returns_the_record_and_ends_neither_the_batch_nor_the_environment() {
    let program = Path::new(env!("CARGO_BIN_EXE_bootstrap-with-a-panic"));
    let rie = Rie::start(&dir("panic"), program, &[]).await.unwrap();
    let mut pids = Vec::new();
    for _ in 0..2 {
        let (received, failed) = (2, 1);
        let counted = rie.invoke(&json!({})).await.unwrap();
        assert_eq!(counted, json!([received, failed]), "{}", rie.log().unwrap());
        pids.push(rie.pid().unwrap());
    }
    assert_eq!(pids[0], pids[1], "it is warm");
    rie.logged("REPORT RequestId", 2).await.unwrap();
    assert!(rie.reports().unwrap()[1].init.is_none());
}
