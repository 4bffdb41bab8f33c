//! An example of a handler that writes to AWS: it keeps the status of each Docusign envelope in a DynamoDB table.
//!
//! ```hcl
//! here = {
//!   handler = {
//!     name        = "envelope_status"
//!     settings    = { table = "envelopes" } # Its hash key is the string `envelope_id`.
//!     permissions = [{ actions = ["dynamodb:UpdateItem"], resources = ["arn:aws:dynamodb:…:table/envelopes"] }]
//!   }
//! }
//! ```
//!
//! Events may come twice, and in any order. One conditional write handles both: it takes effect only if the event is
//! newer than the status in the table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Deserialize;
use shared::config::StartError;
use shared::webhook::body;

use crate::deliver::aws::failed_call;
use crate::deliver::{Delivery, Handler, HandlerContext};
use crate::outcome::Outcome;

/// Keeps the statuses of envelopes in a table.
pub(super) struct EnvelopeStatus {
    client: Client,
    table: String,
}

/// The part of Docusign's JSON that is needed.
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
    pub(super) fn new(context: &HandlerContext<'_>) -> Result<Self, StartError> {
        let table = context.settings.get("table")?.to_owned();
        Ok(Self { client: Client::new(context.aws), table })
    }
}

impl Handler for EnvelopeStatus {
    async fn handle(&self, delivery: &Delivery) -> Outcome {
        let Some(event) = body::json::<Event>(&delivery.body) else {
            return Outcome::reject("not an event of a Docusign envelope");
        };
        let Some(status) = event.event.strip_prefix("envelope-") else {
            return Outcome::reject("an event of a part of an envelope");
        };
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("envelope_id", AttributeValue::S(event.data.envelope_id))
            // `status` is a reserved word in DynamoDB.
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
                // The status in the table is as new, or newer.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Outcome::Delivered,
                _ => failed_call(&error).outcome,
            },
        }
    }
}

/// A time as text that sorts in order of time: always in UTC, and always with nine digits of a second.
fn sortable(time: Timestamp) -> String {
    format!("{time:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_text_sort_in_order_of_time() {
        let times = ["2026-11-20T10:15:30Z", "2026-11-20T10:15:30.1Z", "2026-11-20T12:15:31+02:00"];
        let texts = times.map(|time| sortable(time.parse().unwrap()));
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[1], "2026-11-20T10:15:30.100000000Z");
    }
}
