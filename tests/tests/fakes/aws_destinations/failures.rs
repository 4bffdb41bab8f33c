//! The outcome of a delivery to a service that fails, on raw servers: no emulator fails like this.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use catchment_tests::harness::destination::{SECRET, TestDestination, delivery, retry_reason};
use catchment_tests::raw_server::RawServer;
use serde_json::{Value, json};
use tokio::time::Instant;
use worker_lambda::outcome::{Attempt, Outcome};
use worker_lambda::process::CALL_TIMEOUTS;

/// The answers of a service, by a word in the head of the call.
type Answers = &'static [(&'static str, &'static str, &'static str, &'static str)];

/// A service that gives these answers, and the heads of all calls.
async fn service(answers: Answers) -> (RawServer, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let calls = Arc::clone(&heads);
    let server = RawServer::start(move |_, mut connection| {
        let calls = Arc::clone(&calls);
        async move {
            loop {
                let head = connection.message().await?.head;
                let answer = answers.iter().find(|(word, ..)| head.contains(word));
                let (_, status, headers, body) = answer.expect("a call that has an answer");
                calls.lock().unwrap().push(head);
                connection.answer(status, headers, body.as_bytes()).await?;
            }
        }
    });
    (server.await.unwrap(), heads)
}

async fn tried(it: Value, answers: Answers) -> Attempt {
    let (service, _) = service(answers).await;
    let it = TestDestination::new(&service.url(), it).unwrap();
    it.deliver(&delivery()).await
}

fn function() -> Value {
    let arn = "arn:aws:lambda:eu-west-1:000000000000:function:f:live";
    json!({ "lambda": { "arn": arn, "inline_limit": 262_144 } })
}

fn queue() -> Value {
    json!({ "sqs": {
        "arn": "arn:aws:sqs:eu-west-1:000000000000:q", "url": "https://sqs.example/000000000000/q",
        "ordering_key": null, "inline_limit": 262_144,
    } })
}

fn bus() -> Value {
    let arn = "arn:aws:events:eu-west-1:000000000000:event-bus/b";
    json!({ "eventbridge": { "bus": arn, "inline_limit": 262_144 } })
}

#[tokio::test]
async fn a_function_that_is_throttled_is_tried_again_when_lambda_says() {
    let throttled = tried(
        function(),
        &[(
            "/invocations",
            "429 Too Many Requests",
            "x-amzn-errortype: TooManyRequestsException\r\nretry-after: 7\r\n",
            r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}"#,
        )],
    );
    let throttled = throttled.await;
    let after = Some(Duration::from_secs(7));
    let expected = Outcome::Retry { after, reason: "TooManyRequestsException".to_owned() };
    assert_eq!((throttled.outcome, throttled.status), (expected, Some(429)));
}

#[tokio::test]
async fn an_event_that_a_function_cannot_accept_is_rejected_and_not_quoted() {
    const UNREADABLE: Answers = &[(
        "/invocations",
        "400 Bad Request",
        "x-amzn-errortype: InvalidRequestContentException\r\n",
        r#"{"message":"Could not parse 'hunter2'"}"#,
    )];
    const TOO_LARGE: Answers = &[(
        "/invocations",
        "413 Too Large",
        "x-amzn-errortype: RequestTooLargeException\r\n",
        r#"{"message":"hunter2 is too large"}"#,
    )];
    for (answers, code, status) in [
        (UNREADABLE, "InvalidRequestContentException", 400),
        (TOO_LARGE, "RequestTooLargeException", 413),
    ] {
        let tried = tried(function(), answers).await;
        assert_eq!((tried.outcome, tried.status), (Outcome::reject(code), Some(status)));
    }
}

#[tokio::test]
async fn a_queue_without_permission_to_send_is_retried_and_the_reason_names_the_permission() {
    let denied = tried(
        queue(),
        &[(
            "SendMessage",
            "403 Forbidden",
            "content-type: application/x-amz-json-1.0\r\nx-amzn-query-error: AccessDenied;Sender\r\n",
            r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"worker is not authorized to perform: sqs:sendmessage"}"#,
        )],
    );
    let denied = denied.await;
    let told = retry_reason(&denied);
    assert!(told.starts_with("AccessDenied"), "{told}");
    assert!(told.ends_with(": worker is not authorized to perform: sqs:sendmessage"), "{told}");
    assert_eq!(denied.status, Some(403));
}

#[tokio::test]
async fn an_event_that_a_queue_cannot_accept_is_rejected_and_not_quoted() {
    let refused = tried(
        queue(),
        &[(
            "SendMessage",
            "400 Bad Request",
            "content-type: application/x-amz-json-1.0\r\n",
            r#"{"__type":"com.amazonaws.sqs#InvalidMessageContents","message":"hunter2 has characters"}"#,
        )],
    );
    assert_eq!(refused.await.outcome, Outcome::reject("InvalidMessageContents"));
}

