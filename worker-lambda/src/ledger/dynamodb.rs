//! The ledger in DynamoDB: one item per ledger key, times in Unix milliseconds but for `expires_at`,
//! which is DynamoDB's own time to live, in seconds.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use shared::aws::told;
use shared::dedupe::LedgerKey;

use super::entry::{Entry, State};
use super::{Ledger, LedgerError};

type Item = HashMap<String, AttributeValue>;

/// The attribute by which a write is recognised, a random number.
const TOKEN: &str = "write";

/// A table.
#[derive(Clone, Debug)]
pub struct DynamoDb {
    client: Client,
    table: String,
}

impl DynamoDb {
    /// The ledger in a table whose hash key is `ledger_key`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Opens the connection, so that the first claim need not wait for it. What fails here is told
    /// at the first claim.
    pub async fn warm_up(&self) {
        let none = AttributeValue::S("warm-up".to_owned());
        let _ = self.client.get_item().table_name(&self.table).key("ledger_key", none).send().await;
    }
}

impl Ledger for DynamoDb {
    async fn get(&self, key: &LedgerKey) -> Result<Option<Entry>, LedgerError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let got = get.key("ledger_key", text(&key.to_string())).send().await;
        let got = got.map_err(|error| LedgerError::Unavailable(told(&error)))?;
        got.item().map(readable).transpose()
    }

    async fn put(
        &self,
        key: &LedgerKey,
        entry: &Entry,
        over: Option<u64>,
    ) -> Result<(), LedgerError> {
        let token = number(fastrand::u64(..));
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(to_item(key, entry))).item(TOKEN, token.clone());
        let put = match over {
            None => put.condition_expression("attribute_not_exists(ledger_key)"),
            Some(revision) => put
                .condition_expression("revision = :over")
                .expression_attribute_values(":over", number(revision)),
        };
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let put = put.return_values_on_condition_check_failure(all_old).send().await;
        put.map(|_| ()).or_else(|error| refused(&error, &token))
    }
}

fn refused(error: &SdkError<PutItemError>, token: &AttributeValue) -> Result<(), LedgerError> {
    let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
    else {
        return Err(LedgerError::Unavailable(told(error)));
    };
    match failed.item() {
        // An answer was lost, the SDK tried again, and met what it had written itself.
        Some(item) if item.get(TOKEN) == Some(token) => Ok(()),
        Some(item) => Err(LedgerError::Conflict(Box::new(readable(item)?))),
        None => Err(LedgerError::Unavailable("the item to replace is gone".to_owned())),
    }
}

fn readable(item: &Item) -> Result<Entry, LedgerError> {
    from_item(item)
        .ok_or_else(|| LedgerError::Unavailable("an item that this release cannot read".to_owned()))
}

fn to_item(key: &LedgerKey, entry: &Entry) -> Item {
    let (state, until) = match entry.state {
        State::Leased(until) => ("leased", Some(until)),
        State::Waiting(until) => ("waiting", Some(until)),
        State::Complete => ("complete", None),
        State::Dead => ("dead", None),
    };
    let rejected = entry.rejected.iter();
    let rejected = rejected.map(|(name, reason)| (name.clone(), text(reason))).collect();
    let done = entry.done.iter().map(|name| text(name)).collect();
    let mut item = Item::from([
        ("ledger_key".to_owned(), text(&key.to_string())),
        ("revision".to_owned(), number(entry.revision)),
        ("state".to_owned(), text(state)),
        ("source".to_owned(), text(&entry.source)),
        ("event_id".to_owned(), text(&entry.event_id.to_string())),
        ("life".to_owned(), number(entry.life)),
        ("attempts".to_owned(), number(entry.attempts)),
        ("received_at".to_owned(), number(entry.received_at.as_millisecond())),
        ("done".to_owned(), AttributeValue::L(done)),
        ("rejected".to_owned(), AttributeValue::M(rejected)),
        ("expires_at".to_owned(), number(entry.expires_at.as_second())),
    ]);
    if let Some(until) = until {
        item.insert("until".to_owned(), number(until.as_millisecond()));
    }
    if let Some(reason) = &entry.reason {
        item.insert("reason".to_owned(), text(reason));
    }
    item
}

fn from_item(item: &Item) -> Option<Entry> {
    let string = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let integer = |name: &str| item.get(name)?.as_n().ok()?.parse::<i64>().ok();
    let millis = |name: &str| Timestamp::from_millisecond(integer(name)?).ok();
    let state = match string("state")? {
        "leased" => State::Leased(millis("until")?),
        "waiting" => State::Waiting(millis("until")?),
        "complete" => State::Complete,
        "dead" => State::Dead,
        _ => return None,
    };
    let done = item.get("done")?.as_l().ok()?.iter();
    let rejected = item.get("rejected")?.as_m().ok()?.iter();
    Some(Entry {
        revision: integer("revision")?.try_into().ok()?,
        state,
        source: string("source")?.to_owned(),
        event_id: string("event_id")?.parse().ok()?,
        life: integer("life")?.try_into().ok()?,
        attempts: integer("attempts")?.try_into().ok()?,
        received_at: millis("received_at")?,
        done: done.map(|name| name.as_s().ok().cloned()).collect::<Option<_>>()?,
        rejected: rejected
            .map(|(name, reason)| Some((name.clone(), reason.as_s().ok()?.clone())))
            .collect::<Option<_>>()?,
        reason: string("reason").map(str::to_owned),
        expires_at: Timestamp::from_second(integer("expires_at")?).ok()?,
    })
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
