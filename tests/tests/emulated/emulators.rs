//! The emulators themselves: they start, work, and end with the process that started them.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use catchment_tests::emulator::Emulator;
use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::{guard, table, to_stderr, wait};

const SOON: Duration = Duration::from_secs(10);

/// Set for the process that `dies_with_its_parent` kills.
const PARENT: &str = "CATCHMENT_TEST_PARENT";

#[tokio::test]
async fn localstack_stores_objects() {
    stores_objects(Emulator::shared(LocalStack).await.unwrap()).await;
}

#[tokio::test]
async fn ministack_stores_objects() {
    stores_objects(Emulator::shared(MiniStack).await.unwrap()).await;
}

async fn stores_objects(emulator: &Emulator) {
    let s3 = emulator.clients().s3;
    let body: Vec<u8> = (0..=255).collect();
    s3.create_bucket().bucket("stores-objects").send().await.unwrap();
    let put = s3.put_object().bucket("stores-objects").key("a/b=c/ü").body(body.clone().into());
    put.send().await.unwrap();
    let got = s3.get_object().bucket("stores-objects").key("a/b=c/ü").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), body);
}

#[tokio::test]
async fn localstack_redrives() {
    redrives(Emulator::shared(LocalStack).await.unwrap()).await;
}

#[tokio::test]
async fn ministack_redrives() {
    redrives(Emulator::shared(MiniStack).await.unwrap()).await;
}

/// A message that is received once and not deleted moves to the dead-letter queue.
async fn redrives(emulator: &Emulator) {
    let sqs = emulator.clients().sqs;
    let dead = sqs.create_queue().queue_name("redrives-dead").send().await.unwrap();
    let dead = dead.queue_url().unwrap();
    let arn = sqs
        .get_queue_attributes()
        .queue_url(dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap()
        .remove(&QueueAttributeName::QueueArn)
        .unwrap();
    let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let queue = sqs
        .create_queue()
        .queue_name("redrives")
        .attributes(QueueAttributeName::RedrivePolicy, redrive)
        .attributes(QueueAttributeName::VisibilityTimeout, "0")
        .send()
        .await
        .unwrap();
    let queue = queue.queue_url().unwrap();
    sqs.send_message().queue_url(queue).message_body("never finished").send().await.unwrap();

    let mut received = 0;
    let arrived = wait::until("the dead letter", SOON, async || {
        let tried = sqs.receive_message().queue_url(queue).send().await.unwrap();
        received += tried.messages().len();
        let message = sqs.receive_message().queue_url(dead).send().await.unwrap();
        message.messages.unwrap_or_default().pop()
    });
    assert_eq!(arrived.await.unwrap().body(), Some("never finished"));
    assert_eq!(received, 1);
}

#[tokio::test]
async fn ministack_keeps_items_and_secrets() {
    let clients = Emulator::shared(MiniStack).await.unwrap().clients();
    let secret = clients.secrets.create_secret().name("keeps").secret_string("s3cret");
    secret.send().await.unwrap();
    let got = clients.secrets.get_secret_value().secret_id("keeps").send().await.unwrap();
    assert_eq!(got.secret_string(), Some("s3cret"));
    table::create(&clients.dynamodb, "keeps").await.unwrap();
    let key = AttributeValue::S("1".to_owned());
    let put = clients.dynamodb.put_item().table_name("keeps").item("ledger_key", key.clone());
    put.send().await.unwrap();
    let get = clients.dynamodb.get_item().table_name("keeps").key("ledger_key", key.clone());
    assert_eq!(get.send().await.unwrap().item.unwrap()["ledger_key"], key);
}

/// Only this machine can reach it. 127.0.0.2 is as good as any other address here: on Linux it
/// reaches what listens on all of them.
#[tokio::test]
async fn emulators_listen_on_loopback_only() {
    let localstack = Emulator::start(LocalStack, &to_stderr).await.unwrap();
    let ministack = Emulator::start(MiniStack, &to_stderr).await.unwrap();
    for emulator in [&localstack, &ministack] {
        let port = port_of(emulator.endpoint());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert!(TcpStream::connect(("127.0.0.2", port)).is_err());
    }
}

#[tokio::test]
async fn two_emulators_have_nothing_in_common() {
    let (first, second) = tokio::join!(
        Emulator::start(LocalStack, &to_stderr),
        Emulator::start(LocalStack, &to_stderr)
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    first.clients().s3.create_bucket().bucket("only-here").send().await.unwrap();
    let buckets = second.clients().s3.list_buckets().send().await.unwrap();
    assert!(buckets.buckets().is_empty());
}

#[tokio::test]
async fn an_emulator_that_is_stopped_or_dropped_is_gone() {
    let stopped = Emulator::start(MiniStack, &to_stderr).await.unwrap();
    let port = port_of(stopped.endpoint());
    stopped.stop().await.unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());

    let dropped = Emulator::start(MiniStack, &to_stderr).await.unwrap();
    let port = port_of(dropped.endpoint());
    drop(dropped);
    closes(port).await;
}

#[tokio::test]
async fn an_emulator_dies_with_its_parent() {
    if env::var_os(PARENT).is_some() {
        let emulator = Emulator::start(LocalStack, &to_stderr).await.unwrap();
        println!("\nport {}", port_of(emulator.endpoint()));
        return std::future::pending().await;
    }
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "emulators::an_emulator_dies_with_its_parent", "--nocapture"])
        .env(PARENT, "1")
        .env_remove("AWS_ENDPOINT_URL")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let said =
        lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("port ")?.to_owned()));
    let port: u16 = said.expect("the parent starts an emulator").parse().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    parent.kill().unwrap(); // SIGKILL: it gets no chance to clean up.
    parent.wait().unwrap();
    closes(port).await;
}

/// A grandchild, as MiniStack's Lambdas are, ends as well.
#[tokio::test]
async fn a_guarded_process_takes_its_children_along() {
    for ending in ["its parent's handle is dropped", "it ends by itself"] {
        let script = match ending {
            "it ends by itself" => "sleep 600 & echo $!",
            _ => "sleep 600 & echo $!; wait",
        };
        let mut guard = guard::command("sh").unwrap();
        let mut guard = guard.args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut pid = String::new();
        BufReader::new(guard.stdout.take().unwrap()).read_line(&mut pid).unwrap();
        if ending != "it ends by itself" {
            assert!(is_alive(&pid));
            drop(guard.stdin.take());
        }
        let dead = async || (!is_alive(&pid)).then_some(());
        wait::until(&format!("the grandchild's end when {ending}"), SOON, dead).await.unwrap();
        guard.wait().unwrap();
    }
}

#[tokio::test]
async fn a_guarded_process_answers_for_itself() {
    let mut guard = guard::command("sh").unwrap();
    guard
        .args(["-c", "echo out; echo err >&2; exit 7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output =
        guard::output(tokio::process::Command::from(guard).spawn().unwrap()).await.unwrap();
    assert_eq!(
        (output.status.code(), output.stdout, output.stderr),
        (Some(7), b"out\n".to_vec(), b"err\n".to_vec())
    );
}

async fn closes(port: u16) {
    let closed = async || TcpStream::connect(("127.0.0.1", port)).is_err().then_some(());
    wait::until("the emulator's port to close", SOON, closed).await.unwrap();
}

fn port_of(endpoint: &str) -> u16 {
    endpoint.rsplit(':').next().unwrap().parse().unwrap()
}

fn is_alive(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}
