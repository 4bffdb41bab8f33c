//! EventBridge destinations: event buses.

mod bus;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use shared::config;
use shared::ports::store::PresignedUrls;

use self::bus::Bus;
use super::aws::{Regional, failed, refused};
use super::message::message;
use super::{Delivery, cloudevents};
use crate::outcome::{Attempt, Outcome};

/// The longest `DetailType`, in characters.
const LONGEST_TYPE: usize = 128;
/// What the time of an entry counts for, in bytes.
const TIME: usize = 14;

/// An event bus.
pub(super) struct EventBridgeDestination {
    client: Client,
    bus: Bus,
    inline_limit: usize,
}

impl EventBridgeDestination {
    pub(super) fn new(
        eventbridge: &config::EventBridge,
        clients: &mut Regional<'_, Client>,
    ) -> Self {
        let client = clients.of(&eventbridge.bus);
        let bus = Bus::new(&eventbridge.bus);
        Self { client, bus, inline_limit: eventbridge.inline_limit }
    }

    pub(super) async fn deliver(&self, delivery: &Delivery, link: &impl PresignedUrls) -> Attempt {
        if let Err(missing) = self.bus.check(&self.client).await {
            return missing;
        }
        let source = format!("catchment.{}", delivery.source);
        let detail_type: String =
            cloudevents::event_type(delivery).chars().take(LONGEST_TYPE).collect();
        // An entry must be smaller than the limit.
        let around = source.len() + detail_type.len() + TIME + 1;
        let detail = match message(delivery, self.inline_limit.saturating_sub(around), link).await {
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
            Ok(answer) => taken(&answer).into(),
            Err(error) => failed(&error),
        }
    }
}

/// The call may succeed and its one entry fail.
fn taken(answer: &PutEventsOutput) -> Outcome {
    let code = answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry)));
    match code {
        Some((code, entry)) => refused(code, entry.error_message()),
        None if answer.failed_entry_count() > 0 => Outcome::retry("not taken, and no reason said"),
        None => Outcome::Delivered,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::types::PutEventsResultEntry;

    use super::*;

    fn answer(failed: i32, entry: PutEventsResultEntry) -> Outcome {
        taken(&PutEventsOutput::builder().failed_entry_count(failed).entries(entry).build())
    }

    #[test]
    fn an_entry_that_failed_is_not_delivered_whatever_the_count() {
        let entry = PutEventsResultEntry::builder;
        assert_eq!(answer(0, entry().event_id("1").build()), Outcome::Delivered);
        for failed in [0, 1] {
            let internal = entry().error_code("InternalFailure").build();
            assert_eq!(answer(failed, internal), Outcome::retry("InternalFailure"));
        }
        let malformed = entry().error_code("MalformedDetail").error_message("hunter2").build();
        assert_eq!(answer(1, malformed), Outcome::reject("MalformedDetail"));
        let unsaid = Outcome::retry("not taken, and no reason said");
        assert_eq!(answer(1, entry().build()), unsaid);
    }
}
