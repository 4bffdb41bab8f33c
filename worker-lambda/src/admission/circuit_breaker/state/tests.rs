use super::*;

const SETTINGS: CircuitBreaker = CircuitBreaker { failures: 5, probe_after: 30 };
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn opened(previous: Option<&BreakerState>, asked: Option<u64>) -> BreakerState {
    BreakerState::opened(
        previous,
        &SETTINGS,
        NOW,
        (asked.map(Duration::from_secs), "HTTP status 503"),
    )
}

fn open_for(item: &BreakerState) -> i64 {
    let State::Open(until) = item.state else { panic!("it is open") };
    until.as_second() - NOW.as_second()
}

#[test]
fn an_open_breaker_allows_no_delivery_until_its_probe_is_due() {
    let open = opened(None, None);
    assert_eq!(open.decide(NOW), Decision::NotBefore(after(30)));
    assert_eq!(open.decide(after(29)), Decision::NotBefore(after(30)));
    assert_eq!(open.decide(after(30)), Decision::Probe);
    assert_eq!((open.revision, open.openings), (1, 1));
    assert_eq!(open.reason.as_deref(), Some("HTTP status 503"));
}

#[test]
fn there_is_one_probe_at_a_time_and_another_if_it_never_ends() {
    let probing = opened(None, None).probing(after(30), after(90));
    assert_eq!(probing.decide(after(31)), Decision::NotBefore(after(36)), "it may be over soon");
    assert_eq!(probing.decide(after(88)), Decision::NotBefore(after(90)));
    assert_eq!(probing.decide(after(90)), Decision::Probe);
    let third = BreakerState { openings: 3, ..probing };
    assert_eq!(
        third.decide(after(31)),
        Decision::NotBefore(after(51)),
        "it is expected to fail too"
    );
}

#[test]
fn each_failed_probe_doubles_the_open_time_up_to_fifteen_minutes() {
    let mut item = opened(None, None);
    let mut times = vec![open_for(&item)];
    for _ in 0..40 {
        item = opened(Some(&item.probing(NOW, NOW)), None);
        times.push(open_for(&item));
    }
    assert_eq!(times[..7], [30, 60, 120, 240, 480, 900, 900]);
    assert_eq!(times[40], 900);
    let again = opened(Some(&item.closed(NOW)), None);
    assert_eq!(
        open_for(&again),
        30,
        "after it was closed, the open time starts again at the first value"
    );
}

#[test]
fn retry_after_is_honoured_up_to_fifteen_minutes() {
    assert_eq!(open_for(&opened(None, Some(10))), 30);
    assert_eq!(open_for(&opened(None, Some(120))), 120);
    assert_eq!(open_for(&opened(None, Some(86_400))), 900);
}

#[test]
fn a_closed_breaker_allows_every_delivery_and_so_does_an_expired_one() {
    let open = opened(None, None);
    assert_eq!(open.closed(NOW).decide(NOW), Decision::Allow);
    assert_eq!(open.decide(open.expires_at), Decision::Allow);
}

#[test]
fn every_change_increases_the_revision() {
    let open = opened(None, None);
    let probing = open.probing(NOW, NOW);
    let (closed, still) = (probing.closed(NOW), opened(Some(&probing), None));
    assert_eq!([&open, &probing, &closed, &still].map(|it| it.revision), [1, 2, 3, 3]);
}
