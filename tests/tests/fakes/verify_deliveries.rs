//! The programs of `docs/guide/verify-deliveries.md`, run on deliveries that the worker's HTTP destination makes.
use std::process::Stdio;
use std::time::Duration;

use catchment_tests::python::Python;
use catchment_tests::receiver::{Received, Receiver};
use catchment_tests::{clients, guard};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use worker_lambda::outcome::Outcome;

use crate::http_destination::{ARN, Destination, KEY, delivery, outcome, secret, signature};

#[allow(dead_code, clippy::print_stdout, reason = "its `main` is for those who copy it")]
#[path = "verify_deliveries/program.rs"]
mod program;

const PAGE: &str = include_str!("../../../docs/guide/verify-deliveries.md");
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// Where there is one.
const NODE: &str = "node";

/// The page's program in a language.
fn block(language: &str) -> &'static str {
    let fence = format!("\n```{language}\n");
    let (_, rest) = PAGE.split_once(&fence).expect("the page has a program");
    rest.split_once("```").expect("a block ends").0
}

/// Starts a program with our secret. Returns it with its URL, which its first line ends with.
async fn start(command: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> (Child, String) {
    let mut guarded = Command::from(guard::command(command).unwrap());
    guarded
        .args(arguments)
        .env("WEBHOOK_SECRET", secret(KEY))
        .env("PORT", "0")
        .stderr(Stdio::null());
    let mut child = guarded.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(STARTS_WITHIN, lines.next_line()).await.expect("it starts");
    let line = line.unwrap().expect("it says where it listens");
    // Its output goes on being read, or it could not write.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, line.strip_prefix("listening on ").unwrap().to_owned())
}

/// A program accepts what we sign, also during a rotation, and refuses everything else.
async fn accepts_only_our_deliveries(url: &str) {
    let destination = Destination::at(url);
    assert_eq!(destination.deliver(&delivery()).await, Outcome::Delivered);

    let set = |secrets: &str| destination.secrets.set(ARN, secrets, Timestamp::UNIX_EPOCH);
    let (ours, other) = (secret(KEY), secret([8; 32]));
    set(&format!("[\"{other}\", \"{ours}\"]"));
    assert_eq!(outcome(&destination.build(), &delivery()).await, Outcome::Delivered, "rotation");
    set(&other);
    let refused = Outcome::retry("HTTP status 401");
    assert_eq!(outcome(&destination.build(), &delivery()).await, refused, "another secret");

    let real = real_delivery().await;
    assert_eq!(replay(url, &real).await, 204, "the same delivery");
    let mut changed = real.clone();
    changed.body.push(b' ');
    assert_eq!(replay(url, &changed).await, 401, "another body");
    assert_eq!(replay(url, &with(&real, "webhook-id", "msg_other")).await, 401, "another id");
    for wrong in ["", "v1", "v1,", "v1,AAAA", "v1,ü", "v2,AAAA"] {
        assert_eq!(replay(url, &with(&real, "webhook-signature", wrong)).await, 401, "{wrong}");
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut without = real.clone();
        without.headers.retain(|(known, _)| known != name);
        assert_eq!(replay(url, &without).await, 401, "without {name}");
    }
    for minutes in [-6, 6] {
        let at = Timestamp::now() + SignedDuration::from_mins(minutes);
        assert_eq!(replay(url, &signed_at(&real, &at.as_second().to_string())).await, 401);
    }
    assert_eq!(replay(url, &signed_at(&real, "soon")).await, 401, "no time");
    let at = Timestamp::now() - SignedDuration::from_mins(4);
    assert_eq!(replay(url, &signed_at(&real, &at.as_second().to_string())).await, 204, "old");
}

/// What the worker's HTTP destination sends.
async fn real_delivery() -> Received {
    let receiver = Receiver::start().await.unwrap();
    assert_eq!(Destination::at(receiver.url()).deliver(&delivery()).await, Outcome::Delivered);
    receiver.received().remove(0)
}

fn with(delivery: &Received, name: &str, value: &str) -> Received {
    let mut changed = delivery.clone();
    let header = changed.headers.iter_mut().find(|(known, _)| known == name).unwrap();
    value.clone_into(&mut header.1);
    changed
}

/// The same delivery, signed by us with another timestamp.
fn signed_at(delivery: &Received, timestamp: &str) -> Received {
    let changed = with(delivery, "webhook-timestamp", timestamp);
    let signature = signature(KEY, &changed);
    with(&changed, "webhook-signature", &signature)
}

async fn replay(url: &str, delivery: &Received) -> u16 {
    let mut post = clients::http().unwrap().post(url).body(delivery.body.clone());
    for (name, value) in delivery.headers.iter().filter(|(name, _)| name.starts_with("webhook-")) {
        post = post.header(name, value);
    }
    post.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_python_program_of_the_documentation_accepts_only_our_deliveries() {
    let python = Python::find().unwrap().executable();
    let (_child, url) = start(python, &["-c", block("python")]).await;
    accepts_only_our_deliveries(&url).await;
}

#[tokio::test]
async fn the_node_program_of_the_documentation_accepts_only_our_deliveries() {
    if std::process::Command::new(NODE).arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no {NODE} on the PATH");
        return;
    }
    let arguments = ["--input-type=module", "--eval", block("js")];
    let (_child, url) = start(NODE, &arguments).await;
    accepts_only_our_deliveries(&url).await;
}

#[tokio::test]
async fn the_rust_program_of_the_documentation_accepts_only_our_deliveries() {
    let program = include_str!("verify_deliveries/program.rs");
    assert_eq!(block("rust"), program, "the page has the program that this test runs");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(program::serve(listener, secret(KEY)));
    accepts_only_our_deliveries(&url).await;
    server.abort();
}
