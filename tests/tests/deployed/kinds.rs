//! Destinations of every kind, filters and lists, through the whole deployment.

use aws_sdk_dynamodb::types::AttributeValue;
use catchment_tests::clients::Clients;
use catchment_tests::receiver::{Behaviour, Received};
use catchment_tests::samples;
use catchment_tests::{Result, aws_targets, clients, table, wait};
use serde_json::{Map, Value, json};

use crate::deployment::{Deployment, SOON, test};

/// Names of what is delivered to, beside the stack.
const FUNCTION: &str = "erp";
const QUEUE: &str = "lake";
const DEPOT: &str = "depot";
const FIFO: &str = "in-order.fifo";
const BUS: &str = "events";
const TABLE: &str = "envelopes";
const TOKEN: &str = "token-of-contacts";

/// Where a queue, made by a test, is.
fn url(deployment: &Deployment, name: &str) -> String {
    format!("{}/000000000000/{name}", deployment.stack.emulator.endpoint())
}

pub(crate) fn sources() -> Map<String, Value> {
    let list = json!({ "items": "body.events", "id": ["id"], "type": ["kind"] });
    let scheme = json!({ "header": samples::HMAC_HEADER.to_ascii_lowercase() });
    let sources = json!({
        "everywhere": { "provider": "github" },
        "large": { "provider": "github" },
        "envelopes": { "provider": "docusign" },
        "sorted": { "provider": "github" },
        "lists": { "provider": "hmac", "scheme": scheme, "split": true, "list": list },
    });
    sources.as_object().unwrap().clone()
}

pub(crate) fn destinations(receiver: &str) -> Map<String, Value> {
    let table = aws_targets::arn("dynamodb", &format!("table/{TABLE}"));
    let secrets = aws_targets::arn("secretsmanager", "secret:contacts-*");
    let contacts = json!({
        "url": format!("{receiver}/contacts"), "allow_private": "true", "secret_arn": "contacts-token",
    });
    let destinations = json!({
        "function": { "lambda": { "arn": aws_targets::arn("lambda", &format!("function:{FUNCTION}")) } },
        "queue": { "sqs": { "arn": aws_targets::arn("sqs", QUEUE) } },
        "depot": { "sqs": { "arn": aws_targets::arn("sqs", DEPOT) } },
        "fifo": { "sqs": { "arn": aws_targets::arn("sqs", FIFO), "ordering_key": "body.order" } },
        "bus": { "eventbridge": { "bus": BUS } },
        "status": { "handler": {
            "name": "envelope_status", "timeout": 5, "settings": { "table": TABLE },
            "permissions": [{ "actions": ["dynamodb:UpdateItem"], "resources": [table] }],
        } },
        "contact": { "handler": {
            "name": "create_contact", "timeout": 5, "settings": contacts,
            "permissions": [{ "actions": ["secretsmanager:GetSecretValue"], "resources": [secrets] }],
        } },
        "a": { "http": { "url": format!("{receiver}/a"), "allow_private": true, "method": "PUT", "timeout": 3 } },
        "rest": { "http": { "url": format!("{receiver}/rest"), "allow_private": true, "timeout": 3 } },
        "items": { "http": { "url": format!("{receiver}/items"), "allow_private": true, "timeout": 3 } },
    });
    destinations.as_object().unwrap().clone()
}

pub(crate) fn routes() -> Vec<Value> {
    let routes = json!([
        { "source": "everywhere", "destinations": ["function", "queue", "fifo", "bus"] },
        { "source": "large", "destinations": ["depot"] },
        { "source": "envelopes", "destinations": ["status", "contact"] },
        { "source": "sorted", "filter": "body.kind == 'a'", "destinations": ["a"] },
        { "source": "sorted", "filter": "starts_with(body.name, 'x')", "destinations": ["a"] },
        { "source": "sorted", "filter": "body.kind == 'noise'", "destinations": [] },
        { "source": "sorted", "otherwise": true, "destinations": ["rest"] },
        { "source": "lists", "destinations": ["items"] },
    ]);
    routes.as_array().unwrap().clone()
}

