//! The races. Every one is run on both ledgers; delays make sure that all are under way at once.

use std::time::Duration;

use catchment_tests::harness::DEAD_LETTERS;
use tokio::time::{Instant, sleep, timeout};
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::destination_status::DestinationState;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;
use worker_lambda::record::Disposition;

use super::World;

const MINUTE: Duration = Duration::from_secs(60);
/// What a delivery takes, while others try to claim its event.
const SLOW: Duration = Duration::from_millis(500);

/// SQS delivers at least once, and Lambda polls with several hands.
pub(crate) async fn of_ten_deliveries_of_one_message_one_has_an_effect<L: Ledger + Clone>(
    world: &World<L>,
) {
    world.destinations.delay("crm", SLOW);
    let record = world.receive("github", 1).await.remove(0);
    let copies = vec![record.clone(); 10];
    assert_eq!(world.at_once(&copies).await, 1, "nine are hidden, for whom the lease is live");
    assert_eq!(world.destinations.tried(), ["bus", "crm"]);
    assert_eq!(world.at_once(&copies).await, 10, "what is complete is acknowledged");
    assert_eq!(world.destinations.tried(), ["bus", "crm"]);
}

/// Ten requests, each stored and queued as an event of its own, all the same to the provider.
pub(crate) async fn of_ten_that_the_provider_sent_again_one_has_an_effect<L: Ledger + Clone>(
    world: &World<L>,
) {
    world.destinations.delay("crm", SLOW);
    let records = world.receive("stripe", 10).await;
    assert_eq!((records.len(), world.at_once(&records).await), (10, 1));
    assert_eq!(world.destinations.tried(), ["bus", "crm"]);
    assert_eq!(world.at_once(&records).await, 10);
    assert_eq!(world.destinations.tried(), ["bus", "crm"]);
}

pub(crate) async fn a_worker_that_ends_half_way_holds_others_off_until_its_lease_ends_and_no_longer<
    L: Ledger + Clone,
>(
    world: &World<L>,
) {
    world.destinations.delay("crm", MINUTE);
    let record = world.receive("docusign", 1).await.remove(0);
    let start = Instant::now();
    let crashed = timeout(SLOW, world.work(&record, Duration::from_secs(1))).await;
    assert!(crashed.is_err(), "it was in the middle of its delivery");
    world.destinations.answer("crm", Outcome::Delivered);
    let live = world.work(&record, MINUTE).await;
    assert!(matches!(live, Disposition::Hide(_)), "its lease is live: {live:?}");
    assert_eq!(world.destinations.tried(), ["crm"]);

    sleep(Duration::from_millis(2200).saturating_sub(start.elapsed())).await;
    assert_eq!(world.work(&record, MINUTE).await, Disposition::Acknowledge);
    let ids: Vec<_> =
        world.destinations.deliveries().into_iter().map(|(_, it)| it.webhook_id).collect();
    assert_eq!(ids.len(), 2, "whether the first arrived, nobody can know");
    assert_eq!(ids[0], ids[1], "by which the destination knows it");
    let entry = world.entry(&record).await;
    assert_eq!((entry.state, entry.attempts), (State::Complete, 2));
}

/// Its invocation should have ended; whatever it still does, the other one decides.
pub(crate) async fn a_worker_that_outlives_its_lease_overwrites_nothing<L: Ledger + Clone>(
    world: &World<L>,
) {
    world.destinations.delay("crm", Duration::from_millis(1500));
    let record = world.receive("docusign", 1).await.remove(0);
    let late = world.work(&record, Duration::ZERO);
    let other = async {
        sleep(Duration::from_millis(1100)).await;
        world.destinations.answer("crm", Outcome::reject("HTTP status 410"));
        world.work(&record, MINUTE).await
    };
    let (late, other) = tokio::join!(late, other);
    assert_eq!((late, other), (Disposition::Keep, Disposition::Acknowledge));
    let entry = world.entry(&record).await;
    assert_eq!(entry.state, State::Dead, "the one who held the lease said so");
    assert_eq!(world.ingest.queue.depth(DEAD_LETTERS), 1);
}

/// An operator redrives, and SQS delivers that ten times.
pub(crate) async fn of_ten_redrives_at_once_one_delivers_and_only_what_is_owed<
    L: Ledger + Clone,
>(
    world: &World<L>,
) {
    world.destinations.answer("crm", Outcome::reject("HTTP status 410"));
    let record = world.receive("github", 1).await.remove(0);
    assert_eq!(world.at_once(&[record]).await, 1);
    let letter = world.dead_letters().remove(0);
    let standing = world.entry(&letter).await.destinations["crm"].clone();
    assert_eq!((standing.state, standing.attempts), (DestinationState::Rejected, 1));
    assert_eq!(standing.reason.as_deref(), Some("HTTP status 410"));

    world.destinations.delay("crm", SLOW);
    assert_eq!(world.at_once(&vec![letter.clone(); 10]).await, 1);
    assert_eq!(world.destinations.tried(), ["bus", "crm", "crm"], "`bus` has it");
    assert_eq!(world.state(&letter).await, State::Complete);
}

pub(crate) async fn of_ten_re_sends_of_something_dead_one_is_delivered<L: Ledger + Clone>(
    world: &World<L>,
) {
    world.destinations.answer("crm", Outcome::reject("HTTP status 410"));
    let records = world.receive("docusign", 1).await;
    assert_eq!(world.at_once(&records).await, 1);
    assert_eq!(world.state(&records[0]).await, State::Dead);
    assert_eq!(world.at_once(&records).await, 1, "SQS's redelivery is no re-send");
    assert_eq!(world.destinations.tried(), ["crm"]);

    world.destinations.delay("crm", SLOW);
    let records = world.receive("docusign", 9).await;
    assert_eq!((records.len(), world.at_once(&records).await), (9, 1));
    assert_eq!(world.destinations.tried(), ["crm", "crm"]);
    assert_eq!(world.state(&records[0]).await, State::Complete);
}

pub(crate) async fn an_event_costs_two_writes_whatever_the_number_of_its_destinations<
    L: Ledger + Clone,
>(
    world: &World<L>,
) {
    for (provider, destinations) in [("docusign", 1), ("github", 2)] {
        let record = world.receive(provider, 1).await.remove(0);
        assert_eq!(world.work(&record, MINUTE).await, Disposition::Acknowledge);
        let entry = world.entry(&record).await;
        assert_eq!((entry.revision, entry.destinations.len()), (2, destinations));
        assert_eq!(entry.state, State::Complete);
    }
}
