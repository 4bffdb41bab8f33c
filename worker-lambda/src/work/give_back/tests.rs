use serde_json::json;

use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn queue(ordering_key: Option<&str>) -> Queue {
    let queue = json!({
        "url": "u", "arn": "a", "dead_letter_url": "d", "max_attempts": 8,
        "backoff": { "base": 2, "factor": 2, "cap": 900 }, "max_receives": 100,
        "retention": 604_800, "maximum_concurrency": 10, "ordering_key": ordering_key,
    });
    serde_json::from_value(queue).unwrap()
}

fn record(receives: u32) -> Record {
    Record {
        message_id: "m".into(),
        receipt: "r".into(),
        queue_arn: "a".into(),
        body: String::new(),
        receives,
        sent_at: Timestamp::UNIX_EPOCH,
        group: None,
    }
}

/// How a message comes back that is of this age and not due for so long.
fn comes_back(
    ordering_key: Option<&str>,
    receives: u32,
    age: SignedDuration,
    wait: SignedDuration,
) -> Return {
    let now = Timestamp::UNIX_EPOCH + age;
    Return::of(&queue(ordering_key), &record(receives), now, now + wait)
}

#[test]
fn what_has_time_is_hidden() {
    assert_eq!(comes_back(None, 1, HOUR, HOUR), Return::Hidden(HOUR));
    assert_eq!(
        comes_back(None, 1, HOUR, SignedDuration::ZERO),
        Return::Hidden(SignedDuration::ZERO)
    );
}

#[test]
fn nothing_is_hidden_beyond_half_of_the_retention() {
    assert_eq!(comes_back(None, 1, DAY * 3, HOUR * 11), Return::Hidden(HOUR * 11));
    assert_eq!(comes_back(None, 1, DAY * 3 + HOUR * 10, HOUR * 11), Return::Hidden(HOUR * 2));
    assert_eq!(
        comes_back(Some("body.id"), 1, DAY * 3 + HOUR * 10, HOUR * 11),
        Return::Hidden(HOUR * 2)
    );
}

#[test]
fn what_is_worn_by_time_or_receives_goes_in_anew() {
    assert_eq!(comes_back(None, 1, DAY * 3 + HOUR * 12, HOUR), Return::Anew);
    assert_eq!(comes_back(None, 49, HOUR, HOUR), Return::Hidden(HOUR));
    assert_eq!(comes_back(None, 50, HOUR, HOUR), Return::Anew);
}

/// There it would come after those that it is to precede.
#[test]
fn in_a_fifo_queue_it_keeps_its_place() {
    assert_eq!(comes_back(Some("body.id"), 99, DAY * 5, HOUR), Return::Hidden(HOUR));
}

#[test]
fn in_a_fifo_queue_nothing_waits_for_longer_than_it_is_kept() {
    let lasts = |ordering_key, receives, age| {
        lasts_until(&queue(ordering_key), &record(receives), Timestamp::UNIX_EPOCH + age)
    };
    assert!(lasts(Some("body.id"), 99, DAY * 6));
    assert!(!lasts(Some("body.id"), 99, DAY * 6 + HOUR));
    assert!(!lasts(Some("body.id"), 100, HOUR));
    assert!(lasts(None, 1000, DAY * 60), "elsewhere it goes in anew");
}

#[test]
fn sqs_hides_for_whole_seconds() {
    let whole = |millis| whole_seconds(SignedDuration::from_millis(millis)).as_secs();
    assert_eq!([whole(-5000), whole(0), whole(1), whole(1000), whole(1001)], [0, 0, 1, 1, 2]);
}
