//! The queue message: a pointer to a stored event, small enough for any queue.

use serde::{Deserialize, Serialize};

use crate::event::EventId;
use crate::event::dedupe::{LedgerKey, PreviousWindow};

/// The version of the form in which references travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u8);

impl Version {
    /// The one that this release writes, and the only one it reads.
    pub const CURRENT: Self = Self(1);
}

/// A reference to a stored event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The form's version.
    pub version: Version,
    /// 0 from ingest, one more each time it becomes a dead letter: a redrive is recognised by it.
    pub generation: u32,
    /// The event's id.
    pub event_id: EventId,
    /// The event's source.
    pub source: String,
    /// Where the event is stored.
    pub s3_key: String,
    /// The stored object's size in bytes.
    pub size: u64,
    /// The event's type, where its provider says one: at most 256 printable characters.
    pub event_type: Option<String>,
    /// Under what the ledger knows it.
    pub ledger_key: LedgerKey,
    /// Where events are told apart by their bodies: under what else the ledger may know it. Absent
    /// where the provider has ids.
    pub previous_window: Option<PreviousWindow>,
    /// Where the stored event has a list and this is one item of it: its place, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
}

/// A queue message that is not a reference. It never quotes the message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// Not JSON, or not of this form.
    #[error("not a reference (line {line} column {column})")]
    Form {
        /// Line of the first mistake, from 1.
        line: usize,
        /// Column of the first mistake, from 1.
        column: usize,
    },
    /// Of a version that this release does not know.
    #[error("a reference of version {0}, which this release does not read")]
    Version(u8),
    /// Points outside the archive.
    #[error("a reference that does not point to an event")]
    Key,
}

impl From<serde_json::Error> for InvalidReference {
    fn from(error: serde_json::Error) -> Self {
        Self::Form { line: error.line(), column: error.column() }
    }
}

/// As much of any form as tells which one it is.
#[derive(Deserialize)]
struct Versioned {
    version: Version,
}

impl Reference {
    /// Reads a message's body.
    pub fn parse(message: &str) -> Result<Self, InvalidReference> {
        // The version first: a later form may have fields that this release does not know.
        let Versioned { version } = serde_json::from_str(message)?;
        if version != Version::CURRENT {
            return Err(InvalidReference::Version(version.0));
        }
        let reference: Self = serde_json::from_str(message)?;
        if !reference.s3_key.starts_with("events/") {
            return Err(InvalidReference::Key);
        }
        Ok(reference)
    }

    /// The same reference with the generation after `generation`: the content of a dead letter.
    pub fn next_generation(&self, generation: u32) -> Self {
        Self { generation: generation.saturating_add(1), ..self.clone() }
    }

    /// By what a FIFO queue recognises it when it is sent again: a redrive, in its next generation, is another.
    pub fn deduplication_id(&self) -> String {
        let Self { event_id, generation, .. } = self;
        match self.item {
            Some(place) => format!("{event_id}-{generation}-{place}"),
            None => format!("{event_id}-{generation}"),
        }
    }

    /// The message's body.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn reference() -> Reference {
        Reference {
            version: Version::CURRENT,
            generation: 0,
            event_id: EventId::new(Timestamp::UNIX_EPOCH),
            source: "shop".into(),
            s3_key: "events/source=shop/x.json".into(),
            size: 10,
            event_type: Some("order.paid".into()),
            ledger_key: LedgerKey::of("shop", "1"),
            previous_window: None,
            item: None,
        }
    }

    #[test]
    fn survives_the_queue() {
        let reference = reference();
        assert_eq!(Reference::parse(&reference.to_json()).unwrap(), reference);
    }

    #[test]
    fn a_dead_letter_has_the_next_life_and_is_otherwise_the_same() {
        let reference = reference();
        let reborn = reference.next_generation(4);
        assert_eq!(reborn.generation, 5);
        assert_eq!(Reference { generation: 0, ..reborn }, reference);
    }

    #[test]
    fn anything_else_is_named_and_not_quoted() {
        for message in ["", "hunter2", "{}", "[]", r#"{"hunter2":1}"#] {
            let error = Reference::parse(message).unwrap_err();
            assert!(matches!(error, InvalidReference::Form { .. }), "{message}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let newer = reference().to_json().replace(r#""version":1"#, r#""new":0,"version":2"#);
        assert_eq!(Reference::parse(&newer), Err(InvalidReference::Version(2)));
        let outside = reference().to_json().replace("events/", "config/");
        assert_eq!(Reference::parse(&outside), Err(InvalidReference::Key));
    }
}
