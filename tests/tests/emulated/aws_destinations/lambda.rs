//! Functions.

use catchment_tests::aws_targets;
use catchment_tests::aws_targets::unique;
use catchment_tests::emulator::Kind;
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::receiver::Receiver;
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;

use super::{SOON, assert_whole, emulator};

fn function(name: &str) -> Value {
    let arn = aws_targets::arn("lambda", &format!("function:{name}"));
    json!({ "lambda": { "arn": arn, "inline_limit": 262_144 } })
}

#[tokio::test]
async fn a_function_that_accepts_the_event_counts_as_delivered() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let (name, receiver) = (unique("f"), Receiver::start().await.unwrap());
    aws_targets::function(&clients, &name, receiver.url()).await.unwrap();
    let it = TestDestination::new(endpoint, function(&name)).unwrap();
    let delivery = delivery();
    let tried = it.deliver(&delivery).await;
    assert_eq!((tried.outcome, tried.status), (Outcome::Delivered, Some(202)));
    let received = receiver.wait_for("the event", SOON, |all| !all.is_empty()).await.unwrap();
    assert_whole(&serde_json::from_slice(&received[0].body).unwrap(), &delivery);
}

#[tokio::test]
async fn a_function_that_is_not_there_yet_gets_the_event_when_it_is() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let (name, receiver) = (unique("late"), Receiver::start().await.unwrap());
    let it = TestDestination::new(endpoint, function(&name)).unwrap();
    let tried = it.deliver(&delivery()).await;
    assert!(retry_reason(&tried).starts_with("ResourceNotFoundException: "), "{tried:?}");
    assert_eq!(tried.status, Some(404));
    aws_targets::function(&clients, &name, receiver.url()).await.unwrap();
    assert_eq!(it.deliver(&delivery()).await.outcome, Outcome::Delivered);
    receiver.wait_for("the event", SOON, |all| !all.is_empty()).await.unwrap();
}
