//! The ledger in DynamoDB: one item for each ledger key, and one for each circuit breaker. Times are in Unix
//! milliseconds, except `expires_at`, DynamoDB's time to live, which is in seconds.

mod circuit_breaker;
mod item;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use shared::event::dedupe::LedgerKey;
use shared::ports::aws::error_chain;

use self::item::{Item, from_item, number, text, to_item};
use super::entry::Entry;
use super::{Ledger, LedgerError};
use crate::admission::circuit_breaker::state::BreakerState;
use crate::admission::circuit_breaker::{CircuitBreakerError, CircuitBreakerStore};

/// The attribute with a random number by which a retried write recognises its own first try.
const TOKEN: &str = "write";
/// The error for an item that a newer release may have written.
const UNREADABLE: &str = "an item that this release cannot read";

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

    /// Opens the connection, so that the first claim need not wait for it. An error shows again at the first claim.
    pub async fn warm_up(&self) {
        let none = AttributeValue::S("warm-up".to_owned());
        let _ = self.client.get_item().table_name(&self.table).key("ledger_key", none).send().await;
    }
}

impl Ledger for DynamoDb {
    async fn get(&self, key: &LedgerKey) -> Result<Option<Entry>, LedgerError> {
        let got = self.item(&key.to_string(), true).await.map_err(LedgerError::Unavailable)?;
        got.as_ref().map(readable).transpose()
    }

    async fn put(
        &self,
        key: &LedgerKey,
        entry: &Entry,
        previous: Option<u64>,
    ) -> Result<(), LedgerError> {
        match self.put_item(to_item(key, entry), previous).await {
            Ok(()) => Ok(()),
            Err(PutError::Conflict(Some(item))) => {
                Err(LedgerError::Conflict(Box::new(readable(&item)?)))
            }
            Err(PutError::Conflict(None)) => {
                Err(LedgerError::Unavailable("the item to replace is gone".to_owned()))
            }
            Err(PutError::Unavailable(error)) => Err(LedgerError::Unavailable(error)),
        }
    }
}

impl CircuitBreakerStore for DynamoDb {
    async fn circuit_breaker(
        &self,
        destination: &str,
    ) -> Result<Option<BreakerState>, CircuitBreakerError> {
        let got = self.item(&circuit_breaker::key(destination), false).await;
        let got = got.map_err(CircuitBreakerError::Unavailable)?;
        got.as_ref().map(|item| circuit_breaker::from_item(item).ok_or_else(unreadable)).transpose()
    }

    async fn put_circuit_breaker(
        &self,
        destination: &str,
        state: &BreakerState,
        previous: Option<u64>,
    ) -> Result<(), CircuitBreakerError> {
        let item = circuit_breaker::to_item(destination, state);
        self.put_item(item, previous).await.map_err(|error| match error {
            PutError::Conflict(_) => CircuitBreakerError::Conflict,
            PutError::Unavailable(error) => CircuitBreakerError::Unavailable(error),
        })
    }
}

/// Why an item was not written.
enum PutError {
    /// The table has this item, or none, in place of the expected one.
    Conflict(Option<Item>),
    /// The item may or may not be written.
    Unavailable(String),
}

impl DynamoDb {
    /// Reads an item. A consistent read sees every write that was answered.
    async fn item(&self, key: &str, consistent: bool) -> Result<Option<Item>, String> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(consistent);
        let got = get.key("ledger_key", text(key)).send().await;
        Ok(got.map_err(|error| error_chain(&error))?.item)
    }

    /// Writes an item over the one with revision `previous`; `None` if there must be none yet.
    async fn put_item(&self, item: Item, previous: Option<u64>) -> Result<(), PutError> {
        let token = number(fastrand::u64(..));
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item)).item(TOKEN, token.clone());
        let put = match previous {
            None => put.condition_expression("attribute_not_exists(ledger_key)"),
            Some(revision) => put
                .condition_expression("revision = :previous")
                .expression_attribute_values(":previous", number(revision)),
        };
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let put = put.return_values_on_condition_check_failure(all_old).send().await;
        put.map(|_| ()).or_else(|error| put_error(&error, &token))
    }
}

fn put_error(error: &SdkError<PutItemError>, token: &AttributeValue) -> Result<(), PutError> {
    let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
    else {
        return Err(PutError::Unavailable(error_chain(error)));
    };
    match failed.item() {
        // The answer to the first try was lost, and the SDK's retry found the item that the first try wrote.
        Some(item) if item.get(TOKEN) == Some(token) => Ok(()),
        item => Err(PutError::Conflict(item.cloned())),
    }
}

fn readable(item: &Item) -> Result<Entry, LedgerError> {
    from_item(item).ok_or_else(|| LedgerError::Unavailable(UNREADABLE.to_owned()))
}

fn unreadable() -> CircuitBreakerError {
    CircuitBreakerError::Unavailable(UNREADABLE.to_owned())
}
