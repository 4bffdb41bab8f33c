//! Targets in AWS: queues, functions, buses and tables that tests create for themselves.

use std::io::{Cursor, Write};

use aws_sdk_eventbridge::types::Target;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use jiff::Timestamp;
use serde_json::json;
use shared::event::EventId;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Result;
use crate::clients::{Clients, REGION};

/// The account of everything local.
const ACCOUNT: &str = "000000000000";

/// A function that passes on what it gets.
const PASS_ON: &str = "
import json, os, urllib.request

def handler(event, context):
    body = json.dumps(event).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ['PASS_ON_TO'], body))
";

/// The ARN of something local: of a queue `("sqs", "lake")`, of a function `("lambda",
/// "function:erp")`.
#[must_use]
pub fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}")
}

/// A name that nothing else in an emulator has, even if it is used by several processes: `what`, a hyphen and a new id.
#[must_use]
pub fn unique(what: &str) -> String {
    format!("{what}-{}", EventId::new(Timestamp::now()))
}

/// Creates a queue, FIFO if its name says so. Returns its URL.
pub async fn queue(clients: &Clients, name: &str) -> Result<String> {
    let create = clients.sqs.create_queue().queue_name(name);
    let create = match name.ends_with(".fifo") {
        true => create.attributes(QueueAttributeName::FifoQueue, "true"),
        false => create,
    };
    Ok(create.send().await?.queue_url.ok_or("a queue without a URL")?)
}

/// Takes the next messages out of a queue, with all their attributes; waits a second for one.
pub async fn take(clients: &Clients, url: &str) -> Result<Vec<Message>> {
    let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    let receive = receive.wait_time_seconds(1).message_attribute_names("All");
    let receive = receive.message_system_attribute_names("All".into());
    let messages = receive.send().await?.messages.unwrap_or_default();
    for message in &messages {
        let delete = clients.sqs.delete_message().queue_url(url);
        delete.set_receipt_handle(message.receipt_handle.clone()).send().await?;
    }
    Ok(messages)
}

/// Creates a function that passes its events on to a URL.
pub async fn function(clients: &Clients, name: &str, url: &str) -> Result<()> {
    let environment = Environment::builder().variables("PASS_ON_TO", url).build();
    let code = FunctionCode::builder().zip_file(Blob::new(zipped(PASS_ON)?)).build();
    let create = clients.lambda.create_function().function_name(name).runtime(Runtime::Python312);
    let create = create.role("arn:aws:iam::000000000000:role/any").handler("function.handler");
    create.environment(environment).code(code).send().await?;
    Ok(())
}

fn zipped(code: &str) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("function.py", SimpleFileOptions::default())?;
    zip.write_all(code.as_bytes())?;
    Ok(zip.finish()?.into_inner())
}

/// Creates a bus whose events of a source go to a queue of the same name. Returns the queue's URL.
pub async fn bus(clients: &Clients, name: &str, source: &str) -> Result<String> {
    let buses = &clients.eventbridge;
    buses.create_event_bus().name(name).send().await?;
    let pattern = json!({ "source": [format!("catchment.{source}")] }).to_string();
    let rule = buses.put_rule().name(name).event_bus_name(name).event_pattern(pattern);
    rule.send().await?;
    let url = queue(clients, name).await?;
    let target = Target::builder().id("1").arn(arn("sqs", name)).build()?;
    buses.put_targets().rule(name).event_bus_name(name).targets(target).send().await?;
    Ok(url)
}
