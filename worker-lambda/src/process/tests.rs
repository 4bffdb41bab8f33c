//! What the tests of endings and of settling share: a queue, a record, a claimed entry.

use jiff::Timestamp;
use serde_json::json;
use shared::config::Queue;
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::{Reference, Version};

use crate::ledger::entry::{ClaimRequest, Entry};
use crate::record::Record;

pub(super) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A queue with three attempts and seven days of retention; with an ordering key it is a FIFO queue.
pub(super) fn queue(ordering_key: Option<&str>) -> Queue {
    let queue = json!({
        "url": "url", "arn": "arn", "dead_letter_url": "dead", "max_attempts": 3,
        "backoff": { "base": 2, "factor": 2, "cap": 900 }, "max_receives": 100,
        "retention": 604_800, "maximum_concurrency": 10, "ordering_key": ordering_key,
    });
    serde_json::from_value(queue).unwrap()
}

/// A record that entered its queue at `since`, and was received `receives` times.
pub(super) fn record(since: Timestamp, receives: u32) -> Record {
    Record {
        message_id: "m".into(),
        receipt: "r".into(),
        queue_arn: "arn".into(),
        body: reference().to_json(),
        receives,
        since,
        resends: 0,
        group: None,
    }
}

pub(super) fn reference() -> Reference {
    Reference {
        version: Version::CURRENT,
        generation: 0,
        event_id: EventId::new(NOW),
        source: "shop".into(),
        s3_key: "events/source=shop/x.json".into(),
        size: 1,
        event_type: None,
        ledger_key: LedgerKey::of("shop", "1"),
        previous_window: None,
        item: None,
    }
}

pub(super) fn claim_request(reference: &Reference) -> ClaimRequest<'_> {
    ClaimRequest { reference, key: reference.ledger_key, now: NOW, lease_until: NOW }
}

/// An entry that is claimed for attempt number `attempts`, and owed to these destinations.
pub(super) fn claimed(attempts: u32, destinations: &[&str]) -> Entry {
    let reference = reference();
    let first = Entry::first(&claim_request(&reference));
    let mut entry = Entry { attempts, ..first };
    entry.set_destinations(&destinations.iter().copied().collect(), NOW);
    entry
}
