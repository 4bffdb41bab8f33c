//! The ledger in DynamoDB: one item per ledger key and one per circuit, times in Unix milliseconds but for `expires_at`,
//! which is DynamoDB's own time to live, in seconds.

mod circuit;
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
use crate::gate::circuit::item::Item as Circuit;
use crate::gate::circuit::{CircuitError, CircuitStore};

/// The attribute by which a write is recognised, a random number.
const TOKEN: &str = "write";
/// What a newer release may leave behind.
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

    /// Opens the connection, so that the first claim need not wait for it. What fails here is told
    /// at the first claim.
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
        over: Option<u64>,
    ) -> Result<(), LedgerError> {
        match self.put_item(to_item(key, entry), over).await {
            Ok(()) => Ok(()),
            Err(NotPut::Conflict(Some(item))) => {
                Err(LedgerError::Conflict(Box::new(readable(&item)?)))
            }
            Err(NotPut::Conflict(None)) => {
                Err(LedgerError::Unavailable("the item to replace is gone".to_owned()))
            }
            Err(NotPut::Unavailable(error)) => Err(LedgerError::Unavailable(error)),
        }
    }
}

impl CircuitStore for DynamoDb {
    async fn circuit(&self, destination: &str) -> Result<Option<Circuit>, CircuitError> {
        let got = self.item(&circuit::key(destination), false).await;
        let got = got.map_err(CircuitError::Unavailable)?;
        got.as_ref().map(|item| circuit::from_item(item).ok_or_else(unreadable)).transpose()
    }

    async fn put_circuit(
        &self,
        destination: &str,
        circuit: &Circuit,
        over: Option<u64>,
    ) -> Result<(), CircuitError> {
        let item = circuit::to_item(destination, circuit);
        self.put_item(item, over).await.map_err(|error| match error {
            NotPut::Conflict(_) => CircuitError::Conflict,
            NotPut::Unavailable(error) => CircuitError::Unavailable(error),
        })
    }
}

/// Why an item was not written.
enum NotPut {
    /// Another stands there, or none does.
    Conflict(Option<Item>),
    /// It may or may not have happened.
    Unavailable(String),
}

impl DynamoDb {
    /// An item, as it stands after every write that was answered if that is wanted.
    async fn item(&self, key: &str, consistent: bool) -> Result<Option<Item>, String> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(consistent);
        let got = get.key("ledger_key", text(key)).send().await;
        Ok(got.map_err(|error| error_chain(&error))?.item)
    }

    /// Writes an item over the one of revision `over`; `None` where there must not be one yet.
    async fn put_item(&self, item: Item, over: Option<u64>) -> Result<(), NotPut> {
        let token = number(fastrand::u64(..));
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item)).item(TOKEN, token.clone());
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

fn refused(error: &SdkError<PutItemError>, token: &AttributeValue) -> Result<(), NotPut> {
    let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
    else {
        return Err(NotPut::Unavailable(error_chain(error)));
    };
    match failed.item() {
        // An answer was lost, the SDK tried again, and met what it had written itself.
        Some(item) if item.get(TOKEN) == Some(token) => Ok(()),
        item => Err(NotPut::Conflict(item.cloned())),
    }
}

fn readable(item: &Item) -> Result<Entry, LedgerError> {
    from_item(item).ok_or_else(|| LedgerError::Unavailable(UNREADABLE.to_owned()))
}

fn unreadable() -> CircuitError {
    CircuitError::Unavailable(UNREADABLE.to_owned())
}
