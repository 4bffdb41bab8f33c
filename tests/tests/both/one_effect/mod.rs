//! Exactly-once effect: concurrent workers, duplicates and crashes, on DynamoDB's real conditional writes (of
//! MiniStack) and on the fake ledger.
mod races;

use std::time::Duration;

use catchment_tests::aws_targets::unique;
use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::fakes::MemoryLedger;
use catchment_tests::harness::{TestWorker, config};
use catchment_tests::table;
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::dynamodb::DynamoDb;

/// Runs each test with a worker of its own, on the fake ledger in `fakes` and on DynamoDB in `emulated`.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        on_fakes! {
            mod fake {
                $(#[tokio::test]
                async fn $test() {
                    super::races::$test(&super::worker(super::MemoryLedger::default())).await;
                })*
            }
        }
        on_emulators! {
            mod dynamodb {
                $(#[tokio::test]
                async fn $test() {
                    super::races::$test(&super::worker(super::dynamodb_table().await)).await;
                })*
            }
        }
    };
}

on_both!(
    of_ten_deliveries_of_one_message_one_has_an_effect,
    of_ten_that_the_provider_sent_again_one_has_an_effect,
    after_a_crash_others_wait_until_the_lease_ends_and_no_longer,
    a_worker_that_outlives_its_lease_overwrites_nothing,
    of_ten_redrives_at_once_one_delivers_and_only_what_is_owed,
    of_ten_re_sends_of_a_dead_lettered_event_one_is_delivered,
    an_event_costs_two_writes_whatever_the_number_of_its_destinations,
);

/// A worker on a ledger. A lease is a second longer than its invocation.
fn worker<L: Ledger + Clone>(ledger: L) -> TestWorker<L> {
    let config = serde_json::from_value(config()).unwrap();
    TestWorker::builder(&config).ledger(ledger).longest_timeout(Duration::from_secs(1)).build()
}

async fn dynamodb_table() -> DynamoDb {
    let client = Emulator::shared(Kind::MiniStack).await.unwrap().clients().dynamodb;
    let name = unique("one-effect");
    table::create(&client, &name).await.unwrap();
    DynamoDb::new(client, name)
}
