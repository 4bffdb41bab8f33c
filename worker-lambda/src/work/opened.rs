//! A stored event, read back: what is routed, taken apart and delivered.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use shared::event::split::Item;
use shared::event::{BrokenEvent, Event, EventId};
use shared::webhook::request::Request;

use crate::deliver::Delivery;

/// What the body of an item is.
const JSON: &str = "application/json";

/// A stored event, or one item of its list.
pub(super) struct Opened {
    request: Request,
    id: EventId,
    event_type: Option<String>,
    received_at: Timestamp,
}

impl Opened {
    /// Reads what the archive has.
    pub(super) fn read(stored: &[u8]) -> Result<Self, BrokenEvent> {
        let event = Event::from_json(stored)?;
        Ok(Self {
            id: event.id,
            event_type: event.event_type.as_deref().map(str::to_owned),
            received_at: event.received_at,
            request: event.into_request()?,
        })
    }

    /// The event as routes see it.
    pub(super) fn subject<'e>(&'e self, source: &'e str) -> EventView<'e> {
        EventView::whole(source, self.event_type.as_deref(), &self.request)
    }

    /// The delivery that it makes, whole or by one of its items.
    pub(super) fn delivery(
        self,
        reference: &Reference,
        key: &LedgerKey,
        item: Option<Item>,
        ordering_keys: BTreeMap<String, String>,
    ) -> Delivery {
        let place = item.as_ref().map(|item| item.place);
        let content_type = self.request.headers.get("content-type").map(str::to_owned);
        let (content_type, event_type, body) = match item {
            None => (content_type, self.event_type, self.request.body),
            Some(item) => (Some(JSON.to_owned()), item.event_type.clone(), item.to_json().into()),
        };
        Delivery {
            webhook_id: key.webhook_id(),
            event_id: self.id,
            item: place,
            s3_key: reference.s3_key.clone(),
            source: reference.source.clone(),
            event_type,
            received_at: self.received_at,
            content_type,
            body: Bytes::from(body),
            ordering_keys,
        }
    }
}
