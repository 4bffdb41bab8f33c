//! Functions.

use std::fs;
use std::io::Write;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::receiver::Receiver;
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{SOON, assert_whole, deliver, delivery, destination, emulator, retried, unique};

/// A function that passes on what it gets.
const PASS_ON: &str = "
import json, os, urllib.request

def handler(event, context):
    body = json.dumps(event).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ['PASS_ON_TO'], body))
";

fn zipped(code: &str) -> Vec<u8> {
    let path = catchment_tests::paths::target().join(unique("function")).with_extension("zip");
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    zip.start_file("function.py", SimpleFileOptions::default()).unwrap();
    zip.write_all(code.as_bytes()).unwrap();
    zip.finish().unwrap();
    let zipped = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    zipped
}

/// A function that passes events on to a URL.
async fn create(Clients { lambda, .. }: &Clients, name: &str, url: &str) {
    let environment = Environment::builder().variables("PASS_ON_TO", url).build();
    let code = FunctionCode::builder().zip_file(Blob::new(zipped(PASS_ON))).build();
    let create = lambda.create_function().function_name(name).runtime(Runtime::Python312);
    let create = create.role("arn:aws:iam::000000000000:role/any").handler("function.handler");
    create.environment(environment).code(code).send().await.unwrap();
}

fn function(name: &str) -> Value {
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
    json!({ "lambda": { "arn": arn, "inline_limit": 262_144 } })
}

#[tokio::test]
async fn a_function_gets_the_event_and_accepted_is_delivered() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let (name, receiver) = (unique("f"), Receiver::start().await.unwrap());
    create(&clients, &name, receiver.url()).await;
    let it = destination(endpoint, function(&name)).unwrap();
    let delivery = delivery();
    let tried = deliver(&it, &delivery).await;
    assert_eq!((tried.outcome, tried.status), (Outcome::Delivered, Some(202)));
    let received = receiver.wait_for("the event", SOON, |all| !all.is_empty()).await.unwrap();
    assert_whole(&serde_json::from_slice(&received[0].body).unwrap(), &delivery);
}

#[tokio::test]
async fn a_function_that_is_not_there_yet_gets_the_event_when_it_is() {
    let (endpoint, clients) = emulator(Kind::MiniStack).await;
    let (name, receiver) = (unique("late"), Receiver::start().await.unwrap());
    let it = destination(endpoint, function(&name)).unwrap();
    let tried = deliver(&it, &delivery()).await;
    assert!(retried(&tried).starts_with("ResourceNotFoundException: "), "{tried:?}");
    assert_eq!(tried.status, Some(404));
    create(&clients, &name, receiver.url()).await;
    assert_eq!(deliver(&it, &delivery()).await.outcome, Outcome::Delivered);
    receiver.wait_for("the event", SOON, |all| !all.is_empty()).await.unwrap();
}
