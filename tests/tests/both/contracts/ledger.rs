//! The ledger. LocalStack has no DynamoDB without Docker, so the table is MiniStack's.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Emulator;
use catchment_tests::emulator::Kind::MiniStack;
use catchment_tests::fakes::MemoryLedger;
use catchment_tests::raw_server::{Connection, RawServer};
use catchment_tests::table;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use worker_lambda::ledger::destination_status::{DestinationState, DestinationStatus};
use worker_lambda::ledger::dynamodb::DynamoDb;
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::ledger::{Ledger, LedgerError};

use crate::both::contracts::{clients, hold};

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!($name, $test, $subject, [
            the_first_to_write_wins_and_the_second_gets_the_stored_entry,
            every_field_of_an_entry_survives,
            over_the_right_revision_an_entry_is_replaced,
            over_another_revision_nothing_is_written,
            of_ten_who_write_first_one_wins,
            of_ten_who_replace_the_same_revision_one_wins,
            an_entry_that_has_vanished_is_out_of_reach,
            an_unknown_key_has_no_entry,
            keys_have_nothing_to_do_with_each_other,
            $($more),*
        ]);
    };
}

every!(fake, tokio::test, super::MemoryLedger::default(), []);
every!(dynamodb, tokio::test, super::table().await.0, []);
hold!(
    dynamodb_table,
    tokio::test,
    super::table().await,
    [
        a_table_that_is_missing_or_an_item_of_another_release_is_out_of_reach,
        a_write_whose_answer_is_lost_is_no_conflict_with_itself,
    ]
);

/// A new table and its name.
pub(crate) async fn table() -> (DynamoDb, String) {
    let (client, name) = (clients(MiniStack).await.dynamodb, unique("contract"));
    table::create(&client, &name).await.unwrap();
    (DynamoDb::new(client, name.clone()), name)
}

fn key(id: &str) -> LedgerKey {
    LedgerKey::of("shop", id)
}

/// Times as they are kept: to the millisecond, and `expires_at` to the second.
fn at(second: i64, millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_338_569_000 + second * 1000 + millisecond).unwrap()
}

fn entry(revision: u64) -> Entry {
    let event_id = EventId::new(at(0, 361));
    Entry {
        revision,
        state: State::Leased(at(60, 1)),
        source: "shop".into(),
        event_id,
        generation: 0,
        attempts: 1,
        received_at: event_id.received_at(),
        destinations: BTreeMap::new(),
        reason: None,
        expires_at: at(0, 0) + SignedDuration::from_hours(30 * 24),
    }
}

/// The entry of a key: a reader and a writer that came too late get the same one.
async fn standing(ledger: &impl Ledger, key: &LedgerKey) -> Entry {
    let read = ledger.get(key).await.unwrap().expect("an entry stands there");
    assert!(conflicts_with(ledger.put(key, &entry(99), None).await, &read));
    read
}

fn conflicts_with(result: Result<(), LedgerError>, expected: &Entry) -> bool {
    matches!(result, Err(LedgerError::Conflict(standing)) if *standing == *expected)
}

async fn the_first_to_write_wins_and_the_second_gets_the_stored_entry(ledger: &impl Ledger) {
    let (key, first) = (key("1"), entry(1));
    ledger.put(&key, &first, None).await.unwrap();
    assert!(conflicts_with(ledger.put(&key, &entry(1), None).await, &first));
    assert_eq!(standing(ledger, &key).await, first);
}

async fn every_field_of_an_entry_survives(ledger: &impl Ledger) {
    let base = entry(1);
    let reasons = ["", "crm: HTTP status 500", "ü€😀 \"quoted\"\n", &"r".repeat(4096)];
    let stands = |state, status, reason: Option<&str>| DestinationStatus {
        state,
        attempts: 3,
        status,
        reason: reason.map(str::to_owned),
    };
    let destinations = |all: &[(&str, DestinationStatus)]| {
        all.iter().map(|(name, standing)| ((*name).to_owned(), standing.clone())).collect()
    };
    let delivered = stands(DestinationState::Delivered, Some(202), None);
    let owed = stands(DestinationState::Owed(at(90, 7)), None, Some("timed out"));
    let rejected = stands(DestinationState::Rejected, Some(410), Some(""));
    let mut entries: Vec<Entry> =
        [State::Leased(at(60, 999)), State::Waiting(at(3600, 1)), State::Complete, State::Dead]
            .map(|state| Entry { state, ..base.clone() })
            .into();
    entries.push(Entry { state: State::NoDestination, ..base.clone() });
    entries.extend(reasons.map(|reason| Entry { reason: Some(reason.into()), ..base.clone() }));
    entries.extend([
        Entry { revision: u64::from(u32::MAX) * 1000, ..base.clone() },
        Entry { generation: u32::MAX, attempts: u32::MAX, ..base.clone() },
        Entry { received_at: at(-600, 7), expires_at: at(5, 0), ..base.clone() },
        Entry { source: "a".repeat(48), event_id: EventId::new(at(9, 9)), ..base.clone() },
        Entry { destinations: destinations(&[("bus", delivered.clone())]), ..base.clone() },
        Entry {
            destinations: destinations(&[
                ("bus", delivered),
                ("crm", owed),
                ("lake-2_x", rejected),
                ("new", stands(DestinationState::Owed(at(-1, 0)), Some(503), Some("ü€😀"))),
            ]),
            ..base
        },
    ]);
    for (n, entry) in entries.iter().enumerate() {
        let key = key(&format!("{n}"));
        ledger.put(&key, entry, None).await.unwrap();
        assert_eq!(standing(ledger, &key).await, *entry);
    }
}

