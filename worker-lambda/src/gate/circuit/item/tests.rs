use super::*;

const SETTINGS: CircuitBreaker = CircuitBreaker { failures: 5, probe_after: 30 };
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn after(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

fn opened(over: Option<&Item>, asked: Option<u64>) -> Item {
    Item::opened(over, &SETTINGS, NOW, (asked.map(Duration::from_secs), "HTTP status 503"))
}

fn open_for(item: &Item) -> i64 {
    let State::Open(until) = item.state else { panic!("it is open") };
    until.as_second() - NOW.as_second()
}

#[test]
fn an_open_circuit_lets_nothing_through_until_its_probe_is_due() {
    let open = opened(None, None);
    assert_eq!(open.answer(NOW), Answer::NotBefore(after(30)));
    assert_eq!(open.answer(after(29)), Answer::NotBefore(after(30)));
    assert_eq!(open.answer(after(30)), Answer::Probe);
    assert_eq!((open.revision, open.openings), (1, 1));
    assert_eq!(open.reason.as_deref(), Some("HTTP status 503"));
}

#[test]
fn one_probe_at_a_time_and_another_one_if_that_never_ends() {
    let probing = opened(None, None).probing(after(30), after(90));
    assert_eq!(probing.answer(after(31)), Answer::NotBefore(after(36)), "it may be over soon");
    assert_eq!(probing.answer(after(88)), Answer::NotBefore(after(90)));
    assert_eq!(probing.answer(after(90)), Answer::Probe);
    let third = Item { openings: 3, ..probing };
    assert_eq!(third.answer(after(31)), Answer::NotBefore(after(51)), "it is expected to fail too");
}

#[test]
fn each_probe_that_fails_doubles_the_time_to_the_next_up_to_fifteen_minutes() {
    let mut item = opened(None, None);
    let mut times = vec![open_for(&item)];
    for _ in 0..40 {
        item = opened(Some(&item.probing(NOW, NOW)), None);
        times.push(open_for(&item));
    }
    assert_eq!(times[..7], [30, 60, 120, 240, 480, 900, 900]);
    assert_eq!(times[40], 900);
    let again = opened(Some(&item.closed(NOW)), None);
    assert_eq!(open_for(&again), 30, "once it was closed it begins anew");
}

#[test]
fn a_destination_that_asks_for_time_gets_it_up_to_fifteen_minutes() {
    assert_eq!(open_for(&opened(None, Some(10))), 30);
    assert_eq!(open_for(&opened(None, Some(120))), 120);
    assert_eq!(open_for(&opened(None, Some(86_400))), 900);
}

#[test]
fn a_closed_circuit_lets_everything_through_and_so_does_a_forgotten_one() {
    let open = opened(None, None);
    assert_eq!(open.closed(NOW).answer(NOW), Answer::Free);
    assert_eq!(open.answer(open.expires_at), Answer::Free);
}

#[test]
fn every_change_is_another_revision() {
    let open = opened(None, None);
    let probing = open.probing(NOW, NOW);
    let (closed, still) = (probing.closed(NOW), opened(Some(&probing), None));
    assert_eq!([&open, &probing, &closed, &still].map(|it| it.revision), [1, 2, 3, 3]);
}
