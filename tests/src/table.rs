//! The ledger's table, as `infra/` makes it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::Result;

/// Creates a table for a ledger.
pub async fn create(client: &Client, name: &str) -> Result<()> {
    let key = KeySchemaElement::builder().attribute_name("ledger_key").key_type(KeyType::Hash);
    let attribute = AttributeDefinition::builder().attribute_name("ledger_key");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build()?;
    let create = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    create.key_schema(key.build()?).attribute_definitions(attribute).send().await?;
    Ok(())
}
