//! A change of the configuration while events wait: what `cargo dev` does when its file of variables is saved.

use std::fs;

use catchment_tests::receiver::{Behaviour, Receiver};
use catchment_tests::stack::{Stack, Variables};
use catchment_tests::{clients, paths, samples};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::deployment::{SOON, Said};

fn values(receiver: &str, sources: &[&str], path: &str) -> Value {
    let sources = sources.iter().map(|name| ((*name).to_owned(), json!({ "provider": "stripe" })));
    let sources: serde_json::Map<_, _> = sources.collect();
    json!({
        "name": "changes", "reply_within": 15, "force_destroy": true, "sources": sources,
        "destinations": { "crm": { "http": { "url": format!("{receiver}{path}"), "allow_private": true } } },
        "routes": [{ "source": "*", "destinations": ["crm"] }],
        "queues": { "default": { "backoff": { "base": 1, "factor": 1, "cap": 1 }, "max_attempts": 100 } },
    })
}

async fn send(stack: &Stack, secret: &str, id: &str) -> u16 {
    post(&clients::http().unwrap(), &stack.source("shop").unwrap().url, secret, id).await.unwrap()
}

/// Sends an event of Stripe, and returns the status of the answer.
pub(crate) async fn post(
    http: &reqwest::Client,
    url: &str,
    secret: &str,
    id: &str,
) -> reqwest::Result<u16> {
    let body = format!("{{\"id\":\"{id}\"}}");
    let sample = samples::sign("stripe", secret, id, body.as_bytes(), Timestamp::now()).unwrap();
    let mut post = http.post(url).body(sample.body);
    for (name, value) in sample.headers {
        post = post.header(name, value);
    }
    Ok(post.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_delivered_by_the_changed_configuration_and_a_leaked_secret_ends_at_once() {
    let receiver = Receiver::start().await.unwrap();
    receiver.behave(Behaviour::always(500).at("/old"));
    let dir = paths::target().join("test-changes");
    fs::create_dir_all(&dir).unwrap();
    let file = dir.join("my.tfvars.json");
    let save = |values: Value| fs::write(&file, values.to_string()).unwrap();
    save(values(receiver.url(), &["shop"], "/old"));
    let wanted = Variables { values: json!({}), file: Some(&file), without_secret: &[] };
    let mut stack = Stack::start(&dir.join("stack"), &wanted, &Said).await.unwrap();
    let shop = stack.source("shop").unwrap().clone();
    let bucket = stack.outputs.bucket.clone();

    assert_eq!(send(&stack, &shop.secret, "evt_1").await, 200);
    receiver.wait_for("a refused delivery", SOON, |all| !all.is_empty()).await.unwrap();

    let mut changed = values(receiver.url(), &["shop", "more"], "/new");
    save(changed.clone());
    stack.apply_again(&Said).await.unwrap();
    let is_new = |got: &catchment_tests::receiver::Received| got.path == "/new";
    let all = receiver.wait_for("the delivery", SOON, |all| all.iter().any(is_new)).await.unwrap();
    let new = all.iter().find(|got| is_new(got)).unwrap();
    assert_eq!(new.header("webhook-id"), all[0].header("webhook-id"));
    assert_eq!((new.answered, &new.body[..]), (200, &b"{\"id\":\"evt_1\"}"[..]));
    assert_eq!(stack.outputs.bucket, bucket);
    let kept = stack.source("shop").unwrap();
    assert_eq!((&kept.secret, &kept.url), (&shop.secret, &shop.url));
    assert_ne!(stack.source("more").unwrap().secret, shop.secret);

    // The steps of docs/guide/secrets.md.
    assert_eq!(send(&stack, &shop.secret, "evt_2").await, 200);
    for _ in 0..2 {
        let put =
            stack.clients.secrets.put_secret_value().secret_id(shop.secret_arn.clone().unwrap());
        put.secret_string("whsec_new").send().await.unwrap();
    }
    changed["environment"] = json!({ "SECRETS_ENDED": "2026-11-29T10:00Z" });
    save(changed);
    stack.apply_again(&Said).await.unwrap();
    assert_eq!(send(&stack, &shop.secret, "evt_3").await, 401);
    assert_eq!(send(&stack, "whsec_new", "evt_4").await, 200);
}
