//! Event buses.

use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::{aws_targets, wait};
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;
use worker_lambda::deliver::envelope::inline;
use worker_lambda::outcome::Outcome;

use super::{SOON, assert_whole, emulator};

fn bus(name: &str, inline_limit: usize) -> Value {
    json!({ "eventbridge": { "bus": name, "inline_limit": inline_limit } })
}

async fn next(clients: &Clients, queue: &str) -> Value {
    let next = wait::until("the event", SOON, async || {
        let message = aws_targets::take(clients, queue).await.unwrap().pop()?;
        serde_json::from_str(&message.body?).ok()
    });
    next.await.unwrap()
}

#[tokio::test]
async fn a_bus_gets_the_event_and_routes_it_by_source_and_type() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("bus");
    let queue = aws_targets::bus(&clients, &name, "shop").await.unwrap();
    let it = TestDestination::new(endpoint, bus(&name, 262_144)).unwrap();
    let delivery = delivery();
    assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);
    let event = next(&clients, &queue).await;
    assert_eq!(event["source"], "catchment.shop");
    assert_eq!(event["detail-type"], "order.paid");
    assert_whole(&event["detail"], &delivery);

    let long = Delivery { event_type: Some("ü".repeat(256)), ..delivery };
    assert_eq!(it.deliver(&long).await.outcome, Outcome::Delivered);
    let event = next(&clients, &queue).await;
    assert_eq!(event["detail-type"], "ü".repeat(128), "as long as EventBridge takes");
    assert_eq!(event["detail"]["type"], "ü".repeat(256));
}

/// Of an entry count its source, its type, its detail, and 14 bytes for its time.
#[tokio::test]
async fn an_entry_is_smaller_than_the_limit_with_all_that_counts() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("bus");
    let queue = aws_targets::bus(&clients, &name, "shop").await.unwrap();
    let delivery = Delivery { body: format!("\"{}\"", "x".repeat(1024)).into(), ..delivery() };
    let detail = inline(&delivery, usize::MAX).unwrap().len();
    let size = "catchment.shop".len() + "order.paid".len() + detail + 14;
    for (limit, is_inline) in [(size, false), (size + 1, true)] {
        let it = TestDestination::new(endpoint, bus(&name, limit)).unwrap();
        assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);
        let event = next(&clients, &queue).await;
        assert_eq!(event["detail"]["data"].is_string(), is_inline, "{event}");
        assert_eq!(event["detail"]["s3key"].is_string(), !is_inline, "{event}");
    }
}

/// EventBridge itself would say yes, and drop the event.
#[tokio::test]
async fn a_bus_that_is_not_there_yet_gets_the_event_when_it_is() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("late");
    let it = TestDestination::new(endpoint, bus(&name, 262_144)).unwrap();
    let delivery = delivery();
    for _ in 0..2 {
        let tried = it.deliver(&delivery).await;
        assert!(retry_reason(&tried).starts_with("ResourceNotFoundException: "), "{tried:?}");
        assert_eq!(tried.status, Some(400));
    }
    let queue = aws_targets::bus(&clients, &name, "shop").await.unwrap();
    assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);
    assert_whole(&next(&clients, &queue).await["detail"], &delivery);
}
