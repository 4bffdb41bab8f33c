//! Events of a FIFO queue are delivered in their order, group by group.

use catchment_tests::receiver::{Behaviour, Received};
use serde_json::json;
use shared::ports::queue::{Attributes, Message, MessageQueue, SqsQueue};

use crate::deployment::{Deployment, SOON, test};
use crate::traffic::{ORDERED, arrived};

/// Sends the next event of an order, and returns its id.
async fn send(deployment: &Deployment, order: &str, number: u32) -> String {
    let body = json!({ "order": order, "number": number }).to_string();
    let id = format!("order-{order}-{number}");
    deployment.send("orders", &id, body.as_bytes()).await.id().to_owned()
}

/// The events of an order as they arrived: number, and what was answered.
fn came(received: &[Received]) -> Vec<(u64, u16)> {
    let number =
        |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap()["number"].as_u64();
    received.iter().map(|got| (number(&got.body).unwrap(), got.answered)).collect()
}

#[test]
fn events_behind_a_failing_event_wait_for_it_and_other_groups_do_not() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::next(2, 500).at("/order-a"));
        let mut last = (String::new(), String::new());
        for number in 1..=4 {
            let a = send(deployment, "a", number).await;
            last = (a, send(deployment, "b", number).await);
        }
        deployment.delivered("order-a", &last.0, 1).await;
        deployment.delivered("order-b", &last.1, 1).await;
        let a = arrived(deployment, "order-a");
        assert_eq!(came(&a), [(1, 500), (1, 500), (1, 200), (2, 200), (3, 200), (4, 200)]);
        let b = arrived(deployment, "order-b");
        assert_eq!(came(&b), [(1, 200), (2, 200), (3, 200), (4, 200)]);
        assert!(b[0].at < a[2].at, "{} was held up until {}", b[0].at, a[2].at);
        deployment.drained(ORDERED).await;
    });
}

#[test]
fn after_a_dead_letter_its_group_continues_and_an_immediate_redrive_delivers_it() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::next(1, 400).at("/order-c"));
        let first = send(deployment, "c", 1).await;
        let second = send(deployment, "c", 2).await;
        deployment.delivered("order-c", &second, 1).await;
        let stack = &deployment.stack;
        let dead =
            stack.dead_letter(ORDERED, SOON, |dead| dead.body.contains(&first)).await.unwrap();
        assert_eq!(dead.reason, "order-c: HTTP status 400");
        let order = dead.order.unwrap();
        assert_eq!(order.group, "c");

        // As SQS moves it: with the place that it has.
        let queue = SqsQueue::new(stack.clients.sqs.clone());
        let message = Message { body: dead.body, attributes: Attributes::new(), fifo: Some(order) };
        queue.send(&stack.outputs.queue_urls[ORDERED], message).await.unwrap();
        deployment.delivered("order-c", &first, 2).await;
        assert_eq!(came(&arrived(deployment, "order-c")), [(1, 400), (2, 200), (1, 200)]);
        deployment.drained(ORDERED).await;
    });
}

#[test]
fn a_group_keeps_its_order_while_its_destination_is_down() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::always(503).at("/order-d"));
        for number in 1..=2 {
            send(deployment, "d", number).await;
        }
        let twice = |got: &[Received]| got.iter().filter(|got| got.path == "/order-d").count() >= 2;
        deployment.receiver.wait_for("a probe that fails", SOON, twice).await.unwrap();
        deployment.receiver.behave(Behaviour::always(200).at("/order-d"));
        let last = send(deployment, "d", 3).await;
        deployment.delivered("order-d", &last, 1).await;
        let came = came(&arrived(deployment, "order-d"));
        assert_eq!(came[came.len() - 3..], [(1, 200), (2, 200), (3, 200)], "{came:?}");
        assert!(came[..came.len() - 3].iter().all(|it| *it == (1, 503)), "{came:?}");
        deployment.drained(ORDERED).await;
    });
}
