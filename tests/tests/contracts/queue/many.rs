//! Many messages in one call of ours.

use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, message};
use catchment_tests::sockets::Sockets;
use catchment_tests::wait;
use shared::ports::queue::{MessageQueue, SqsQueue};

use super::subjects::Sqs;
use super::{MINUTE, SOON, Subject, bodies, ordered};
use crate::hold;

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

/// The call succeeds, and of its ten messages one is not taken: the list that they come from must not
/// count as taken apart. No emulator can be told to do so.
#[tokio::test]
async fn one_of_many_that_is_not_taken_is_an_error() {
    let server = Sockets::start(|_, mut connection| async move {
        loop {
            let call = connection.message().await?;
            let entries = String::from_utf8_lossy(&call.body).matches("MessageBody").count();
            assert_eq!(entries, 2);
            let answer = r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}],
                "Failed":[{"Id":"1","Code":"InternalError","SenderFault":false,"Message":"hunter2"}]}"#;
            let headers = "content-type: application/x-amz-json-1.0\r\n";
            connection.answer("200 OK", headers, answer.as_bytes()).await?;
        }
    });
    let server = server.await.unwrap();
    let queue = SqsQueue::new(Clients::of(&server.url()).sqs);
    let url = format!("{}/000000000000/q", server.url());
    let error = queue.send_all(&url, vec![message("a"), message("b")]).await.unwrap_err();
    assert_eq!(error.to_string(), "queue: not queued: InternalError");
}