/// Creates the destinations' resources. The worker looks for them only when it delivers.
pub(crate) async fn create(clients: &Clients, receiver: &str) -> Result<()> {
    aws_targets::function(clients, FUNCTION, &format!("{receiver}/function")).await?;
    aws_targets::queue(clients, QUEUE).await?;
    aws_targets::queue(clients, DEPOT).await?;
    aws_targets::queue(clients, FIFO).await?;
    aws_targets::bus(clients, BUS, "everywhere").await?;
    table::create_by(&clients.dynamodb, TABLE, "envelope_id").await?;
    let secret = clients.secrets.create_secret().name("contacts-token");
    secret.secret_string(TOKEN).send().await?;
    Ok(())
}

/// The message in a queue that is about an event.
async fn message(deployment: &Deployment, queue: &str, id: &str) -> aws_sdk_sqs::types::Message {
    let url = url(deployment, queue);
    let found = wait::until("the message", SOON, async || {
        let messages = aws_targets::take(&deployment.stack.clients, &url).await.ok()?;
        messages.into_iter().find(|it| it.body.as_ref().is_some_and(|body| body.contains(id)))
    });
    found.await.unwrap()
}

async fn received(
    deployment: &Deployment,
    path: &str,
    fits: impl Fn(&Received) -> bool,
) -> Received {
    let is_it = |got: &Received| got.path == path && fits(got);
    let all = deployment.receiver.wait_for(path, SOON, |all| all.iter().any(is_it)).await.unwrap();
    all.into_iter().find(is_it).unwrap()
}

/// Invariants 5 and 6, for every kind of destination: each gets the event once, and the ledger records it. An event without
/// destinations is recorded as such, so that it is routed again when it comes again.
async fn complete(deployment: &Deployment, source: &str, id: &str, destinations: &[&str]) {
    let stored = deployment.stored(source, id).await;
    let key = stored.json["ledger_key"].as_str().unwrap().to_owned();
    let state = if destinations.is_empty() { "no_destination" } else { "complete" };
    let entry = deployment.stack.ledger_says(&key, state, SOON).await.unwrap();
    assert_eq!(
        (entry.attempts, entry.done),
        (1, destinations.iter().map(ToString::to_string).collect()),
        "{source}"
    );
}

