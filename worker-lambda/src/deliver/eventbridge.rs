//! EventBridge destinations: event buses.

mod bus;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use shared::config;
use shared::ports::store::BodyStore;

use self::bus::Bus;
use super::aws::{RegionalClients, failed_call, outcome_of_code};
use super::{Delivery, cloudevents, envelope};
use crate::outcome::{Attempt, Outcome};

/// The longest `DetailType` that EventBridge accepts, in characters.
const MAX_DETAIL_TYPE_CHARS: usize = 128;
/// How many bytes the time of an entry adds to its size.
const TIME_BYTES: usize = 14;

/// An event bus.
pub(super) struct EventBridgeDestination {
    client: Client,
    bus: Bus,
    inline_limit: usize,
}

impl EventBridgeDestination {
    pub(super) fn new(
        eventbridge: &config::EventBridge,
        clients: &mut RegionalClients<'_, Client>,
    ) -> Self {
        let client = clients.of(&eventbridge.bus);
        let bus = Bus::new(&eventbridge.bus);
        Self { client, bus, inline_limit: eventbridge.inline_limit }
    }

    pub(super) async fn deliver(&self, delivery: &Delivery, bodies: &impl BodyStore) -> Attempt {
        if let Err(bus_missing) = self.bus.check(&self.client).await {
            return bus_missing;
        }
        let source = format!("catchment.{}", delivery.source);
        let detail_type: String =
            cloudevents::event_type(delivery).chars().take(MAX_DETAIL_TYPE_CHARS).collect();
        // The size of an entry must be below the limit, hence the 1.
        let overhead = source.len() + detail_type.len() + TIME_BYTES + 1;
        let max_bytes = self.inline_limit.saturating_sub(overhead);
        let detail = match envelope::inline_or_reference(delivery, max_bytes, bodies).await {
            Ok(detail) => detail,
            Err(error) => return Outcome::retry(error.to_string()).into(),
        };
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(self.bus.name())
            .source(source)
            .detail_type(detail_type)
            .time(DateTime::from_millis(delivery.received_at.as_millisecond()))
            .detail(detail)
            .build();
        match self.client.put_events().entries(entry).send().await {
            Ok(answer) => outcome_of_entry(&answer).into(),
            Err(error) => failed_call(&error),
        }
    }
}

/// The outcome of a successful call, whose one entry may have failed (a partial failure).
fn outcome_of_entry(answer: &PutEventsOutput) -> Outcome {
    let code = answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry)));
    match code {
        Some((code, entry)) => outcome_of_code(code, entry.error_message()),
        None if answer.failed_entry_count() > 0 => {
            Outcome::retry("the entry failed without an error code")
        }
        None => Outcome::Delivered,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::types::PutEventsResultEntry;

    use super::*;

    fn answer(failed: i32, entry: PutEventsResultEntry) -> Outcome {
        outcome_of_entry(
            &PutEventsOutput::builder().failed_entry_count(failed).entries(entry).build(),
        )
    }

    #[test]
    fn a_failed_entry_is_not_delivered_even_if_the_failed_count_is_zero() {
        let entry = PutEventsResultEntry::builder;
        assert_eq!(answer(0, entry().event_id("1").build()), Outcome::Delivered);
        for failed in [0, 1] {
            let internal = entry().error_code("InternalFailure").build();
            assert_eq!(answer(failed, internal), Outcome::retry("InternalFailure"));
        }
        let malformed = entry().error_code("MalformedDetail").error_message("hunter2").build();
        assert_eq!(answer(1, malformed), Outcome::reject("MalformedDetail"));
        let without_code = Outcome::retry("the entry failed without an error code");
        assert_eq!(answer(1, entry().build()), without_code);
    }
}
