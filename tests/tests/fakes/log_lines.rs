//! What the fields of the worker's log lines hold: words that a query can compare.
use catchment_tests::fakes::Fault;
use catchment_tests::harness::log::RecordedLog;
use catchment_tests::harness::{TestWorker, config};
use serde_json::json;
use worker_lambda::outcome::Outcome;

#[tokio::test]
async fn the_outcome_of_a_delivery_is_a_word_and_its_reason_is_a_field_of_its_own() {
    let log = RecordedLog::start();
    for outcome in
        [Outcome::Delivered, Outcome::retry("HTTP status 503"), Outcome::reject("HTTP status 400")]
    {
        let test = TestWorker::new();
        test.destinations.answer("crm", outcome);
        test.receive_sample("docusign").await;
        test.batch().await;
    }
    let lines = log.lines("delivery");
    let logged: Vec<_> =
        lines.iter().map(|line| (line.text("outcome").unwrap(), line.text("reason"))).collect();
    let expected = [
        ("delivered", None),
        ("retry", Some("HTTP status 503")),
        ("rejected", Some("HTTP status 400")),
    ];
    assert_eq!(logged, expected);
}

#[tokio::test]
async fn an_event_that_goes_nowhere_is_logged_with_its_type() {
    for (routes, message) in
        [(json!([]), "unrouted"), (json!([{ "source": "*", "destinations": [] }]), "discarded")]
    {
        let mut config = config();
        config["routes"] = routes;
        let (log, test) = (RecordedLog::start(), TestWorker::with(config));
        test.receive_sample("docusign").await;
        test.batch().await;
        let [line] = &log.lines(message)[..] else { panic!("one line") };
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
    let [line] = &log.lines("ledger entry not updated")[..] else { panic!("one line") };
    assert_eq!(line.text("state"), Some("waiting"), "{line:?}");
}
