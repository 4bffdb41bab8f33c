//! References: queue messages that point to a stored event, small enough for any queue.

use serde::{Deserialize, Serialize};

use crate::event::EventId;
use crate::event::dedupe::{LedgerKey, PreviousWindow};

/// The version of a reference's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u8);

impl Version {
    /// The version that this release writes. It reads no other.
    pub const CURRENT: Self = Self(1);
}

/// A reference to a stored event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The version of the format.
    pub version: Version,
    /// How often the reference was dead-lettered. Ingest writes 0. The worker recognises a redrive by a
    /// higher number.
    pub generation: u32,
    /// The event's id.
    pub event_id: EventId,
    /// The name of the event's source.
    pub source: String,
    /// The key of the stored event in S3.
    pub s3_key: String,
    /// The stored object's size in bytes.
    pub size: u64,
    /// The event's type, if it has one: at most 256 printable characters.
    pub event_type: Option<String>,
    /// The key of the event's ledger entry.
    pub ledger_key: LedgerKey,
    /// The previous dedupe window, in which the ledger may have an entry for the event as well. `None` if the
    /// event has an id.
    pub previous_window: Option<PreviousWindow>,
    /// The index of the item in the stored event's list, from 0. `None` if the reference is to a whole event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
}

/// Why a queue message is not a reference. The message of the error does not quote the queue message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// Not JSON, or not of this format.
    #[error("not a reference (line {line} column {column})")]
    Form {
        /// Line of the first mistake, from 1.
        line: usize,
        /// Column of the first mistake, from 1.
        column: usize,
    },
    /// Of another version.
    #[error("a reference of version {0}, which this release does not read")]
    Version(u8),
    /// The S3 key is not that of an event.
    #[error("a reference that does not point to an event")]
    Key,
}

impl From<serde_json::Error> for InvalidReference {
    fn from(error: serde_json::Error) -> Self {
        Self::Form { line: error.line(), column: error.column() }
    }
}

/// The part of a reference that all versions have.
#[derive(Deserialize)]
struct Versioned {
    version: Version,
}

impl Reference {
    /// Parses the body of a queue message.
    pub fn parse(message: &str) -> Result<Self, InvalidReference> {
        // The version is parsed first, because a later version may have unknown fields.
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

    /// The deduplication id, by which a FIFO queue drops a copy that is sent within five minutes. It contains
    /// the generation, so that a redrive is not dropped.
    pub fn deduplication_id(&self) -> String {
        let Self { event_id, generation, .. } = self;
        match self.item {
            Some(place) => format!("{event_id}-{generation}-{place}"),
            None => format!("{event_id}-{generation}"),
        }
    }

    /// The body of the queue message.
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
    fn a_reference_is_the_same_after_serialisation() {
        let reference = reference();
        assert_eq!(Reference::parse(&reference.to_json()).unwrap(), reference);
    }

    #[test]
    fn the_next_generation_differs_in_the_generation_only() {
        let reference = reference();
        let next = reference.next_generation(4);
        assert_eq!(next.generation, 5);
        assert_eq!(Reference { generation: 0, ..next }, reference);
    }

    #[test]
    fn errors_name_the_fault_and_do_not_quote_the_message() {
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
