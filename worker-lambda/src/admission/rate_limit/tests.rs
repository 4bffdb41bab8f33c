use serde_json::{Value, json};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// An invocation that ends half a minute after the latest begin of a delivery.
fn until(latest: Instant) -> Window {
    Window { latest, end: latest + SECOND * 30 }
}

/// Two queues with 4 and 6 environments. `crm` gets events from the first, `erp` from both, and `bus` from neither.
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
        "name": "c", "reply_within": 2.5, "body_limit": 1, "fingerprint_key": "f", "ledger_table": "t",
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
fn the_rate_is_divided_by_all_environments_that_may_deliver_to_the_destination() {
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

/// Fifteen deliveries per second, by a queue with one environment.
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
    assert_eq!(slots[0], Duration::ZERO, "the first slot is now");
    for (earlier, later) in slots.iter().zip(&slots[15..]) {
        assert!(*later - *earlier >= SECOND - Duration::from_micros(1), "{earlier:?} {later:?}");
    }
}

#[test]
fn unused_slots_are_not_saved_up() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND, start);
    let later = start + SECOND * 100;
    assert_eq!(limiter.reserve(later, until(later)), Slot::At(later));
    assert_eq!(limiter.reserve(later, until(later + SECOND)), Slot::At(later + SECOND));
}

/// Otherwise a backlog would come back all at once, and again for every slot.
#[test]
fn deferred_deliveries_get_different_times_and_reserve_no_slot() {
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
        "a delivery that arrives when a slot is due gets it"
    );
}

/// After a deferral of more than a month, the ledger entry would have expired.
#[test]
fn no_delivery_is_deferred_for_more_than_a_day() {
    let start = Instant::now();
    let mut limiter = RateLimiter::new(SECOND * 10_000, start);
    let not_before = |slot| match slot {
        Slot::NotBefore(instant) => instant.duration_since(start),
        Slot::At(_) => panic!("the slot is not free"),
    };
    limiter.reserve(start, until(start));
    let last = (0..300).map(|_| not_before(limiter.reserve(start, until(start)))).max();
    assert_eq!(last, Some(MAX_DEFERRAL));
}

#[test]
fn an_invocation_waits_only_for_rate_limits_that_it_used() {
    let start = Instant::now();
    let limiters = RateLimiters::new(&config(Some(1.0)), start);
    assert_eq!(limiters.next_slot(start), None);
    assert_eq!(limiters.reserve("crm", start, until(start)), Slot::At(start));
    assert_eq!(limiters.next_slot(start), Some(start + SECOND * 4));
    assert_eq!(
        limiters.next_slot(start + SECOND),
        None,
        "an invocation that began later used none"
    );
}

/// Otherwise another environment could deliver before the next slot.
#[test]
fn a_slot_is_reserved_only_if_the_invocation_can_wait_for_the_next_one() {
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
    assert_eq!(
        slow.reserve(start, window),
        at(0),
        "a slot that is due now is not deferred for ever"
    );
}
