//! A stored event, parsed from the archive.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use shared::event::EventView;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use shared::event::split::Item;
use shared::event::{BrokenEvent, Event, EventId};
use shared::webhook::forward::HeaderPattern;
use shared::webhook::request::Request;

use crate::deliver::Delivery;

/// The content type of a list item, which is always written as JSON.
const JSON: &str = "application/json";

/// A stored event.
pub(super) struct StoredEvent {
    request: Request,
    id: EventId,
    event_type: Option<String>,
    received_at: Timestamp,
}

impl StoredEvent {
    /// Parses a stored object.
    pub(super) fn read(stored: &[u8]) -> Result<Self, BrokenEvent> {
        let event = Event::from_json(stored)?;
        Ok(Self {
            id: event.id,
            event_type: event.event_type.as_deref().map(str::to_owned),
            received_at: event.received_at,
            request: event.into_request()?,
        })
    }

    /// The event as filters see it.
    ///
    /// `form_json` is the form field that has the event as JSON, if the source's provider can send JSON in a form.
    pub(super) fn view<'e>(&'e self, source: &'e str, form_json: Option<&'e str>) -> EventView<'e> {
        EventView::whole(source, self.event_type.as_deref(), &self.request)
            .with_form_json(form_json)
    }

    /// What destinations get: the event itself, or one item of its list.
    ///
    /// `secret_headers` are the headers in which the sender sends the source's secret itself.
    pub(super) fn delivery(
        self,
        reference: &Reference,
        key: &LedgerKey,
        item: Option<Item>,
        ordering_keys: BTreeMap<String, String>,
        secret_headers: &[HeaderPattern],
    ) -> Delivery {
        let place = item.as_ref().map(|item| item.place);
        let header = |name| self.request.headers.get(name).map(str::to_owned);
        let (content_type, content_encoding) = match item {
            None => (header("content-type"), header("content-encoding")),
            Some(_) => (Some(JSON.to_owned()), None),
        };
        let headers = self.request.headers.forwardable(secret_headers);
        let (event_type, body) = match item {
            None => (self.event_type, self.request.body),
            Some(item) => (item.event_type.clone(), item.to_json().into()),
        };
        Delivery {
            webhook_id: key.webhook_id(),
            event_id: self.id,
            item: place,
            s3_key: reference.s3_key.clone(),
            source: reference.source.clone(),
            event_type,
            received_at: self.received_at,
            headers,
            content_type,
            content_encoding,
            body: Bytes::from(body),
            ordering_keys,
        }
    }
}
