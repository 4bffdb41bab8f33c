//! Checks that an event bus exists. EventBridge accepts an event for a bus that does not exist, answers with a
//! `FailedEntryCount` of 0, and drops the event. So the worker looks for the bus first, and again once a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_event_bus::DescribeEventBusError;
use tokio::time::Instant;

use crate::deliver::aws::failed_call;
use crate::outcome::Attempt;

/// How long the result of a check is used.
const RECHECK_AFTER: Duration = Duration::from_secs(60);

/// An event bus.
pub(super) struct Bus {
    /// Its name or ARN.
    name: String,
    /// When the last check passed.
    checked_at: Mutex<Option<Instant>>,
}

impl Bus {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), checked_at: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// An error if EventBridge answers that the bus does not exist. Any other error passes: the worker may have the
    /// permission to send but not to look, for example to a bus of another account.
    pub(super) async fn check(&self, client: &Client) -> Result<(), Attempt> {
        let checked_at = *self.checked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if checked_at.is_some_and(|at| at.elapsed() < RECHECK_AFTER) {
            return Ok(());
        }
        let described = client.describe_event_bus().name(&self.name).send().await;
        if let Err(error) = described
            && let Some(DescribeEventBusError::ResourceNotFoundException(_)) =
                error.as_service_error()
        {
            return Err(failed_call(&error));
        }
        *self.checked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}