#[test]
fn a_function_a_queue_a_fifo_queue_and_a_bus_get_the_same_event() {
    test(async |deployment| {
        let body = br#"{"order":"7","total":1.10}"#;
        let id = deployment.send("everywhere", "kinds-1", body).await.id().to_owned();
        complete(deployment, "everywhere", &id, &["bus", "fifo", "function", "queue"]).await;

        let of_it = |got: &Received| String::from_utf8_lossy(&got.body).contains(&id);
        let function = received(deployment, "/function", of_it).await;
        let event: Value = serde_json::from_slice(&function.body).unwrap();
        assert_eq!((&event["eventid"], &event["source"]), (&json!(id), &json!("/everywhere")));
        assert_eq!(event["data"], json!({ "order": "7", "total": 1.10 }));

        let queued = message(deployment, QUEUE, &id).await;
        let text = queued.body.unwrap();
        assert!(text.contains(r#""data":{"order":"7","total":1.10}"#), "byte for byte: {text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), event);
        let ordered = message(deployment, FIFO, &id).await;
        let group = &ordered.attributes.as_ref().unwrap()[&"MessageGroupId".into()];
        assert_eq!(group, "7", "its ordering key");
        assert_eq!(serde_json::from_str::<Value>(&ordered.body.unwrap()).unwrap(), event);
        let routed = message(deployment, BUS, &id).await.body.unwrap();
        let routed: Value = serde_json::from_str(&routed).unwrap();
        assert_eq!(
            (&routed["source"], &routed["detail"]),
            (&json!("catchment.everywhere"), &event)
        );
    });
}

#[test]
fn an_event_that_is_too_large_is_delivered_by_reference_to_its_body() {
    test(async |deployment| {
        let body = format!(r#"{{"order":"8","text":"{}"}}"#, "x".repeat(300_000));
        let id = deployment.send("large", "kinds-2", body.as_bytes()).await.id().to_owned();
        let queued = message(deployment, DEPOT, &id).await.body.unwrap();
        let event: Value = serde_json::from_str(&queued).unwrap();
        assert!(event.get("data").is_none() && queued.len() < 4096, "{queued}");
        let stored = deployment.stored("large", &id).await;
        let key = stored.s3_key.replacen("events/", "bodies/", 1);
        assert_eq!(event["s3key"], key.strip_suffix(".json").unwrap());
        let url = event["dataref"].as_str().unwrap();
        let got = clients::http().unwrap().get(url).send().await.unwrap();
        assert_eq!(got.status(), 200);
        assert_eq!(got.headers()["content-type"], event["datacontenttype"].as_str().unwrap());
        assert!(got.bytes().await.unwrap() == body.as_bytes(), "the body alone");
        complete(deployment, "large", &id, &["depot"]).await;
    });
}

#[test]
fn handlers_compiled_in_write_to_a_table_and_call_an_api() {
    test(async |deployment| {
        let sample = samples::body("docusign").unwrap();
        let answer = deployment.send("envelopes", "", sample).await;
        complete(deployment, "envelopes", answer.id(), &["contact", "status"]).await;
        let event: Value = serde_json::from_slice(sample).unwrap();
        let envelope = event["data"]["envelopeId"].as_str().unwrap().to_owned();
        let get = deployment.stack.clients.dynamodb.get_item().table_name(TABLE);
        let get = get.key("envelope_id", AttributeValue::S(envelope)).consistent_read(true);
        let item = get.send().await.unwrap().item.expect("the handler wrote it");
        assert_eq!(item["status"].as_s().unwrap(), "completed");
        let contact = received(deployment, "/contacts", |_| true).await;
        assert_eq!(contact.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        assert!(contact.header("idempotency-key").unwrap().starts_with("msg_"));
    });
}

#[test]
fn events_are_routed_by_filters_and_an_event_whose_filter_fails_goes_to_otherwise() {
    test(async |deployment| {
        deployment.receiver.behave(Behaviour::always(200).at("/a"));
        let send = async |id: &str, body: &str| {
            deployment.send("sorted", id, body.as_bytes()).await.id().to_owned()
        };
        let a = send("sorted-1", r#"{"kind":"a","name":"y"}"#).await;
        let noise = send("sorted-2", r#"{"kind":"noise","name":"y"}"#).await;
        let failing = send("sorted-3", r#"{"kind":"b","name":7}"#).await;
        assert_eq!(deployment.delivered("a", &a, 1).await[0].method, "PUT");
        assert_eq!(deployment.delivered("rest", &failing, 1).await.len(), 1);
        complete(deployment, "sorted", &noise, &[]).await;
        complete(deployment, "sorted", &a, &["a"]).await;
        complete(deployment, "sorted", &failing, &["rest"]).await;
    });
}

#[test]
fn each_item_of_a_list_is_an_event_of_its_own() {
    test(async |deployment| {
        let body =
            br#"{"events":[{"id":"i1","kind":"open"},{"id":"i2","kind":"click"},{"id":"i1","kind":"open"}]}"#;
        let id = deployment.send("lists", "", body).await.id().to_owned();
        let items = deployment.delivered("items", &id, 2).await;
        deployment.drained("default").await;
        let mut types: Vec<_> = items.iter().map(|it| it.header("ce-type").unwrap()).collect();
        types.sort_unstable();
        assert_eq!(types, ["click", "open"]);
        assert_ne!(items[0].header("webhook-id"), items[1].header("webhook-id"));
        let bodies: Vec<Value> =
            items.iter().map(|it| serde_json::from_slice(&it.body).unwrap()).collect();
        assert!(bodies.contains(&json!({ "id": "i2", "kind": "click" })), "{bodies:?}");
        // Another list with one of them: to the provider, that is the same event.
        let again = br#"{"events":[{"id":"i2","kind":"click"},{"id":"i3","kind":"open"}]}"#;
        let again = deployment.send("lists", "", again).await.id().to_owned();
        assert_eq!(deployment.delivered("items", &again, 1).await.len(), 1);
        deployment.drained("default").await;
        assert_eq!(deployment.delivered("items", &again, 1).await.len(), 1, "i2 it had");
        assert_eq!(deployment.delivered("items", &id, 2).await.len(), 2, "i1 is one event");
    });
}
