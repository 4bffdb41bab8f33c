//! Builds an event from a verified request, with the reference that will point at it. Nothing is stored yet.

use jiff::Timestamp;
use shared::config::Queue;
use shared::event::EventView;
use shared::event::dedupe::{Covered, DedupeKey};
use shared::event::message_group::MessageGroup;
use shared::event::reference::{Reference, Version};
use shared::event::{Event, EventId, Identity, event_type};
use shared::provider::Replay;
use shared::query::document::{document, document_at_rest};
use shared::webhook::scheme::{Scheme, Verified};
use shared::webhook::secret::FingerprintKey;

use crate::rejection::Rejection;
use crate::source::RegisteredSource;

/// An event that is not stored yet, with its reference and where the reference is to be queued.
pub(crate) struct NewEvent<'s> {
    /// The event as it is stored in S3.
    pub(crate) object: Vec<u8>,
    pub(crate) reference: Reference,
    pub(crate) queue: &'s Queue,
    /// The message group of the reference; none in a standard queue.
    pub(crate) group: MessageGroup,
}

impl<'s> NewEvent<'s> {
    /// The event of a request. The ledger key depends on the request as it was received, so that a retry of the provider
    /// has the same one. Everything else depends on the request as it is stored, which has no tokens: the type and the
    /// message group are visible to anyone who can read the queue.
    pub(crate) fn new(
        source: &'s RegisteredSource,
        verified: &Verified,
        fingerprint_key: &FingerprintKey,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        let rules = &source.rules;
        let form_json = rules.form_json.as_deref();
        let document = document(&rules.name, verified, form_json);
        let scheme = rules.schemes.get(verified.matched().scheme);
        let covered = Covered {
            url_signed: rules.schemes.iter().any(Scheme::signs_url),
            decoded_body: scheme.is_some_and(Scheme::signs_decoded_body),
            form_json,
        };
        let dedupe_key = match rules.replay {
            None => DedupeKey::of(&rules.id, &document, verified.request(), covered),
            Some(Replay::Strict) => {
                let body_signed = scheme.is_some_and(Scheme::covers_body);
                DedupeKey::of_signed_content(&rules.id, &document, verified, covered, body_signed)
            }
        };
        let keys = dedupe_key.ledger_keys(&rules.name, now, source.dedupe_window);
        let at_rest = verified.at_rest(&rules.schemes, fingerprint_key);
        let document = document_at_rest(&rules.name, &at_rest, document, form_json);
        let identity = Identity {
            id: EventId::new(now),
            received_at: now,
            source: &rules.name,
            provider: &rules.provider,
            event_type: event_type(&rules.event_type, &document),
            ledger_key: keys.key,
            fingerprint: verified.matched().fingerprint(fingerprint_key),
        };
        let event = Event::new(&at_rest, &identity);
        let s3_key = event.s3_key();
        let object = event.to_json().map_err(|error| Rejection::Unavailable(error.to_string()))?;
        let reference = Reference {
            version: Version::CURRENT,
            generation: 0,
            event_id: identity.id,
            source: rules.name.clone(),
            s3_key,
            size: object.len() as u64,
            ledger_key: identity.ledger_key,
            event_type: identity.event_type,
            previous_window: keys.previous_window,
            item: None,
        };
        let event_type = reference.event_type.as_deref();
        let view = EventView::whole(&rules.name, event_type, at_rest.request());
        let view = view.with_form_json(form_json).with_body_of(&document);
        let queue = source.queues.of_type(event_type);
        let ordering_key = queue.ordering_key.as_ref();
        let group = match source.split {
            true => MessageGroup::of_list(ordering_key, &view),
            false => MessageGroup::of_event(ordering_key, &view, &reference),
        };
        Ok(Self { object, reference, queue, group })
    }
}
