use shared::event::reference::Version;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A reference to an event received at a second.
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

/// What a request meets at an entry, as one word, with the attempts where it may try.
fn meets(entry: &Entry, reference: &Reference, second: i64) -> String {
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

fn stands(entry: &mut Entry, destination: &str, state: DestinationState) {
    let standing = DestinationStatus { state, ..DestinationStatus::attempted(1, at(0)) };
    entry.destinations.insert(destination.to_owned(), standing);
}

#[test]
fn a_live_lease_holds_others_off_until_it_ends() {
    let reference = reference(0);
    assert_eq!(meets(&first(&reference), &reference, 59), "not before 60");
    assert_eq!(meets(&first(&reference), &reference, 60), "try 2");
}

#[test]
fn a_waiting_entry_is_tried_when_due() {
    let reference = reference(0);
    let waiting = first(&reference).settled(State::Waiting(at(90)), None, at(1));
    assert_eq!(meets(&waiting, &reference, 89), "not before 90");
    assert_eq!(meets(&waiting, &reference, 90), "try 2");
}

#[test]
fn what_is_complete_stays_so_for_every_duplicate() {
    let original = reference(0);
    let complete = first(&original).settled(State::Complete, None, at(1));
    let redriven = Reference { generation: 7, ..original.clone() };
    for duplicate in [&original, &reference(5), &redriven] {
        assert_eq!(meets(&complete, duplicate, 10), "settled");
    }
}

#[test]
fn a_dead_entry_is_revived_by_a_redrive_or_a_re_send_and_not_by_sqs() {
    let original = reference(0);
    let mut entry = first(&original);
    entry.attempts = 8;
    stands(&mut entry, "crm", DestinationState::Delivered);
    stands(&mut entry, "erp", DestinationState::Rejected);
    let dead = entry.settled(State::Dead, Some("HTTP status 500".into()), at(1));
    assert_eq!(meets(&dead, &original, 10), "settled");
    assert_eq!(meets(&dead, &reference(1), 10), "settled", "a duplicate that was waiting");
    for revived in [original.next_generation(0), reference(5)] {
        let ClaimDecision::Try(entry) = dead.decide(&request(&revived, 10)) else {
            panic!("not revived")
        };
        assert_eq!(entry.attempts, 1);
        let names: Vec<_> = entry.destinations.keys().collect();
        assert_eq!(
            names,
            ["crm"],
            "what is delivered stays delivered, what was rejected is owed again"
        );
        assert!(entry.is_untried());
    }
}

#[test]
fn only_the_destinations_that_are_due_are_tried_and_counted() {
    let reference = reference(0);
    let mut entry = first(&reference);
    stands(&mut entry, "now", DestinationState::Owed(at(90)));
    stands(&mut entry, "later", DestinationState::Owed(at(500)));
    stands(&mut entry, "has-it", DestinationState::Delivered);
    assert_eq!(entry.next_due(), Some(at(90)));
    let waiting = entry.settled(State::Waiting(at(90)), None, at(1));
    let ClaimDecision::Try(entry) = waiting.decide(&request(&reference, 90)) else {
        panic!("held off")
    };
    let attempts: Vec<_> = entry.destinations.iter().map(|(n, it)| (&n[..], it.attempts)).collect();
    assert_eq!(attempts, [("has-it", 1), ("later", 1), ("now", 2)]);
}

#[test]
fn a_destination_is_charged_with_the_attempts_that_came_to_none() {
    let reference = reference(0);
    let ClaimDecision::Try(mut second) = first(&reference).decide(&request(&reference, 60)) else {
        panic!("held off")
    };
    second.set_destinations(&names(&["crm"]), at(60));
    assert_eq!(second.destinations["crm"].attempts, 2, "the first may have been its doing");
    let ClaimDecision::Try(mut third) = second.decide(&request(&reference, 120)) else {
        panic!("held off")
    };
    third.set_destinations(&names(&["crm", "routed-since"]), at(120));
    assert_eq!(third.destinations["crm"].attempts, 3);
    assert_eq!(third.destinations["routed-since"].attempts, 1);
}

#[test]
fn what_no_route_names_any_more_is_owed_to_nobody() {
    let mut entry = first(&reference(0));
    stands(&mut entry, "crm", DestinationState::Owed(at(0)));
    stands(&mut entry, "erp", DestinationState::Delivered);
    entry.set_destinations(&names(&["bus"]), at(0));
    assert_eq!(entry.destinations.keys().collect::<Vec<_>>(), ["bus", "erp"]);
    assert_eq!(entry.due(at(0)), ["bus"]);
}

#[test]
fn an_expired_entry_counts_as_none() {
    let original = reference(0);
    let complete = first(&original).settled(State::Complete, None, at(0));
    let day = 86_400;
    assert_eq!(meets(&complete, &original, 30 * day - 1), "settled");
    assert_eq!(meets(&complete, &original, 30 * day), "try 1");
}

#[test]
fn a_dead_letter_outlives_every_life_that_its_entry_has_seen() {
    // A dies, is redriven and dies again; then the provider's re-send B dies. B's dead letter must
    // revive the entry, although B itself has never been redriven.
    let (a, b) = (reference(0), reference(5));
    let dead = |entry: Entry| entry.settled(State::Dead, None, at(1));
    let revived = |entry: &Entry, reference: &Reference| {
        let ClaimDecision::Try(entry) = entry.decide(&request(reference, 10)) else {
            panic!("a dead letter was taken for a duplicate")
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

/// DynamoDB refuses an item of more than 400 KB, and its event would then be tried without end.
#[test]
fn the_reason_of_many_destinations_together_is_kept_in_part() {
    let reasons = "crm: HTTP status 500; ".repeat(1000);
    let dead = first(&reference(0)).settled(State::Dead, Some(reasons), at(1));
    assert_eq!(dead.reason.map(|reason| reason.len()), Some(1000));
}

#[test]
fn every_write_has_the_next_revision() {
    let reference = reference(0);
    let entry = first(&reference);
    let ClaimDecision::Try(second) = entry.decide(&request(&reference, 60)) else {
        panic!("held off")
    };
    assert_eq!((entry.revision, second.revision), (1, 2));
    assert_eq!(second.settled(State::Complete, None, at(61)).revision, 3);
}
