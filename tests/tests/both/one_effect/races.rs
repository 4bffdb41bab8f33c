//! The races. Each runs on both ledgers. Delays make sure that all workers are in progress at once.

use std::time::Duration;

use catchment_tests::harness::{DEAD_LETTERS, QUEUE, TestWorker};
use shared::event::reference::Reference;
use tokio::time::{Instant, sleep, timeout};
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::destination_status::DestinationState;
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::outcome::Outcome;
use worker_lambda::record::{Disposition, Record};

const MINUTE: Duration = Duration::from_secs(60);
/// How long a delivery takes while others try to claim its event.
const SLOW: Duration = Duration::from_millis(500);

/// Receives a provider's sample so often, and then the records in the queue.
async fn receive<L: Ledger + Clone>(
    test: &TestWorker<L>,
    provider: &str,
    times: usize,
) -> Vec<Record> {
    for _ in 0..times {
        test.receive_sample(provider).await;
    }
    test.records(QUEUE)
}

async fn entry<L: Ledger>(test: &TestWorker<L>, record: &Record) -> Entry {
    let key = Reference::parse(&record.body).unwrap().ledger_key;
    test.ledger.get(&key).await.unwrap().expect("an entry")
}

async fn state<L: Ledger>(test: &TestWorker<L>, record: &Record) -> State {
    entry(test, record).await.state
}

/// SQS delivers at least once, and Lambda polls a queue concurrently.
pub(crate) async fn of_ten_deliveries_of_one_message_one_has_an_effect<L: Ledger + Clone>(
    test: &TestWorker<L>,
) {
    test.destinations.delay("crm", SLOW);
    let record = receive(test, "github", 1).await.remove(0);
    let copies = vec![record.clone(); 10];
    assert_eq!(
        test.process_at_once(&copies).await,
        1,
        "nine are hidden, for whom the lease is live"
    );
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
    assert_eq!(test.process_at_once(&copies).await, 10, "what is complete is acknowledged");
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
}

/// Ten requests, each stored and queued as an event of its own, all the same to the provider.
pub(crate) async fn of_ten_that_the_provider_sent_again_one_has_an_effect<L: Ledger + Clone>(
    test: &TestWorker<L>,
) {
    test.destinations.delay("crm", SLOW);
    let records = receive(test, "stripe", 10).await;
    assert_eq!((records.len(), test.process_at_once(&records).await), (10, 1));
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
    assert_eq!(test.process_at_once(&records).await, 10);
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
}

pub(crate) async fn after_a_crash_others_wait_until_the_lease_ends_and_no_longer<
    L: Ledger + Clone,
>(
    test: &TestWorker<L>,
) {
    test.destinations.delay("crm", MINUTE);
    let record = receive(test, "docusign", 1).await.remove(0);
    let start = Instant::now();
    let crashed = timeout(SLOW, test.process_record(&record, Duration::from_secs(1))).await;
    assert!(crashed.is_err(), "it was in the middle of its delivery");
    test.destinations.answer("crm", Outcome::Delivered);
    let live = test.process_record(&record, MINUTE).await;
    assert!(matches!(live, Disposition::Hide(_)), "its lease is live: {live:?}");
    assert_eq!(test.destinations.tried(), ["crm"]);

    sleep(Duration::from_millis(2200).saturating_sub(start.elapsed())).await;
    assert_eq!(test.process_record(&record, MINUTE).await, Disposition::Acknowledge);
    let ids: Vec<_> =
        test.destinations.deliveries().into_iter().map(|(_, it)| it.webhook_id).collect();
    assert_eq!(ids.len(), 2, "whether the first arrived, nobody can know");
    assert_eq!(ids[0], ids[1], "by which the destination knows it");
    let entry = entry(test, &record).await;
    assert_eq!((entry.state, entry.attempts), (State::Complete, 2));
}

/// Its invocation should have ended. What it still does is overruled by the worker with the lease.
pub(crate) async fn a_worker_that_outlives_its_lease_overwrites_nothing<L: Ledger + Clone>(
    test: &TestWorker<L>,
) {
    test.destinations.delay("crm", Duration::from_millis(1500));
    let record = receive(test, "docusign", 1).await.remove(0);
    let late = test.process_record(&record, Duration::ZERO);
    let other = async {
        sleep(Duration::from_millis(1100)).await;
        test.destinations.answer("crm", Outcome::reject("HTTP status 410"));
        test.process_record(&record, MINUTE).await
    };
    let (late, other) = tokio::join!(late, other);
    assert_eq!((late, other), (Disposition::Keep, Disposition::Acknowledge));
    let entry = entry(test, &record).await;
    assert_eq!(entry.state, State::Dead, "the one who held the lease said so");
    assert_eq!(test.ingest.queue.depth(DEAD_LETTERS), 1);
}

/// An operator redrives, and SQS delivers that ten times.
pub(crate) async fn of_ten_redrives_at_once_one_delivers_and_only_what_is_owed<
    L: Ledger + Clone,
>(
    test: &TestWorker<L>,
) {
    test.destinations.answer("crm", Outcome::reject("HTTP status 410"));
    let record = receive(test, "github", 1).await.remove(0);
    assert_eq!(test.process_at_once(&[record]).await, 1);
    let letter = test.records(DEAD_LETTERS).remove(0);
    let standing = entry(test, &letter).await.destinations["crm"].clone();
    assert_eq!((standing.state, standing.attempts), (DestinationState::Rejected, 1));
    assert_eq!(standing.reason.as_deref(), Some("HTTP status 410"));

    test.destinations.delay("crm", SLOW);
    assert_eq!(test.process_at_once(&vec![letter.clone(); 10]).await, 1);
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"], "`bus` has it");
    assert_eq!(state(test, &letter).await, State::Complete);
}

pub(crate) async fn of_ten_re_sends_of_a_dead_lettered_event_one_is_delivered<L: Ledger + Clone>(
    test: &TestWorker<L>,
) {
    test.destinations.answer("crm", Outcome::reject("HTTP status 410"));
    let records = receive(test, "docusign", 1).await;
    assert_eq!(test.process_at_once(&records).await, 1);
    assert_eq!(state(test, &records[0]).await, State::Dead);
    assert_eq!(test.process_at_once(&records).await, 1, "SQS's redelivery is no re-send");
    assert_eq!(test.destinations.tried(), ["crm"]);

    test.destinations.delay("crm", SLOW);
    let records = receive(test, "docusign", 9).await;
    assert_eq!((records.len(), test.process_at_once(&records).await), (9, 1));
    assert_eq!(test.destinations.tried(), ["crm", "crm"]);
    assert_eq!(state(test, &records[0]).await, State::Complete);
}

pub(crate) async fn an_event_costs_two_writes_whatever_the_number_of_its_destinations<
    L: Ledger + Clone,
>(
    test: &TestWorker<L>,
) {
    for (provider, destinations) in [("docusign", 1), ("github", 2)] {
        let record = receive(test, provider, 1).await.remove(0);
        assert_eq!(test.process_record(&record, MINUTE).await, Disposition::Acknowledge);
        let entry = entry(test, &record).await;
        assert_eq!((entry.revision, entry.destinations.len()), (2, destinations));
        assert_eq!(entry.state, State::Complete);
    }
}
