//! The handler `envelope_status`, on a table.

use aws_sdk_dynamodb::types::AttributeValue;
use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::MemoryStore;
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::table;
use futures_util::future::join_all;
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::{docusign, emulator};

fn handler(table: &str) -> Value {
    let settings = json!({ "table": table });
    json!({ "handler": { "name": "envelope_status", "timeout": 10, "settings": settings } })
}

struct Table {
    clients: Clients,
    name: String,
    it: TestDestination<MemoryStore>,
}

impl Table {
    async fn create() -> Self {
        let (endpoint, clients) = emulator(Kind::MiniStack).await;
        let name = unique("envelopes");
        table::create_by(&clients.dynamodb, &name, "envelope_id").await.unwrap();
        let it = TestDestination::new(endpoint, handler(&name)).unwrap();
        Self { clients, name, it }
    }

    async fn tell(&self, generated_at: &str, event: &str) -> Outcome {
        self.it.deliver(&docusign(generated_at, event)).await.outcome
    }

    /// The status of the sample's envelope, and since when.
    async fn status(&self) -> (String, String) {
        let id = AttributeValue::S("22222222-2222-2222-2222-222222222222".to_owned());
        let get = self.clients.dynamodb.get_item().table_name(&self.name).key("envelope_id", id);
        let item = get.consistent_read(true).send().await.unwrap().item.unwrap();
        let text = |name: &str| item[name].as_s().unwrap().clone();
        (text("status"), text("changed_at"))
    }
}

#[tokio::test]
async fn the_newest_status_wins_in_any_order_of_events() {
    let table = Table::create().await;
    for (generated_at, event, status) in [
        ("2026-11-20T10:15:30Z", "envelope-sent", "sent"),
        ("2026-11-20T10:15:30.5Z", "envelope-delivered", "delivered"),
        ("2026-11-20T10:15:30Z", "envelope-sent", "delivered"),
        ("2026-11-20T10:15:30.5Z", "envelope-delivered", "delivered"),
        ("2026-11-20T10:15:31.1234567Z", "envelope-completed", "completed"),
        ("2026-11-20T10:15:30.9Z", "envelope-voided", "completed"),
        ("2026-11-20T11:15:31+01:00", "envelope-declined", "completed"),
    ] {
        assert_eq!(table.tell(generated_at, event).await, Outcome::Delivered, "{event}");
        assert_eq!(table.status().await.0, status, "after {event} at {generated_at}");
    }
    assert_eq!(table.status().await.1, "2026-11-20T10:15:31.123456700Z");
}

#[tokio::test]
async fn of_ten_at_once_the_newest_stands() {
    let table = Table::create().await;
    let times = [3, 9, 0, 7, 1, 8, 2, 6, 4, 5];
    let told = times.map(|n| {
        let (table, generated_at) = (&table, format!("2026-11-20T10:15:30.{n}Z"));
        async move { table.tell(&generated_at, &format!("envelope-status{n}")).await }
    });
    for outcome in join_all(told).await {
        assert_eq!(outcome, Outcome::Delivered);
    }
    let (status, changed_at) = table.status().await;
    assert_eq!((&status[..], &changed_at[..]), ("status9", "2026-11-20T10:15:30.900000000Z"));
}

#[tokio::test]
async fn an_event_that_is_not_about_an_envelope_is_rejected() {
    let table = Table::create().await;
    let recipients = docusign("2026-11-20T10:15:30Z", "recipient-completed");
    let timeless = docusign("yesterday", "envelope-sent");
    let other = Delivery { body: "<xml/>".into(), ..delivery() };
    for delivery in [delivery(), recipients, timeless, other] {
        let outcome = table.it.deliver(&delivery).await.outcome;
        assert!(matches!(outcome, Outcome::Reject { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_yet_gets_the_status_when_it_is() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("late");
    let it = TestDestination::new(endpoint, handler(&name)).unwrap();
    let event = docusign("2026-11-20T10:15:30Z", "envelope-sent");
    let tried = it.deliver(&event).await;
    assert!(retry_reason(&tried).starts_with("ResourceNotFoundException"), "{tried:?}");
    table::create_by(&clients.dynamodb, &name, "envelope_id").await.unwrap();
    assert_eq!(it.deliver(&event).await.outcome, Outcome::Delivered);
}
