use jiff::SignedDuration;

use super::*;
use crate::admission::Deferred;
use crate::outcome::{Attempt, Outcome};
use crate::process::tests::{NOW, claimed, queue, record};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn ok() -> Result<Attempt, Deferred> {
    Ok(Outcome::Delivered.into())
}

fn fails() -> Result<Attempt, Deferred> {
    Ok(Outcome::retry("HTTP status 503").into())
}

fn fails_until(seconds: u64) -> Result<Attempt, Deferred> {
    let after = Some(Duration::from_secs(seconds));
    Ok(Outcome::Retry { after, reason: "HTTP status 429".into() }.into())
}

fn rejects() -> Result<Attempt, Deferred> {
    Ok(Outcome::reject("HTTP status 400").into())
}

fn deferred(seconds: i64) -> Result<Attempt, Deferred> {
    let until = NOW + SignedDuration::from_secs(seconds);
    Err(Deferred { until, reason: "circuit breaker open" })
}

/// An ending in one line.
fn line(ending: &Ending) -> String {
    match ending {
        Ending::Complete { completion, .. } => format!("complete: {completion:?}"),
        Ending::Retry { entry, reason, due, attempted } => {
            let seconds = due.duration_since(NOW).as_secs();
            let counted = if *attempted { "" } else { " (not an attempt)" };
            format!("retry after {seconds} s, {} made{counted}: {reason}", entry.attempts)
        }
        Ending::DeadLetter { entry, reason } => {
            format!("dead letter after {}: {reason}", entry.max_undelivered_attempts())
        }
        other => format!("{other:?}"),
    }
}

/// The ending of attempt number `attempts` of an event that is owed to `crm` and `erp`, in a message of this age.
fn after_deliveries(
    attempts: u32,
    age: SignedDuration,
    crm: Result<Attempt, Deferred>,
    erp: Result<Attempt, Deferred>,
) -> String {
    let (queue, record) = (queue(None), record(NOW - age, 1));
    let context = AttemptContext { queue: &queue, record: &record, now: NOW, jitter: 1.0 };
    let results = vec![("crm".to_owned(), crm), ("erp".to_owned(), erp)];
    line(&context.after_deliveries(claimed(attempts, &["crm", "erp"]), results))
}

#[test]
fn the_ending_after_deliveries_is_chosen_by_every_result() {
    let new = SignedDuration::ZERO;
    let old = DAY * 5 + SignedDuration::from_hours(23);
    let table = [
        (1, new, ok(), ok(), "complete: Delivered"),
        (1, new, ok(), fails(), "retry after 2 s, 1 made: erp: HTTP status 503"),
        (2, new, ok(), fails(), "retry after 4 s, 2 made: erp: HTTP status 503"),
        (
            1,
            new,
            fails(),
            fails_until(60),
            "retry after 2 s, 1 made: crm: HTTP status 503; erp: HTTP status 429",
        ),
        (1, new, ok(), fails_until(60), "retry after 60 s, 1 made: erp: HTTP status 429"),
        (1, new, ok(), rejects(), "dead letter after 1: erp: HTTP status 400"),
        (
            1,
            new,
            fails(),
            rejects(),
            "retry after 2 s, 1 made: crm: HTTP status 503; erp: HTTP status 400",
        ),
        (3, new, ok(), fails(), "dead letter after 3: erp: HTTP status 503"),
        (1, new, ok(), deferred(30), "retry after 30 s, 1 made: erp: circuit breaker open"),
        (
            1,
            new,
            deferred(20),
            deferred(30),
            "retry after 20 s, 0 made (not an attempt): crm: circuit breaker open; erp: circuit breaker open",
        ),
        (
            3,
            new,
            deferred(20),
            rejects(),
            "retry after 20 s, 3 made: crm: circuit breaker open; erp: HTTP status 400",
        ),
        (1, old, ok(), deferred(3600), "retry after 3600 s, 1 made: erp: circuit breaker open"),
        (
            1,
            old,
            ok(),
            deferred(3601),
            "dead letter after 0: erp: circuit breaker open; its queue's retention is nearly over",
        ),
    ];
    for (number, (attempts, age, crm, erp, expected)) in table.into_iter().enumerate() {
        assert_eq!(after_deliveries(attempts, age, crm, erp), expected, "row {number}");
    }
}

#[test]
fn the_ending_before_any_delivery_is_a_retry_until_the_last_attempt() {
    let table = [
        (None, 1, 1, "retry after 2 s, 1 made: no event"),
        (None, 2, 1, "retry after 4 s, 2 made: no event"),
        (None, 3, 1, "dead letter after 3: no event"),
        (None, 1, 100, "retry after 2 s, 1 made: no event"),
        (Some("body.id"), 1, 99, "retry after 2 s, 1 made: no event"),
        (Some("body.id"), 1, 100, "dead letter after 1: no event; received 100 times"),
    ];
    for (ordering_key, attempts, receives, expected) in table {
        let (queue, record) = (queue(ordering_key), record(NOW, receives));
        let context = AttemptContext { queue: &queue, record: &record, now: NOW, jitter: 1.0 };
        let ending = context.before_deliveries(claimed(attempts, &[]), "no event".into());
        assert_eq!(
            line(&ending),
            expected,
            "{ordering_key:?}, attempt {attempts}, receive {receives}"
        );
    }
}

#[test]
fn jitter_shortens_the_wait_but_not_a_retry_after() {
    let (queue, record) = (queue(None), record(NOW, 1));
    let context = AttemptContext { queue: &queue, record: &record, now: NOW, jitter: 0.0 };
    let results = vec![("crm".to_owned(), fails())];
    let ending = context.after_deliveries(claimed(3 - 1, &["crm"]), results);
    assert_eq!(line(&ending), "retry after 0 s, 2 made: crm: HTTP status 503");
    let results = vec![("crm".to_owned(), fails_until(60))];
    let ending = context.after_deliveries(claimed(3 - 1, &["crm"]), results);
    assert_eq!(line(&ending), "retry after 60 s, 2 made: crm: HTTP status 429");
}
