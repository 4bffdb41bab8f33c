//! Tables: the ledger's as `infra/` makes it, and others like it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};

use crate::Result;

/// Creates a table for a ledger.
pub async fn create(client: &Client, name: &str) -> Result<()> {
    with_key(client, name, "ledger_key").await
}

/// Creates a table with a text for its hash key.
pub async fn with_key(client: &Client, name: &str, key: &str) -> Result<()> {
    let attribute = AttributeDefinition::builder().attribute_name(key);
    let key = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash);
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build()?;
    let create = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    create.key_schema(key.build()?).attribute_definitions(attribute).send().await?;
    Ok(())
}
