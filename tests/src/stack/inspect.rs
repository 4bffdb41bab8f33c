//! Reads stored events, ledger entries and dead letters directly, without the code under test.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System, QueueAttributeName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shared::event::message_group::FifoAttributes;

use super::Stack;
use crate::{Result, wait};

/// An event as it is in the bucket.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its key.
    pub s3_key: String,
    /// The object.
    pub json: Value,
    /// The body, decoded.
    pub body: Vec<u8>,
}

/// How an event stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// `leased`, `waiting`, `complete` or `dead`.
    pub state: String,
    /// How often it was tried in this generation.
    pub attempts: u32,
    /// Who has it.
    pub done: Vec<String>,
}

/// A message in a dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// What it holds.
    pub body: String,
    /// Why it is here.
    pub reason: String,
    /// Who would not take it.
    pub destination: String,
    /// How often it was tried.
    pub attempts: String,
    /// Its place, in a FIFO queue.
    pub order: Option<FifoAttributes>,
    /// By which it can be deleted.
    pub receipt: String,
}

impl Stack {
    /// The keys of all events stored for a source.
    pub async fn stored_keys(&self, source: &str) -> Result<Vec<String>> {
        let prefix = format!("events/source={source}/");
        let list = self.clients.s3.list_objects_v2().bucket(&self.outputs.bucket).prefix(prefix);
        let listed = list.send().await?;
        Ok(listed.contents().iter().filter_map(|o| Some(o.key()?.to_owned())).collect())
    }

    /// The stored event of an id, if there is one.
    pub async fn stored(&self, source: &str, id: &str) -> Result<Option<StoredEvent>> {
        let file = format!("/{id}.json");
        let keys = self.stored_keys(source).await?;
        let Some(s3_key) = keys.into_iter().find(|key| key.ends_with(&file)) else {
            return Ok(None);
        };
        let got = self.clients.s3.get_object().bucket(&self.outputs.bucket).key(&s3_key);
        let got = got.send().await?.body.collect().await?.into_bytes();
        let json: Value = serde_json::from_slice(&got)?;
        let text = json["body"].as_str().ok_or("a stored event has no body")?;
        let body = match json["body_encoding"].as_str() {
            Some("base64") => STANDARD.decode(text)?,
            _ => text.as_bytes().to_vec(),
        };
        Ok(Some(StoredEvent { s3_key, json, body }))
    }

    /// The ledger's entry under a key, if there is one.
    pub async fn ledger(&self, ledger_key: &str) -> Result<Option<LedgerEntry>> {
        let key = AttributeValue::S(ledger_key.to_owned());
        let get = self.clients.dynamodb.get_item().table_name(&self.outputs.ledger_table);
        let got = get.key("ledger_key", key).consistent_read(true).send().await?;
        let Some(item) = got.item else { return Ok(None) };
        let destinations = item.get("destinations").and_then(|all| all.as_m().ok());
        let delivered = AttributeValue::S("delivered".to_owned());
        let has_it = |standing: &AttributeValue| {
            standing.as_m().is_ok_and(|standing| standing.get("state") == Some(&delivered))
        };
        let done = destinations.into_iter().flatten().filter(|(_, standing)| has_it(standing));
        Ok(Some(LedgerEntry {
            state: item.get("state").and_then(|v| v.as_s().ok()).cloned().unwrap_or_default(),
            attempts: item.get("attempts").and_then(|v| v.as_n().ok()?.parse().ok()).unwrap_or(0),
            done: done.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        }))
    }

    /// Waits until the ledger's entry is in a state.
    pub async fn ledger_says(
        &self,
        ledger_key: &str,
        state: &str,
        within: Duration,
    ) -> Result<LedgerEntry> {
        let what = format!("the ledger's entry to be {state}");
        wait::until(&what, within, async || {
            let entry = self.ledger(ledger_key).await.ok()??;
            (entry.state == state).then_some(entry)
        })
        .await
    }

    /// Waits for the dead letter that `fits`. All others stay visible to other consumers.
    pub async fn dead_letter(
        &self,
        queue: &str,
        within: Duration,
        fits: impl Fn(&DeadLetter) -> bool,
    ) -> Result<DeadLetter> {
        let url = self.outputs.dead_letter_queue_urls.get(queue);
        let url = url.ok_or_else(|| format!("there is no queue {queue}"))?;
        wait::until("the dead letter", within, async || {
            let receive = self.clients.sqs.receive_message().queue_url(url);
            let receive = receive.message_attribute_names("All").max_number_of_messages(10);
            let receive = receive.message_system_attribute_names(System::All);
            let received = receive.visibility_timeout(0).send().await.ok()?;
            received.messages.unwrap_or_default().into_iter().map(dead_letter).find(&fits)
        })
        .await
    }

    /// How many messages a queue has: to be received, and hidden.
    pub async fn depth(&self, queue_url: &str) -> Result<(u32, u32)> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let hidden = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let get = self.clients.sqs.get_queue_attributes().queue_url(queue_url);
        let got = get.attribute_names(visible.clone()).attribute_names(hidden.clone());
        let got = got.send().await?.attributes.unwrap_or_default();
        let count = |name| got.get(&name).and_then(|n| n.parse().ok()).unwrap_or(0);
        Ok((count(visible), count(hidden)))
    }
}

fn dead_letter(message: Message) -> DeadLetter {
    let order = order(&message);
    let attributes = message.message_attributes.unwrap_or_default();
    let attribute = |name: &str| {
        let value = attributes.get(name).and_then(|value| value.string_value());
        value.unwrap_or_default().to_owned()
    };
    DeadLetter {
        reason: attribute("reason"),
        destination: attribute("destination"),
        attempts: attribute("attempts"),
        order,
        body: message.body.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}

fn order(message: &Message) -> Option<FifoAttributes> {
    let attribute = |name| message.attributes()?.get(&name).cloned();
    let group = attribute(System::MessageGroupId)?;
    Some(FifoAttributes { group, deduplication_id: attribute(System::MessageDeduplicationId)? })
}
