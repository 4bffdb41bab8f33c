use super::*;
use crate::process::tests::{NOW, queue};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn record(receives: u32) -> Record {
    crate::process::tests::record(NOW, receives)
}

/// How a message of this age comes back whose event is due after `wait`.
fn comes_back(
    ordering_key: Option<&str>,
    receives: u32,
    age: SignedDuration,
    wait: SignedDuration,
) -> Redelivery {
    let now = Timestamp::UNIX_EPOCH + age;
    Redelivery::of(&queue(ordering_key), &record(receives), now, now + wait)
}

#[test]
fn a_message_is_hidden_until_it_is_due() {
    assert_eq!(comes_back(None, 1, HOUR, HOUR), Redelivery::Hide(HOUR));
    assert_eq!(
        comes_back(None, 1, HOUR, SignedDuration::ZERO),
        Redelivery::Hide(SignedDuration::ZERO)
    );
}

#[test]
fn no_message_is_hidden_beyond_half_of_the_retention() {
    assert_eq!(comes_back(None, 1, DAY * 3, HOUR * 11), Redelivery::Hide(HOUR * 11));
    assert_eq!(comes_back(None, 1, DAY * 3 + HOUR * 10, HOUR * 11), Redelivery::Hide(HOUR * 2));
    assert_eq!(
        comes_back(Some("body.id"), 1, DAY * 3 + HOUR * 10, HOUR * 11),
        Redelivery::Hide(HOUR * 2)
    );
}

#[test]
fn a_message_is_resent_after_half_of_its_receives() {
    assert_eq!(comes_back(None, 49, HOUR, HOUR), Redelivery::Hide(HOUR));
    assert_eq!(comes_back(None, 50, HOUR, HOUR), Redelivery::Resend);
    assert_eq!(
        comes_back(None, 1, DAY * 4, HOUR),
        Redelivery::Hide(HOUR),
        "age alone is no reason"
    );
}

/// A resent message would come after those that it must precede.
#[test]
fn a_message_of_a_fifo_queue_is_never_resent() {
    assert_eq!(comes_back(Some("body.id"), 99, DAY * 5, HOUR), Redelivery::Hide(HOUR));
}

/// Otherwise it would be sent and received without end until it is due.
#[test]
fn a_message_is_not_resent_after_its_first_receive() {
    let queue = Queue { max_receives: 2, ..queue(None) };
    let comes_back = |receives| {
        let now = Timestamp::UNIX_EPOCH;
        Redelivery::of(&queue, &record(receives), now, now + HOUR)
    };
    assert_eq!((comes_back(1), comes_back(2)), (Redelivery::Hide(HOUR), Redelivery::Resend));
}

#[test]
fn no_message_waits_beyond_its_retention() {
    let late = |ordering_key, receives, age| {
        reason_not_to_wait(&queue(ordering_key), &record(receives), Timestamp::UNIX_EPOCH + age)
    };
    for ordering_key in [None, Some("body.id")] {
        assert_eq!(late(ordering_key, 99, DAY * 6), None);
        let reason = late(ordering_key, 99, DAY * 6 + HOUR);
        assert_eq!(reason.as_deref(), Some("its queue's retention is nearly over"));
    }
    assert_eq!(late(Some("body.id"), 100, HOUR).as_deref(), Some("received 100 times"));
    assert_eq!(late(None, 100, HOUR), None, "a standard queue's message is resent");
}

/// The first message of a group is received again and again, and the others of the group with it.
#[test]
fn deferred_messages_of_a_fifo_queue_spread_their_last_receives() {
    let sooner = |ordering_key, receives| {
        let now = Timestamp::UNIX_EPOCH + DAY;
        earliest_redelivery(&queue(ordering_key), &record(receives), now).duration_since(now)
    };
    assert_eq!(sooner(Some("body.id"), 49), SignedDuration::ZERO);
    assert_eq!(sooner(Some("body.id"), 50), DAY / 10, "50 receives for 5 days");
    assert_eq!(sooner(Some("body.id"), 99), DAY * 5);
    assert_eq!(sooner(None, 99), SignedDuration::ZERO);
}

#[test]
fn visibility_timeouts_are_rounded_up_to_whole_seconds() {
    let whole = |millis| whole_seconds(SignedDuration::from_millis(millis)).as_secs();
    assert_eq!([whole(-5000), whole(0), whole(1), whole(1000), whole(1001)], [0, 0, 1, 1, 2]);
}