/// Every answer to `PutEvents` here has status 200.
#[tokio::test]
async fn an_entry_that_a_bus_does_not_take_has_the_outcome_of_its_code() {
    const FOUND: (&str, &str, &str, &str) = ("DescribeEventBus", "200 OK", "", "{\"Name\":\"b\"}");
    let throttled = tried(
        bus(),
        &[
            FOUND,
            (
                "PutEvents",
                "200 OK",
                "",
                r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"hunter2"}]}"#,
            ),
        ],
    );
    assert_eq!(throttled.await.outcome, Outcome::retry("ThrottlingException"));
    let failed = tried(
        bus(),
        &[
            FOUND,
            (
                "PutEvents",
                "200 OK",
                "",
                r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"hunter2"}]}"#,
            ),
        ],
    );
    assert_eq!(failed.await.outcome, Outcome::retry("InternalFailure"));
    let malformed = tried(
        bus(),
        &[
            FOUND,
            (
                "PutEvents",
                "200 OK",
                "",
                r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"hunter2"}]}"#,
            ),
        ],
    );
    assert_eq!(malformed.await.outcome, Outcome::reject("MalformedDetail"));
    let unsaid = tried(
        bus(),
        &[FOUND, ("PutEvents", "200 OK", "", r#"{"FailedEntryCount":1,"Entries":[{}]}"#)],
    );
    assert!(matches!(unsaid.await.outcome, Outcome::Retry { .. }));
}

/// A worker without permission to describe a bus, such as one of another account, may still be allowed to put events
/// on it.
#[tokio::test]
async fn a_bus_is_looked_for_once_and_taken_for_there_unless_it_is_known_to_be_missing() {
    let (service, heads) = service(&[
        (
            "DescribeEventBus",
            "400 Bad Request",
            "",
            r#"{"__type":"AccessDeniedException","message":"no events:DescribeEventBus"}"#,
        ),
        ("PutEvents", "200 OK", "", r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#),
    ])
    .await;
    let it = TestDestination::new(&service.url(), bus()).unwrap();
    for _ in 0..3 {
        assert_eq!(it.deliver(&delivery()).await.outcome, Outcome::Delivered);
    }
    let heads = heads.lock().unwrap();
    let calls = |name: &str| heads.iter().filter(|head| head.contains(name)).count();
    assert_eq!((calls("DescribeEventBus"), calls("PutEvents")), (1, 3));
    let in_region = |head: &&String| head.contains("/eu-west-1/events/aws4_request");
    assert_eq!(heads.iter().filter(in_region).count(), 4, "in the region of the bus");
}

#[tokio::test]
async fn a_service_that_never_answers_times_out_and_is_retried() {
    for it in [function(), queue(), bus()] {
        let service = RawServer::start(|_, mut connection| async move { connection.hang().await });
        let service = service.await.unwrap();
        let it = TestDestination::new(&service.url(), it).unwrap();
        let start = Instant::now();
        assert_eq!(retry_reason(&it.deliver(&delivery()).await), "timed out");
        let longest = it.longest_timeout();
        assert!(
            longest >= CALL_TIMEOUTS.operation
                && start.elapsed() < longest + Duration::from_secs(2)
        );
    }
}

/// The bus is described, and then sent to: together they take no longer than one call may.
#[tokio::test]
async fn a_bus_that_is_slow_twice_times_out_within_the_limit() {
    let slow = RawServer::start(|_, mut connection| async move {
        connection.message().await?;
        tokio::time::sleep(Duration::from_millis(1800)).await;
        connection.answer("200 OK", "", b"{}").await?;
        connection.hang().await
    });
    let slow = slow.await.unwrap();
    let it = TestDestination::new(&slow.url(), bus()).unwrap();
    let start = Instant::now();
    assert_eq!(retry_reason(&it.deliver(&delivery()).await), "timed out");
    let took = start.elapsed();
    assert!(took < CALL_TIMEOUTS.operation + Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn a_service_that_is_unreachable_or_not_aws_is_retried() {
    for it in [function(), queue(), bus()] {
        let nowhere = TestDestination::new("http://127.0.0.1:1", it.clone()).unwrap();
        let tried = nowhere.deliver(&delivery()).await;
        assert!(retry_reason(&tried).starts_with("connection failed: "), "{tried:?}");
        let odd = RawServer::start(|_, mut connection| async move {
            connection.message().await?;
            connection.answer("503 Busy", "", SECRET.as_bytes()).await
        });
        let odd = odd.await.unwrap();
        let tried = TestDestination::new(&odd.url(), it).unwrap().deliver(&delivery()).await;
        assert_eq!((retry_reason(&tried), tried.status), ("HTTP status 503", Some(503)));
    }
}
