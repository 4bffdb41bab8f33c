use shared::event::reference::Version;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A reference to an event that was received at this second.
fn reference(second: i64) -> Reference {
    Reference {
        version: Version::CURRENT,
        generation: 0,
        event_id: EventId::new(at(second)),
        source: "shop".into(),
        s3_key: "events/source=shop/x.json".into(),
        size: 1,
        event_type: None,
        ledger_key: LedgerKey::of("shop", "1"),
        previous_window: None,
        item: None,
    }
}

fn request(reference: &Reference, second: i64) -> ClaimRequest<'_> {
    ClaimRequest {
        reference,
        key: reference.ledger_key,
        now: at(second),
        lease_until: at(second + 60),
    }
}

/// The decision of an entry about a claim request, as text.
fn decision(entry: &Entry, reference: &Reference, second: i64) -> String {
    match entry.decide(&request(reference, second)) {
        ClaimDecision::Try(entry) => format!("try {}", entry.attempts),
        ClaimDecision::NotBefore(until) => {
            format!("not before {}", until.duration_since(at(0)).as_secs())
        }
        ClaimDecision::Settled => "settled".into(),
    }
}

fn first(reference: &Reference) -> Entry {
    Entry::first(&request(reference, 0))
}

fn names<'n>(names: &[&'n str]) -> BTreeSet<&'n str> {
    names.iter().copied().collect()
}

fn set_state(entry: &mut Entry, destination: &str, state: DestinationState) {
    let status = DestinationStatus { state, ..DestinationStatus::attempted(1, at(0)) };
    entry.destinations.insert(destination.to_owned(), status);
}

#[test]
fn a_lease_defers_other_claims_until_it_ends() {
    let reference = reference(0);
    assert_eq!(decision(&first(&reference), &reference, 59), "not before 60");
    assert_eq!(decision(&first(&reference), &reference, 60), "try 2");
}

#[test]
fn a_waiting_entry_is_tried_when_due() {
    let reference = reference(0);
    let waiting = first(&reference).settled(State::Waiting(at(90)), None, at(1));
    assert_eq!(decision(&waiting, &reference, 89), "not before 90");
    assert_eq!(decision(&waiting, &reference, 90), "try 2");
}

#[test]
fn a_complete_entry_stays_complete_for_every_duplicate() {
    let original = reference(0);
    let complete = first(&original).settled(State::Complete, None, at(1));
    let redriven = Reference { generation: 7, ..original.clone() };
    for duplicate in [&original, &reference(5), &redriven] {
        assert_eq!(decision(&complete, duplicate, 10), "settled");
    }
}

/// A missing route must not make an event look delivered: a re-send, a redrive and a second delivery by SQS are all routed
/// again. While one of them is being routed, the others wait.
#[test]
fn an_event_without_a_destination_is_routed_again_whenever_it_comes_again() {
    let original = reference(0);
    let mut entry = first(&original);
    entry.attempts = 8;
    set_state(&mut entry, "crm", DestinationState::Delivered);
    let unrouted = entry.settled(State::NoDestination, None, at(1));
    for again in [original.clone(), original.next_generation(0), reference(1), reference(5)] {
        let ClaimDecision::Try(entry) = unrouted.decide(&request(&again, 10)) else {
            panic!("an event without an effect counted as a duplicate")
        };
        assert_eq!((entry.attempts, entry.event_id), (1, again.event_id), "attempts start again");
        assert_eq!(entry.generation, again.generation);
        assert_eq!(entry.destinations.keys().collect::<Vec<_>>(), ["crm"], "it has the event");
        assert_eq!(decision(&entry, &original, 11), "not before 70");
        let complete = entry.settled(State::Complete, None, at(12));
        assert_eq!(decision(&complete, &original, 13), "settled");
    }
}

#[test]
fn a_dead_entry_is_revived_by_a_redrive_or_by_the_provider_but_not_by_sqs() {
    let original = reference(0);
    let mut entry = first(&original);
    entry.attempts = 8;
    set_state(&mut entry, "crm", DestinationState::Delivered);
    set_state(&mut entry, "erp", DestinationState::Rejected);
    let dead = entry.settled(State::Dead, Some("HTTP status 500".into()), at(1));
    assert_eq!(decision(&dead, &original, 10), "settled");
    assert_eq!(decision(&dead, &reference(1), 10), "settled", "a duplicate that was waiting");
    for revived in [original.next_generation(0), reference(5)] {
        let ClaimDecision::Try(entry) = dead.decide(&request(&revived, 10)) else {
            panic!("not revived")
        };
        assert_eq!(entry.attempts, 1);
        let names: Vec<_> = entry.destinations.keys().collect();
        assert_eq!(
            names,
            ["crm"],
            "a delivered destination stays delivered, a rejected one is owed again"
        );
        assert!(entry.is_untried());
    }
}

