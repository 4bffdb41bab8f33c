//! Lambda destinations: functions that are invoked asynchronously. The delivery ends when Lambda has queued the event;
//! from there on, Lambda itself retries.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use shared::config;
use shared::ports::store::BodyStore;

use super::aws::{RegionalClients, failed_call};
use super::{Delivery, envelope};
use crate::outcome::{Attempt, Outcome};

/// The status of the response if Lambda has queued the event.
const ACCEPTED: u16 = 202;

/// A Lambda function.
pub(super) struct LambdaDestination {
    client: Client,
    arn: String,
    inline_limit: usize,
}

impl LambdaDestination {
    pub(super) fn new(lambda: &config::Lambda, clients: &mut RegionalClients<'_, Client>) -> Self {
        let client = clients.of(&lambda.arn);
        Self { client, arn: lambda.arn.clone(), inline_limit: lambda.inline_limit }
    }

    pub(super) async fn deliver(&self, delivery: &Delivery, bodies: &impl BodyStore) -> Attempt {
        let payload = match envelope::inline_or_reference(delivery, self.inline_limit, bodies).await
        {
            Ok(payload) => payload,
            Err(error) => return Outcome::retry(error.to_string()).into(),
        };
        let invoke = self.client.invoke().function_name(&self.arn);
        let invoke = invoke.invocation_type(InvocationType::Event).payload(Blob::new(payload));
        match invoke.send().await {
            Ok(answer) => {
                attempt_of_status(u16::try_from(answer.status_code()).unwrap_or_default())
            }
            Err(error) => failed_call(&error),
        }
    }
}

fn attempt_of_status(status: u16) -> Attempt {
    let outcome = match status {
        ACCEPTED => Outcome::Delivered,
        _ => Outcome::retry(format!("not accepted: HTTP status {status}")),
    };
    Attempt { outcome, status: Some(status) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_status_202_counts_as_delivered() {
        assert_eq!(attempt_of_status(202).outcome, Outcome::Delivered);
        for status in [0, 200, 204] {
            assert!(matches!(attempt_of_status(status).outcome, Outcome::Retry { .. }), "{status}");
        }
    }
}
