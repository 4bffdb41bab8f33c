//! An event, put together but not stored yet, with the reference that will point at it.

use jiff::Timestamp;
use shared::config::Queue;
use shared::dedupe::DedupeKey;
use shared::document::document;
use shared::event::{Event, EventId, Identity};
use shared::order::Ordering;
use shared::provider;
use shared::reference::{Reference, Version};
use shared::route::Subject;
use shared::scheme::{Scheme, Verified};

use crate::refusal::NotAccepted;
use crate::source::Source;

/// The event of a verified request, serialised, with the reference that will point at it.
pub(crate) struct Unstored<'s> {
    pub(crate) object: Vec<u8>,
    pub(crate) reference: Reference,
    pub(crate) queue: &'s Queue,
    pub(crate) ordering: Ordering,
}

impl<'s> Unstored<'s> {
    pub(crate) fn of(
        source: &'s Source,
        verified: &Verified,
        now: Timestamp,
    ) -> Result<Self, NotAccepted> {
        let document = document(&source.name, verified);
        let url_signed = source.schemes.iter().any(Scheme::signs_url);
        let dedupe_key = DedupeKey::of(&source.id, &document, verified.request(), url_signed);
        let keys = dedupe_key.ledger_keys(&source.name, now, source.dedupe_window);
        let identity = Identity {
            id: EventId::new(now),
            received_at: now,
            source: &source.name,
            provider: &source.provider,
            event_type: provider::event_type(&source.event_type, &document),
            ledger_key: keys.key,
        };
        let event = Event::new(verified, &identity);
        let s3_key = event.s3_key();
        let object =
            event.to_json().map_err(|error| NotAccepted::Unavailable(error.to_string()))?;
        let reference = Reference {
            version: Version::CURRENT,
            life: 0,
            event_id: identity.id,
            source: source.name.clone(),
            s3_key,
            size: object.len() as u64,
            ledger_key: identity.ledger_key,
            event_type: identity.event_type,
            earlier: keys.earlier,
            item: None,
        };
        let event_type = reference.event_type.as_deref();
        let subject = Subject::whole(&source.name, event_type, verified.request());
        let subject = subject.sharing(&document);
        let queue = source.queues.of_type(event_type);
        let ordering = match source.split {
            true => Ordering::of_list(queue, &subject),
            false => Ordering::of(queue, &subject, &reference),
        };
        Ok(Self { object, reference, queue, ordering })
    }
}
