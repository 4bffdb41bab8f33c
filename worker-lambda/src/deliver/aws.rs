//! What all calls to AWS's services have in common: a client for each region, and what an error means.

use std::collections::BTreeMap;
use std::error::Error;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use shared::ports::aws::{SdkConfig, error_chain, in_region};

use super::client::root;
use crate::outcome::{Attempt, Outcome, retry_after};

/// The clients for a service, one for each region, made when there is a destination there.
pub(super) struct Regional<'c, C> {
    config: &'c SdkConfig,
    make: fn(&SdkConfig) -> C,
    made: BTreeMap<String, C>,
}

impl<'c, C: Clone> Regional<'c, C> {
    pub(super) fn new(config: &'c SdkConfig, make: fn(&SdkConfig) -> C) -> Self {
        Self { config, make, made: BTreeMap::new() }
    }

    /// The client for the region of an ARN, or for the stack's own where it is none.
    pub(super) fn of(&mut self, arn: &str) -> C {
        let region = region(arn);
        let make = || match region {
            "" => (self.make)(self.config),
            region => (self.make)(&in_region(self.config, region.to_owned())),
        };
        self.made.entry(region.to_owned()).or_insert_with(make).clone()
    }
}

fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// Codes, without `Exception` at their end, of what another attempt would only repeat: what was sent
/// is too large, or not what the service takes.
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

/// What stands in the codes of what an operator has to mend. What the service says to these names
/// resources and permissions; to others it may quote what was sent.
const TO_MEND: [&str; 7] =
    ["AccessDenied", "DoesNotExist", "KMS", "Kms", "NonExistent", "NotAuthorized", "NotFound"];

/// What a call that failed means for a delivery. What is missing or forbidden is tried again: an
/// operator mends it, and then the event is still there.
pub fn failed<E>(error: &SdkError<E>) -> Attempt
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let outcome = match error {
        SdkError::TimeoutError(_) => Outcome::retry("timed out"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Outcome::retry("timed out"),
        SdkError::DispatchFailure(_) => {
            Outcome::retry(format!("connection failed: {}", root(error)))
        }
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let code = error.code().map_or_else(|| fallback(status), str::to_owned);
            let after = response.and_then(|it| it.headers().get("retry-after"));
            match refused(&code, error.message()) {
                Outcome::Retry { reason, .. } => {
                    Outcome::Retry { after: after.and_then(retry_after), reason }
                }
                outcome => outcome,
            }
        }
        _ => Outcome::retry(format!("no call could be made: {}", error_chain(error))),
    };
    Attempt { outcome, status }
}

/// What a service's error code stands for.
pub(super) fn refused(code: &str, message: Option<&str>) -> Outcome {
    let name = code.rsplit(['.', '#']).next().unwrap_or(code);
    if PERMANENT_ERROR_CODES.contains(&name.strip_suffix("Exception").unwrap_or(name)) {
        return Outcome::reject(name);
    }
    match message.filter(|_| TO_MEND.iter().any(|word| name.contains(word))) {
        Some(message) => Outcome::retry(format!("{name}: {message}")),
        None => Outcome::retry(name),
    }
}

fn fallback(status: Option<u16>) -> String {
    status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP status {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_its_region_and_a_name_says_none() {
        assert_eq!(region("arn:aws:sqs:eu-central-1:000000000000:q"), "eu-central-1");
        assert_eq!(region("arn:aws-cn:events:cn-north-1:000000000000:event-bus/b"), "cn-north-1");
        assert_eq!(region("events"), "");
    }

    #[test]
    fn clients_are_made_once_for_each_region() {
        let config = SdkConfig::builder().build();
        let mut regions = Regional::new(&config, |config| {
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
        assert_eq!(*regions.of("a-bus"), "", "the stack's own");
    }

    #[test]
    fn what_another_attempt_repeats_is_rejected_and_never_quoted() {
        for code in [
            "InvalidRequestContentException",
            "com.amazonaws.lambda#RequestTooLargeException",
            "AWS.SimpleQueueService.UnsupportedOperation",
            "InvalidMessageContents",
            "MalformedDetail",
            "ValidationException",
        ] {
            let outcome = refused(code, Some("Unrecognized token 'hunter2'"));
            assert!(matches!(&outcome, Outcome::Reject { reason } if !reason.contains("hunter2")));
        }
    }

    #[test]
    fn what_passes_or_can_be_mended_is_tried_again() {
        let reason = |code, message| match refused(code, Some(message)) {
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
