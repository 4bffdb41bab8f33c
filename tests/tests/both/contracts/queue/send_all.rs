//! Many messages in one call of ours.

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, message};
use catchment_tests::wait;
use shared::ports::queue::MessageQueue;

use super::subjects::Sqs;
use super::{MINUTE, SOON, Subject, bodies, ordered};
use crate::both::contracts::hold;

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr) => {
        hold!(
            $name,
            $test,
            $subject,
            [
                many_at_once_arrive_each_once,
                many_at_once_of_several_groups_arrive_in_the_order_of_each,
            ]
        );
    };
}

every!(fake, tokio::test(start_paused = true), super::MemoryQueue::default());
every!(localstack, tokio::test, super::Sqs::new(super::LocalStack).await);
every!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await);

/// More than SQS takes in one call, and more than are sent side by side.
async fn many_at_once_arrive_each_once(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let bodies: Vec<_> = (0..95).map(|number| format!("item {number:02}")).collect();
    let messages = bodies.iter().map(message).collect();
    subject.port().send_all(&url, messages).await.unwrap();
    let mut received = Vec::new();
    wait::until("all of them", SOON, async || {
        received.extend(subject.receive(&url).await.into_iter().map(|it| it.body));
        (received.len() >= bodies.len()).then_some(())
    })
    .await
    .unwrap();
    received.sort();
    assert_eq!(received, bodies);
}

/// More of a group than SQS takes in one call.
async fn many_at_once_of_several_groups_arrive_in_the_order_of_each(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let body = |number: u32| format!("{}{number:02}", ["a", "b", "c"][number as usize % 3]);
    let sent: Vec<_> = (0..42).map(body).collect();
    let messages = sent.iter().map(|body| ordered(&body[..1], body)).collect();
    subject.port().send_all(&url, messages).await.unwrap();
    let mut came = Vec::new();
    wait::until("all of them", SOON, async || {
        let received = subject.receive(&url).await;
        came.extend(bodies(&received));
        for message in received {
            subject.delete(&url, &message.receipt).await;
        }
        (came.len() >= sent.len()).then_some(())
    })
    .await
    .unwrap();
    for group in ["a", "b", "c"] {
        let of_it = |all: &[String]| -> Vec<String> {
            all.iter().filter(|body| body.starts_with(group)).cloned().collect()
        };
        assert_eq!(of_it(&came), of_it(&sent));
    }
}
