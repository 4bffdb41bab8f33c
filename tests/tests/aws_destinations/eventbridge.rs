//! Event buses.

use aws_sdk_eventbridge::types::Target;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::wait;
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;
use worker_lambda::deliver::envelope::inline;
use worker_lambda::outcome::Outcome;

use super::{SOON, assert_whole, deliver, delivery, destination, emulator, retried, unique};

fn bus(name: &str, inline_limit: usize) -> Value {
    json!({ "eventbridge": { "bus": name, "inline_limit": inline_limit } })
}

/// A bus whose events of the source `shop` go to a queue, whose URL it returns.
async fn to_a_queue(Clients { eventbridge, sqs, .. }: &Clients, name: &str) -> String {
    eventbridge.create_event_bus().name(name).send().await.unwrap();
    let rule = eventbridge.put_rule().name(name).event_bus_name(name);
    let pattern = json!({ "source": ["catchment.shop"] });
    rule.event_pattern(pattern.to_string()).send().await.unwrap();
    let queue = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let target = Target::builder().id("1").arn(arn).build().unwrap();
    let put = eventbridge.put_targets().rule(name).event_bus_name(name).targets(target);
    put.send().await.unwrap();
    queue
}

async fn next(Clients { sqs, .. }: &Clients, queue: &str) -> Value {
    let next = wait::until("the event", SOON, async || {
        let receive = sqs.receive_message().queue_url(queue).wait_time_seconds(1);
        let message = receive.send().await.unwrap().messages?.pop()?;
        let delete = sqs.delete_message().queue_url(queue);
        delete.receipt_handle(message.receipt_handle?).send().await.unwrap();
        serde_json::from_str(&message.body?).ok()
    });
    next.await.unwrap()
}

#[tokio::test]
async fn a_bus_gets_the_event_and_routes_it_by_source_and_type() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("bus");
    let queue = to_a_queue(&clients, &name).await;
    let it = destination(endpoint, bus(&name, 262_144)).unwrap();
    let delivery = delivery();
    assert_eq!(deliver(&it, &delivery).await.outcome, Outcome::Delivered);
    let event = next(&clients, &queue).await;
    assert_eq!(event["source"], "catchment.shop");
    assert_eq!(event["detail-type"], "order.paid");
    assert_whole(&event["detail"], &delivery);

    let long = Delivery { event_type: Some("ü".repeat(256)), ..delivery };
    assert_eq!(deliver(&it, &long).await.outcome, Outcome::Delivered);
    let event = next(&clients, &queue).await;
    assert_eq!(event["detail-type"], "ü".repeat(128), "as long as EventBridge takes");
    assert_eq!(event["detail"]["type"], "ü".repeat(256));
}

/// Of an entry count its source, its type, its detail, and 14 bytes for its time.
#[tokio::test]
async fn an_entry_is_smaller_than_the_limit_with_all_that_counts() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let name = unique("bus");
    let queue = to_a_queue(&clients, &name).await;
    let delivery = Delivery { body: format!("\"{}\"", "x".repeat(1024)).into(), ..delivery() };
    let detail = inline(&delivery, usize::MAX).unwrap().len();
    let size = "catchment.shop".len() + "order.paid".len() + detail + 14;
    for (limit, is_inline) in [(size, false), (size + 1, true)] {
        let it = destination(endpoint, bus(&name, limit)).unwrap();
        assert_eq!(deliver(&it, &delivery).await.outcome, Outcome::Delivered);
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
    let it = destination(endpoint, bus(&name, 262_144)).unwrap();
    let delivery = delivery();
    for _ in 0..2 {
        let tried = deliver(&it, &delivery).await;
        assert!(retried(&tried).starts_with("ResourceNotFoundException: "), "{tried:?}");
        assert_eq!(tried.status, Some(400));
    }
    let queue = to_a_queue(&clients, &name).await;
    assert_eq!(deliver(&it, &delivery).await.outcome, Outcome::Delivered);
    assert_whole(&next(&clients, &queue).await["detail"], &delivery);
}
