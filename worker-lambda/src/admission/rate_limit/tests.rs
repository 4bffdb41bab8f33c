use serde_json::{Value, json};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// An invocation in which a delivery may begin until then, and take half a minute.
fn until(latest: Instant) -> Window {
    Window { latest, end: latest + SECOND * 30 }
}

/// Two queues, of 4 and 6 environments; `crm` is fed by the first, `erp` by both, `bus` by neither.
fn config(rate: Option<f64>) -> Config {
    let source = |queue: &str, by_type: Value| {
        json!({
            "provider": "stripe", "queue": queue, "queue_by_type": by_type, "secret_arn": "arn",
            "rotation_overlap": 0, "dedupe_window": 600, "public_url": null, "allow_cidrs": null,
            "scheme": null, "methods": null, "reply": null, "handshakes": null, "id": null,
            "type": null, "list": null,
        })
    };
    let queue = |maximum_concurrency: u32| {
        json!({
            "url": "u", "arn": "a", "dead_letter_url": "d", "max_attempts": 8,
            "backoff": { "base": 2, "factor": 2, "cap": 900 }, "max_receives": 100,
            "retention": 604_800, "maximum_concurrency": maximum_concurrency, "ordering_key": null,
        })
    };
    let destination =
        json!({ "lambda": { "arn": "a", "inline_limit": 1024 }, "rate": rate, "circuit": null });
    let config = json!({
        "name": "c", "reply_within": 2.5, "body_limit": 1, "ledger_table": "t",
        "sources": { "shop": source("slow", json!({})), "pay": source("slow", json!({ "paid": "fast" })) },
        "queues": { "slow": queue(4), "fast": queue(6), "other": queue(50) },
        "destinations": { "crm": destination, "erp": destination, "bus": destination },
        "routes": [
            { "source": "shop", "destinations": ["crm"] },
            { "source": "*", "destinations": ["erp"] },
        ],
    });
    serde_json::from_value(config).unwrap()
}

#[test]
fn the_share_is_of_all_environments_that_may_deliver_there() {
    let config = config(Some(5.0));
    let environments = |name| environments(&config, name);
    assert_eq!((environments("crm"), environments("erp"), environments("bus")), (4, 10, 1));
    let limiters = RateLimiters::new(&config, Instant::now()).0;
    let interval = |name| limiters[name].lock().unwrap().interval;
    assert_eq!((interval("crm"), interval("erp")), (SECOND * 4 / 5, SECOND * 2));
}

#[test]
fn a_destination_without_a_rate_has_no_rate_limit() {
    let now = Instant::now();
    let limiters = RateLimiters::new(&config(None), now);
    for _ in 0..1000 {
        assert_eq!(limiters.reserve("crm", now, until(now)), Slot::At(now));
    }
}

/// The seed's fifteen a second, by a queue that one environment takes from.
#[test]
fn in_any_second_there_are_no_more_slots_than_the_rate() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND / 15, start);
    let slots: Vec<_> =
        (0..60).map(|_| limiter.reserve(start, until(start + SECOND * 10))).collect();
    let at = |slot: &Slot| match slot {
        Slot::At(instant) => instant.duration_since(start),
        Slot::NotBefore(_) => panic!("there is time"),
    };
    let slots: Vec<_> = slots.iter().map(at).collect();
    assert_eq!(slots[0], Duration::ZERO, "the first need not wait");
    for (earlier, later) in slots.iter().zip(&slots[15..]) {
        assert!(*later - *earlier >= SECOND - Duration::from_micros(1), "{earlier:?} {later:?}");
    }
}

#[test]
fn what_was_not_used_is_not_saved_up() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND, start);
    let later = start + SECOND * 100;
    assert_eq!(limiter.reserve(later, until(later)), Slot::At(later));
    assert_eq!(limiter.reserve(later, until(later + SECOND)), Slot::At(later + SECOND));
}

/// Else a backlog would come back as one, and again, for every single slot.
#[test]
fn those_sent_away_are_told_one_time_each_and_take_no_turn() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND * 100, start);
    assert_eq!(limiter.reserve(start, until(start)), Slot::At(start));
    for n in 1..=3 {
        assert_eq!(limiter.reserve(start, until(start)), Slot::NotBefore(start + SECOND * 100 * n));
    }
    let due = start + SECOND * 100;
    assert_eq!(
        limiter.reserve(due, until(due)),
        Slot::At(due),
        "whoever comes when a slot is due has it"
    );
}

/// More than a month ahead, its ledger entry would be forgotten before it may come.
#[test]
fn nobody_is_sent_away_for_more_than_a_day() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND * 10_000, start);
    let not_before = |slot| match slot {
        Slot::NotBefore(instant) => instant.duration_since(start),
        Slot::At(_) => panic!("it is taken"),
    };
    limiter.reserve(start, until(start));
    let last = (0..300).map(|_| not_before(limiter.reserve(start, until(start)))).max();
    assert_eq!(last, Some(MAX_DEFERRAL));
}

#[test]
fn a_share_is_waited_for_by_the_invocation_that_used_it_and_by_no_other() {
    let start = Instant::now();
    let limiters = RateLimiters::new(&config(Some(1.0)), start);
    assert_eq!(limiters.next_slot(start), None);
    assert_eq!(limiters.reserve("crm", start, until(start)), Slot::At(start));
    assert_eq!(limiters.next_slot(start), Some(start + SECOND * 4));
    assert_eq!(limiters.next_slot(start + SECOND), None, "begun later, it used none");
}

/// Else another environment could have its slot before that.
#[test]
fn a_slot_is_taken_only_where_the_next_one_can_be_waited_for() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND * 25, start);
    let window = Window { latest: start + SECOND * 40, end: start + SECOND * 60 };
    let at = |seconds: u32| Slot::At(start + SECOND * seconds);
    assert_eq!((limiter.reserve(start, window), limiter.reserve(start, window)), (at(0), at(25)));
    let window = Window { latest: start + SECOND * 55, ..window };
    assert_eq!(
        limiter.reserve(start, window),
        Slot::NotBefore(start + SECOND * 50),
        "75 is too late"
    );
    let mut slow = RateLimiter::new(SECOND * 100, start);
    assert_eq!(slow.reserve(start, window), at(0), "what is due at once is not put off for ever");
}
