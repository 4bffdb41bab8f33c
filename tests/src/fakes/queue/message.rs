use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::ports::queue::{Attributes, Message};
use tokio::time::Instant;

/// How a queue is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For how long a received message is hidden.
    pub visibility: Duration,
    /// The redrive policy: after how many receives, and to which queue's URL.
    pub redrive: Option<(u32, String)>,
}

/// A received message.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// By which it is hidden or deleted; only that of the last receive is good.
    pub receipt: String,
    /// Its body.
    pub body: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Its message group, if it has one.
    pub group: Option<String>,
    /// By what it was recognised when it was sent.
    pub deduplication_id: Option<String>,
}

/// A message in a queue.
#[derive(Debug)]
pub(super) struct Stored {
    id: String,
    body: String,
    attributes: Attributes,
    pub(super) group: Option<String>,
    deduplication_id: Option<String>,
    sent_at: Timestamp,
    pub(super) receives: u32,
    receipt: Option<String>,
    pub(super) received: Instant,
    pub(super) visible: Instant,
}

impl Stored {
    pub(super) fn new(id: String, message: Message, now: Instant) -> Self {
        let Message { body, attributes, fifo: order } = message;
        let (group, deduplication_id) = order.map(|it| (it.group, it.deduplication_id)).unzip();
        let sent_at = Timestamp::now();
        let (receives, receipt, received, visible) = (0, None, now, now);
        Self {
            id,
            body,
            attributes,
            group,
            deduplication_id,
            sent_at,
            receives,
            receipt,
            received,
            visible,
        }
    }

    pub(super) fn is_visible(&self, now: Instant) -> bool {
        self.visible <= now
    }

    /// Whether a receipt is valid. A FIFO queue accepts none once the message is visible again.
    pub(super) fn is_meant(&self, receipt: &str, is_fifo: bool, now: Instant) -> bool {
        self.receipt.as_deref() == Some(receipt) && !(is_fifo && self.is_visible(now))
    }

    /// As if it had been sent, and received, so much earlier.
    pub(super) fn age(&mut self, time: Duration) {
        self.sent_at -= time;
        self.received = self.received.checked_sub(time).unwrap_or(self.received);
        self.visible = self.visible.checked_sub(time).unwrap_or(self.received);
    }

    pub(super) fn receive(
        &mut self,
        receipt: String,
        now: Instant,
        visibility: Duration,
    ) -> Received {
        self.receives += 1;
        self.receipt = Some(receipt.clone());
        self.received = now;
        self.visible = now + visibility;
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| ((*name).to_owned(), value.clone()));
        Received {
            id: self.id.clone(),
            receipt,
            body: self.body.clone(),
            attributes: attributes.collect(),
            receives: self.receives,
            sent_at: self.sent_at,
            group: self.group.clone(),
            deduplication_id: self.deduplication_id.clone(),
        }
    }
}