#[test]
fn only_destinations_that_are_due_are_charged_with_an_attempt() {
    let reference = reference(0);
    let mut entry = first(&reference);
    set_state(&mut entry, "now", DestinationState::Owed(at(90)));
    set_state(&mut entry, "later", DestinationState::Owed(at(500)));
    set_state(&mut entry, "has-it", DestinationState::Delivered);
    assert_eq!(entry.next_due(), Some(at(90)));
    let waiting = entry.settled(State::Waiting(at(90)), None, at(1));
    let ClaimDecision::Try(entry) = waiting.decide(&request(&reference, 90)) else {
        panic!("the claim was not granted")
    };
    let attempts: Vec<_> = entry.destinations.iter().map(|(n, it)| (&n[..], it.attempts)).collect();
    assert_eq!(attempts, [("has-it", 1), ("later", 1), ("now", 2)]);
}

#[test]
fn a_destination_is_charged_with_the_attempts_that_reached_no_destination() {
    let reference = reference(0);
    let ClaimDecision::Try(mut second) = first(&reference).decide(&request(&reference, 60)) else {
        panic!("the claim was not granted")
    };
    second.set_destinations(&names(&["crm"]), at(60));
    assert_eq!(second.destinations["crm"].attempts, 2, "it may be the cause of the first one");
    let ClaimDecision::Try(mut third) = second.decide(&request(&reference, 120)) else {
        panic!("the claim was not granted")
    };
    third.set_destinations(&names(&["crm", "routed-since"]), at(120));
    assert_eq!(third.destinations["crm"].attempts, 3);
    assert_eq!(third.destinations["routed-since"].attempts, 1);
}

#[test]
fn a_destination_that_no_route_names_any_more_is_no_longer_owed() {
    let mut entry = first(&reference(0));
    set_state(&mut entry, "crm", DestinationState::Owed(at(0)));
    set_state(&mut entry, "erp", DestinationState::Delivered);
    entry.set_destinations(&names(&["bus"]), at(0));
    assert_eq!(entry.destinations.keys().collect::<Vec<_>>(), ["bus", "erp"]);
    assert_eq!(entry.due(at(0)), ["bus"]);
}

#[test]
fn an_expired_entry_counts_as_missing() {
    let original = reference(0);
    let complete = first(&original).settled(State::Complete, None, at(0));
    let day = 86_400;
    assert_eq!(decision(&complete, &original, 30 * day - 1), "settled");
    assert_eq!(decision(&complete, &original, 30 * day), "try 1");
}

#[test]
fn a_redriven_dead_letter_has_a_later_generation_than_its_entry_ever_had() {
    // A is dead-lettered, redriven and dead-lettered again. Then the provider sends it again as B, which is dead-lettered
    // too. B's dead letter must revive the entry, although B itself was never redriven.
    let (a, b) = (reference(0), reference(5));
    let dead = |entry: Entry| entry.settled(State::Dead, None, at(1));
    let revived = |entry: &Entry, reference: &Reference| {
        let ClaimDecision::Try(entry) = entry.decide(&request(reference, 10)) else {
            panic!("a redriven dead letter counted as a duplicate")
        };
        *entry
    };
    let mut entry = dead(first(&a));
    for reference in [a.next_generation(0), b.clone()] {
        entry = dead(revived(&entry, &reference));
    }
    assert_eq!((entry.event_id, entry.generation), (b.event_id, 1));
    revived(&entry, &b.next_generation(entry.generation));
}

/// DynamoDB refuses an item of more than 400 KB. Without a limit, its event would be retried forever.
#[test]
fn a_long_joined_reason_of_many_destinations_is_truncated() {
    let reasons = "crm: HTTP status 500; ".repeat(1000);
    let dead = first(&reference(0)).settled(State::Dead, Some(reasons), at(1));
    assert_eq!(dead.reason.map(|reason| reason.len()), Some(1000));
}

#[test]
fn every_write_increases_the_revision_by_one() {
    let reference = reference(0);
    let entry = first(&reference);
    let ClaimDecision::Try(second) = entry.decide(&request(&reference, 60)) else {
        panic!("the claim was not granted")
    };
    assert_eq!((entry.revision, second.revision), (1, 2));
    assert_eq!(second.settled(State::Complete, None, at(61)).revision, 3);
}
