//! What deliveries to all AWS services have in common: a client for each region, and the outcome of a failed call.

use std::collections::BTreeMap;
use std::error::Error;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use shared::ports::aws::{SdkConfig, error_chain, in_region};

use super::client::root_cause;
use crate::outcome::{Attempt, Outcome, retry_after};

/// The clients of a service. One is created for each region that has a destination.
pub(super) struct RegionalClients<'c, C> {
    config: &'c SdkConfig,
    new_client: fn(&SdkConfig) -> C,
    by_region: BTreeMap<String, C>,
}

impl<'c, C: Clone> RegionalClients<'c, C> {
    pub(super) fn new(config: &'c SdkConfig, new_client: fn(&SdkConfig) -> C) -> Self {
        Self { config, new_client, by_region: BTreeMap::new() }
    }

    /// The client for the region of an ARN. For a name that is not an ARN, it is the client for the stack's region.
    pub(super) fn of(&mut self, arn: &str) -> C {
        let region = region(arn);
        let new_client = || match region {
            "" => (self.new_client)(self.config),
            region => (self.new_client)(&in_region(self.config, region.to_owned())),
        };
        self.by_region.entry(region.to_owned()).or_insert_with(new_client).clone()
    }
}

/// The region of an ARN; empty if the text is not an ARN.
fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// Error codes, without the suffix `Exception`, of permanent failures: the message is too large, or the service does not
/// accept it. Another attempt would fail in the same way.
const PERMANENT_ERROR_CODES: [&str; 13] = [
    "InvalidArgument",
    "InvalidMessageContents",
    "InvalidParameter",
    "InvalidParameterValue",
    "InvalidRequestContent",
    "MalformedDetail",
    "MissingParameter",
    "RedactionFailure",
    "RequestEntityTooLarge",
    "RequestTooLarge",
    "UnsupportedMediaType",
    "UnsupportedOperation",
    "Validation",
];

/// Parts of error codes for what an operator must fix. The service's message for these names resources and permissions,
/// and is logged. Messages for other codes are not logged, because they may quote the event.
const OPERATOR_ERROR_CODES: [&str; 7] =
    ["AccessDenied", "DoesNotExist", "KMS", "Kms", "NonExistent", "NotAuthorized", "NotFound"];

/// The outcome of a delivery whose call to AWS failed. A missing resource or permission is retried, because an operator
/// can fix it while the event waits.
pub fn failed_call<E>(error: &SdkError<E>) -> Attempt
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let outcome = match error {
        SdkError::TimeoutError(_) => Outcome::retry("timed out"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Outcome::retry("timed out"),
        SdkError::DispatchFailure(_) => {
            Outcome::retry(format!("connection failed: {}", root_cause(error)))
        }
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let code = error.code().map_or_else(|| code_of_status(status), str::to_owned);
            let after = response.and_then(|it| it.headers().get("retry-after"));
            match outcome_of_code(&code, error.message()) {
                Outcome::Retry { reason, .. } => {
                    Outcome::Retry { after: after.and_then(retry_after), reason }
                }
                outcome => outcome,
            }
        }
        _ => Outcome::retry(format!("the request could not be built: {}", error_chain(error))),
    };
    Attempt { outcome, status }
}

/// The outcome for a service's error code and message.
pub(super) fn outcome_of_code(code: &str, message: Option<&str>) -> Outcome {
    let name = code.rsplit(['.', '#']).next().unwrap_or(code);
    if PERMANENT_ERROR_CODES.contains(&name.strip_suffix("Exception").unwrap_or(name)) {
        return Outcome::reject(name);
    }
    match message.filter(|_| OPERATOR_ERROR_CODES.iter().any(|code| name.contains(code))) {
        Some(message) => Outcome::retry(format!("{name}: {message}")),
        None => Outcome::retry(name),
    }
}

/// What stands in for the code of an error without one.
fn code_of_status(status: Option<u16>) -> String {
    status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP status {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_read_from_an_arn_but_not_from_a_name() {
        assert_eq!(region("arn:aws:sqs:eu-central-1:000000000000:q"), "eu-central-1");
        assert_eq!(region("arn:aws-cn:events:cn-north-1:000000000000:event-bus/b"), "cn-north-1");
        assert_eq!(region("events"), "");
    }

    #[test]
    fn one_client_is_created_for_each_region() {
        let config = SdkConfig::builder().build();
        let mut regions = RegionalClients::new(&config, |config| {
            let region = config.region().map(ToString::to_string);
            std::sync::Arc::new(region.unwrap_or_default())
        });
        let first = regions.of("arn:aws:sqs:eu-west-1:000000000000:a");
        assert_eq!(*first, "eu-west-1");
        assert!(std::sync::Arc::ptr_eq(
            &first,
            &regions.of("arn:aws:sqs:eu-west-1:000000000000:b")
        ));
        assert_eq!(*regions.of("arn:aws:sqs:eu-west-2:000000000000:a"), "eu-west-2");
        assert_eq!(*regions.of("a-bus"), "", "the stack's region");
    }

    #[test]
    fn permanent_errors_are_rejected_without_their_message() {
        for code in [
            "InvalidRequestContentException",
            "com.amazonaws.lambda#RequestTooLargeException",
            "AWS.SimpleQueueService.UnsupportedOperation",
            "InvalidMessageContents",
            "MalformedDetail",
            "ValidationException",
        ] {
            let outcome = outcome_of_code(code, Some("Unrecognized token 'hunter2'"));
            assert!(matches!(&outcome, Outcome::Reject { reason } if !reason.contains("hunter2")));
        }
    }

    #[test]
    fn other_errors_are_retried_with_the_message_only_if_an_operator_needs_it() {
        let reason = |code, message| match outcome_of_code(code, Some(message)) {
            Outcome::Retry { after: None, reason } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("ThrottlingException", "hunter2"), "ThrottlingException");
        assert_eq!(reason("SomethingNew", "hunter2"), "SomethingNew");
        assert_eq!(
            reason("AccessDenied", "no sqs:SendMessage"),
            "AccessDenied: no sqs:SendMessage"
        );
        let gone = "AWS.SimpleQueueService.NonExistentQueue";
        assert_eq!(reason(gone, "no such queue"), "NonExistentQueue: no such queue");
        assert_eq!(reason("KmsDisabled", "the key"), "KmsDisabled: the key");
    }
}
