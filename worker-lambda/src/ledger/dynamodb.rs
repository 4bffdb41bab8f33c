//! The ledger in DynamoDB: one item per ledger key, times in Unix milliseconds but for `expires_at`,
//! which is DynamoDB's own time to live, in seconds.

mod item;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use shared::aws::told;
use shared::dedupe::LedgerKey;

use self::item::{Item, from_item, number, text, to_item};
use super::entry::Entry;
use super::{Ledger, LedgerError};

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
