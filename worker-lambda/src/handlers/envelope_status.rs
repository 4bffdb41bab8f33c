//! An example of a handler that writes to AWS: it keeps the status of each Docusign envelope in a
//! DynamoDB table.
//!
//! ```hcl
//! here = {
//!   handler = {
//!     name        = "envelope_status"
//!     settings    = { table = "envelopes" } # Its hash key is the text `envelope_id`.
//!     permissions = [{ actions = ["dynamodb:UpdateItem"], resources = ["arn:aws:dynamodb:…:table/envelopes"] }]
//!   }
//! }
//! ```
//!
//! Events come twice, and in any order. One conditional write is right in any case: it takes effect
//! where what it says is newer than what the table has.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Deserialize;
use shared::config::StartError;
use shared::webhook::body;

use super::Handler;
use crate::deliver::Delivery;
use crate::deliver::aws::failed;
use crate::handler_context::HandlerContext;
use crate::outcome::Outcome;

/// Keeps envelopes' statuses in a table.
pub(super) struct EnvelopeStatus {
    client: Client,
    table: String,
}

/// As much of Docusign's JSON as is needed.
#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(rename = "generatedDateTime")]
    generated_at: Timestamp,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "envelopeId")]
    envelope_id: String,
}

impl EnvelopeStatus {
    pub(super) fn new(tools: &HandlerContext<'_>) -> Result<Self, StartError> {
        let table = tools.settings.get("table")?.to_owned();
        Ok(Self { client: Client::new(tools.aws), table })
    }
}

impl Handler for EnvelopeStatus {
    async fn handle(&self, delivery: &Delivery) -> Outcome {
        let Some(event) = body::json::<Event>(&delivery.body) else {
            return Outcome::reject("not an event of a Docusign envelope");
        };
        let Some(status) = event.event.strip_prefix("envelope-") else {
            return Outcome::reject("an event of something in an envelope, not of the envelope");
        };
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("envelope_id", AttributeValue::S(event.data.envelope_id))
            // `status` is a word of DynamoDB's own.
            .update_expression("SET #status = :status, changed_at = :at")
            .condition_expression("attribute_not_exists(changed_at) OR changed_at < :at")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", AttributeValue::S(status.to_owned()))
            .expression_attribute_values(":at", AttributeValue::S(sortable(event.generated_at)))
            .send()
            .await;
        match written {
            Ok(_) => Outcome::Delivered,
            Err(error) => match error.as_service_error() {
                // What the table has is as new, or newer.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Outcome::Delivered,
                _ => failed(&error).outcome,
            },
        }
    }
}

/// A time whose text sorts as the time does: always in UTC, and always with all its digits.
fn sortable(time: Timestamp) -> String {
    format!("{time:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_texts() {
        let times = ["2026-11-20T10:15:30Z", "2026-11-20T10:15:30.1Z", "2026-11-20T12:15:31+02:00"];
        let texts = times.map(|time| sortable(time.parse().unwrap()));
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[1], "2026-11-20T10:15:30.100000000Z");
    }
}
