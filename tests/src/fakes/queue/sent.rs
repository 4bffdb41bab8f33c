use std::collections::BTreeMap;
use std::time::Duration;

use shared::event::message_group::FifoAttributes;
use tokio::time::Instant;

/// For how long SQS knows a deduplication id, from the sending of the first message with it.
const KNOWN_FOR: Duration = Duration::from_secs(5 * 60);

/// What a FIFO queue was sent of late, by group and deduplication id; whether it is still there does not
/// matter.
#[derive(Debug, Default)]
pub(super) struct Sent(BTreeMap<(String, String), Instant>);

impl Sent {
    /// Whether it is new, and then it is known from now on.
    pub(super) fn is_new(&mut self, order: &FifoAttributes, now: Instant) -> bool {
        self.0.retain(|_, sent| now < *sent + KNOWN_FOR);
        let FifoAttributes { group, deduplication_id } = order.clone();
        let known = self.0.len();
        self.0.entry((group, deduplication_id)).or_insert(now);
        self.0.len() > known
    }
}
