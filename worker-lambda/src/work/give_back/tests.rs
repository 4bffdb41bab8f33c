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
        since: Timestamp::UNIX_EPOCH,
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
fn what_was_received_too_often_goes_in_anew() {
    assert_eq!(comes_back(None, 49, HOUR, HOUR), Return::Hidden(HOUR));
    assert_eq!(comes_back(None, 50, HOUR, HOUR), Return::Anew);
    assert_eq!(comes_back(None, 1, DAY * 4, HOUR), Return::Hidden(HOUR), "age alone is no reason");
}

/// There it would come after those that it is to precede.
#[test]
fn in_a_fifo_queue_it_keeps_its_place() {
    assert_eq!(comes_back(Some("body.id"), 99, DAY * 5, HOUR), Return::Hidden(HOUR));
}

/// Else it would be sent and received without end until it is due.
#[test]
fn what_was_received_once_is_hidden_however_few_receives_there_are() {
    let queue = Queue { max_receives: 2, ..queue(None) };
    let comes_back = |receives| {
        let now = Timestamp::UNIX_EPOCH;
        Return::of(&queue, &record(receives), now, now + HOUR)
    };
    assert_eq!((comes_back(1), comes_back(2)), (Return::Hidden(HOUR), Return::Anew));
}

#[test]
fn nothing_waits_for_longer_than_it_is_kept() {
    let late = |ordering_key, receives, age| {
        too_late(&queue(ordering_key), &record(receives), Timestamp::UNIX_EPOCH + age)
    };
    for ordering_key in [None, Some("body.id")] {
        assert_eq!(late(ordering_key, 99, DAY * 6), None);
        let told = late(ordering_key, 99, DAY * 6 + HOUR);
        assert_eq!(told.as_deref(), Some("its queue keeps it no longer"));
    }
    assert_eq!(late(Some("body.id"), 100, HOUR).as_deref(), Some("received 100 times"));
    assert_eq!(late(None, 100, HOUR), None, "elsewhere it goes in anew");
}

/// Its first records are received again and again, and all behind them with them.
#[test]
fn in_a_fifo_queue_the_receives_that_are_left_do_for_the_time_that_is_left() {
    let sooner = |ordering_key, receives| {
        let now = Timestamp::UNIX_EPOCH + DAY;
        no_sooner_than(&queue(ordering_key), &record(receives), now).duration_since(now)
    };
    assert_eq!(sooner(Some("body.id"), 49), SignedDuration::ZERO);
    assert_eq!(sooner(Some("body.id"), 50), DAY / 10, "50 receives for 5 days");
    assert_eq!(sooner(Some("body.id"), 99), DAY * 5);
    assert_eq!(sooner(None, 99), SignedDuration::ZERO);
}

#[test]
fn sqs_hides_for_whole_seconds() {
    let whole = |millis| whole_seconds(SignedDuration::from_millis(millis)).as_secs();
    assert_eq!([whole(-5000), whole(0), whole(1), whole(1000), whole(1001)], [0, 0, 1, 1, 2]);
}
