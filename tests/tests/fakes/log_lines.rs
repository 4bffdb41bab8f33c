//! Each event is one log line in each Lambda. What its fields hold: words that a query can compare.

use catchment::cost::estimate::assumed;
use catchment_tests::fakes::Fault;
use catchment_tests::harness::log::RecordedLog;
use catchment_tests::harness::{RecordedLines, TestWorker, config, counts};
use catchment_tests::lambda_log::Line;
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;

/// The one line with a message.
fn one(mut lines: Vec<Line>) -> Line {
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[tokio::test]
async fn a_webhook_is_one_line_in_each_lambda_and_nothing_is_logged_besides() {
    let (log, test) = (RecordedLog::start(), TestWorker::new());
    test.receive_sample("github").await;
    test.batch().await;
    assert_eq!(test.ingest.lines.counts(), counts([("accepted", 1)]));
    assert_eq!(test.lines.counts(), counts([("delivered", 1)]));
    assert_eq!(log.all(), Vec::<Value>::new());
    let (accepted, delivered) =
        (one(test.ingest.lines.lines("accepted")), one(test.lines.lines("delivered")));
    for field in [
        "source",
        "event_id",
        "event_type",
        "s3_key",
        "secret",
        "fingerprint",
        "status",
        "verify_ms",
        "store_ms",
        "enqueue_ms",
    ] {
        assert!(accepted.has(field), "{field}: {accepted:?}");
    }
    assert_eq!(delivered.text("source"), accepted.text("source"));
    assert_eq!(delivered.text("event_id"), accepted.text("event_id"));
    let mut destinations: Vec<_> = delivered.deliveries().collect();
    destinations.sort_by_key(|it| it.text("destination").map(str::to_owned));
    let destinations: Vec<_> = destinations.iter().map(|it| it.text("destination")).collect();
    assert_eq!(destinations, [Some("bus"), Some("crm")]);
    assert!(
        delivered.deliveries().all(|it| it.has("took_ms") && it.number("attempt") == Some(1.0))
    );
}

/// What `catchment cost` assumes of each line, with the 26 bytes that CloudWatch adds.
#[tokio::test]
async fn the_lines_of_a_webhook_are_as_long_as_the_calculator_assumes() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    test.batch().await;
    let bytes = |lines: &RecordedLines| lines.bytes().iter().map(|line| line + 26).sum::<usize>();
    let delivered = one(test.lines.lines("delivered"));
    let deliveries = delivered.deliveries().count();
    #[allow(clippy::cast_precision_loss, reason = "a line has no 2^52 bytes")]
    let measured = [
        (bytes(&test.ingest.lines) as f64, assumed::INGEST_LINE),
        (
            bytes(&test.lines) as f64,
            assumed::WORKER_LINE + assumed::DELIVERY_IN_LINE * deliveries as f64,
        ),
    ];
    for (measured, assumed) in measured {
        assert!((assumed - 40.0..=assumed + 5.0).contains(&measured), "{measured}, not {assumed}");
    }
}

#[tokio::test]
async fn the_outcome_of_a_delivery_is_a_word_and_its_reason_is_a_field_of_its_own() {
    for (outcome, message, logged) in [
        (Outcome::Delivered, "delivered", ("delivered", None)),
        (Outcome::retry("HTTP status 503"), "retry", ("retry", Some("HTTP status 503"))),
        (Outcome::reject("HTTP status 400"), "dead letter", ("rejected", Some("HTTP status 400"))),
    ] {
        let test = TestWorker::new();
        test.destinations.answer("crm", outcome);
        test.receive_sample("docusign").await;
        test.batch().await;
        let line = one(test.lines.lines(message));
        let crm = line.deliveries().find(|it| it.text("destination") == Some("crm")).unwrap();
        assert_eq!((crm.text("outcome").unwrap(), crm.text("reason")), logged);
    }
}

#[tokio::test]
async fn an_event_that_goes_nowhere_is_logged_with_its_type() {
    for (routes, message) in
        [(json!([]), "unrouted"), (json!([{ "source": "*", "destinations": [] }]), "discarded")]
    {
        let mut config = config();
        config["routes"] = routes;
        let test = TestWorker::with(config);
        test.receive_sample("docusign").await;
        test.batch().await;
        let line = one(test.lines.lines(message));
        assert_eq!(line.text("event_type"), Some("envelope-completed"), "{line:?}");
    }
}

#[tokio::test]
async fn a_failed_write_to_the_ledger_is_logged_with_the_state_as_a_word() {
    let (log, test) = (RecordedLog::start(), TestWorker::new());
    test.destinations.answer("crm", Outcome::retry("HTTP status 503"));
    test.receive_sample("docusign").await;
    test.ledger.faults.plan([Fault::None, Fault::Fails]);
    test.batch().await;
    let line = one(log.lines("ledger entry not updated"));
    assert_eq!(line.text("state"), Some("waiting"), "{line:?}");
}

/// Otherwise nobody could see that a destination has an event twice.
#[tokio::test]
async fn a_delivery_that_is_not_noted_is_logged_all_the_same() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    test.ledger.faults.plan([Fault::None, Fault::Fails]);
    test.batch().await;
    let line = one(test.lines.lines("not settled"));
    assert!(line.deliveries().all(|it| it.text("outcome") == Some("delivered")), "{line:?}");
    assert_eq!(test.lines.counts(), counts([("not settled", 1)]));
}
