//! Lambda destinations: functions, invoked asynchronously. Accepted is delivered: from there on Lambda
//! tries again itself.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use shared::config;
use shared::ports::store::PresignedUrls;

use super::Delivery;
use super::aws::{Regional, failed};
use super::message::message;
use crate::outcome::{Attempt, Outcome};

/// What Lambda answers when it has queued an event.
const ACCEPTED: u16 = 202;

/// A function.
pub(super) struct LambdaDestination {
    client: Client,
    arn: String,
    inline_limit: usize,
}

impl LambdaDestination {
    pub(super) fn new(lambda: &config::Lambda, clients: &mut Regional<'_, Client>) -> Self {
        let client = clients.of(&lambda.arn);
        Self { client, arn: lambda.arn.clone(), inline_limit: lambda.inline_limit }
    }

    pub(super) async fn deliver(&self, delivery: &Delivery, link: &impl PresignedUrls) -> Attempt {
        let payload = match message(delivery, self.inline_limit, link).await {
            Ok(payload) => payload,
            Err(error) => return Outcome::retry(error.to_string()).into(),
        };
        let invoke = self.client.invoke().function_name(&self.arn);
        let invoke = invoke.invocation_type(InvocationType::Event).payload(Blob::new(payload));
        match invoke.send().await {
            Ok(answer) => answered(u16::try_from(answer.status_code()).unwrap_or_default()),
            Err(error) => failed(&error),
        }
    }
}

fn answered(status: u16) -> Attempt {
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
    fn only_accepted_is_delivered() {
        assert_eq!(answered(202).outcome, Outcome::Delivered);
        for status in [0, 200, 204] {
            assert!(matches!(answered(status).outcome, Outcome::Retry { .. }), "{status}");
        }
    }
}