async fn over_the_right_revision_an_entry_is_replaced(ledger: &impl Ledger) {
    let key = key("1");
    ledger.put(&key, &Entry { reason: Some("a reason".into()), ..entry(1) }, None).await.unwrap();
    // No field of the old one may show through: `until` and `reason` are gone.
    let second = Entry { state: State::Complete, ..entry(2) };
    ledger.put(&key, &second, Some(1)).await.unwrap();
    assert_eq!(standing(ledger, &key).await, second);
    let third = Entry { state: State::Dead, reason: Some("why".into()), ..entry(3) };
    ledger.put(&key, &third, Some(2)).await.unwrap();
    assert_eq!(standing(ledger, &key).await, third);
}

async fn over_another_revision_nothing_is_written(ledger: &impl Ledger) {
    let (key, second) = (key("1"), entry(2));
    ledger.put(&key, &entry(1), None).await.unwrap();
    ledger.put(&key, &second, Some(1)).await.unwrap();
    for over in [0, 1, 3, 22] {
        assert!(conflicts_with(ledger.put(&key, &entry(over + 1), Some(over)).await, &second));
    }
    assert_eq!(standing(ledger, &key).await, second);
}

async fn of_ten_who_write_first_one_wins(ledger: &impl Ledger) {
    one_wins(ledger, &key("1"), None).await;
}

async fn of_ten_who_replace_the_same_revision_one_wins(ledger: &impl Ledger) {
    let key = key("1");
    ledger.put(&key, &entry(1), None).await.unwrap();
    one_wins(ledger, &key, Some(1)).await;
}

async fn one_wins(ledger: &impl Ledger, key: &LedgerKey, over: Option<u64>) {
    let entries: Vec<_> = (1..=10).map(|n| Entry { attempts: n, ..entry(2) }).collect();
    let results = join_all(entries.iter().map(|entry| ledger.put(key, entry, over))).await;
    let won: Vec<_> = entries.iter().zip(&results).filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(won.len(), 1, "{results:?}");
    let winner = won[0].0;
    for result in results.into_iter().filter(Result::is_err) {
        assert!(conflicts_with(result, winner), "the others are told of the winner");
    }
    assert_eq!(standing(ledger, key).await, *winner);
}

async fn an_entry_that_has_vanished_is_out_of_reach(ledger: &impl Ledger) {
    let key = key("1");
    let put = ledger.put(&key, &entry(2), Some(1)).await;
    assert!(matches!(put, Err(LedgerError::Unavailable(_))), "{put:?}");
    ledger.put(&key, &entry(1), None).await.expect("nothing was written");
}

async fn an_unknown_key_has_no_entry(ledger: &impl Ledger) {
    assert_eq!(ledger.get(&key("1")).await.unwrap(), None);
    ledger.put(&key("2"), &entry(1), None).await.unwrap();
    assert_eq!(ledger.get(&key("1")).await.unwrap(), None);
}

async fn keys_have_nothing_to_do_with_each_other(ledger: &impl Ledger) {
    for n in 0..5 {
        ledger.put(&key(&n.to_string()), &entry(n), None).await.unwrap();
    }
    for n in 0..5 {
        assert_eq!(standing(ledger, &key(&n.to_string())).await.revision, n);
    }
}

/// What only a table can be.
async fn a_table_that_is_missing_or_an_item_of_another_release_is_out_of_reach(
    (ledger, name): &(DynamoDb, String),
) {
    let client = clients(MiniStack).await.dynamodb;
    let missing = DynamoDb::new(client.clone(), unique("no-such"));
    let put = missing.put(&key("1"), &entry(1), None).await;
    assert!(matches!(put, Err(LedgerError::Unavailable(_))), "{put:?}");

    ledger.put(&key("1"), &entry(1), None).await.unwrap();
    let update = client.update_item().table_name(name);
    let update = update.key("ledger_key", AttributeValue::S(key("1").to_string()));
    let update = update.update_expression("SET #state = :state");
    let update = update.expression_attribute_names("#state", "state");
    let frozen = AttributeValue::S("frozen".into());
    update.expression_attribute_values(":state", frozen).send().await.unwrap();
    let put = ledger.put(&key("1"), &entry(2), None).await;
    assert!(matches!(put, Err(LedgerError::Unavailable(_))), "{put:?}");
    let got = ledger.get(&key("1")).await;
    assert!(matches!(got, Err(LedgerError::Unavailable(_))), "{got:?}");
}

/// The SDK tries again, and meets what it has written itself.
async fn a_write_whose_answer_is_lost_is_no_conflict_with_itself((_, name): &(DynamoDb, String)) {
    let emulator = Emulator::shared(MiniStack).await.unwrap();
    let address = emulator.endpoint().trim_start_matches("http://").to_owned();
    let lossy = RawServer::start(move |number, mut connection| {
        let address = address.clone();
        async move {
            let request = connection.message().await?;
            let mut beyond = Connection::open(&address).await?;
            beyond.send([request.head.as_bytes(), &request.body].concat()).await?;
            let answer = beyond.message().await?;
            match number {
                1 => Err(std::io::ErrorKind::ConnectionReset.into()),
                _ => connection.send([answer.head.as_bytes(), &answer.body].concat()).await,
            }
        }
    });
    let lossy = lossy.await.unwrap();
    let ledger = DynamoDb::new(Clients::of(&lossy.url()).dynamodb, name.clone());
    ledger.put(&key("1"), &entry(1), None).await.unwrap();
    assert_eq!(lossy.accepted(), 2);
    let standing = ledger.get(&key("1")).await.unwrap().unwrap();
    assert!(conflicts_with(ledger.put(&key("1"), &entry(2), None).await, &standing));
}
