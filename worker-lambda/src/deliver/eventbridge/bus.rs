//! Whether a bus is there. EventBridge says yes to an event for a bus that does not exist, and drops
//! it: `FailedEntryCount` is 0. So the bus is looked for first, and again from time to time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_event_bus::DescribeEventBusError;
use tokio::time::Instant;

use crate::deliver::aws::failed;
use crate::outcome::Attempt;

/// How long a bus that was found counts as there.
const LIFETIME: Duration = Duration::from_secs(60);

/// A bus, by its name or ARN.
pub(super) struct Bus {
    name: String,
    /// When it was last looked for and not missed.
    seen: Mutex<Option<Instant>>,
}

impl Bus {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), seen: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Only a bus that is said to be missing is an error: whoever may not look for it, such as for
    /// another account's, or gets no answer, may still send.
    pub(super) async fn check(&self, client: &Client) -> Result<(), Attempt> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|seen| seen.elapsed() < LIFETIME) {
            return Ok(());
        }
        let described = client.describe_event_bus().name(&self.name).send().await;
        if let Err(error) = described
            && let Some(DescribeEventBusError::ResourceNotFoundException(_)) =
                error.as_service_error()
        {
            return Err(failed(&error));
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}
