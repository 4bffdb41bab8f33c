//! One stored request: the evidence. Written once by ingest, never changed.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::dedupe::LedgerKey;
use crate::webhook::request::{Headers, Request};
use crate::webhook::scheme::Verified;
use crate::webhook::secret::BASE64;

/// An event's id: a UUIDv7, new for every request received, so that nothing in the archive is ever
/// overwritten. It carries the time of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// A new id for a request received at `now`.
    pub fn new(now: Timestamp) -> Self {
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)))
    }

    /// When the request was received, to the millisecond; the epoch for a UUID without a time.
    pub fn received_at(&self) -> Timestamp {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let (seconds, nanos) = (i64::try_from(seconds), i32::try_from(nanos));
        match (seconds, nanos) {
            (Ok(seconds), Ok(nanos)) => Timestamp::new(seconds, nanos).unwrap_or_default(),
            _ => Timestamp::default(),
        }
    }
}

impl std::str::FromStr for EventId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A stored event.
#[derive(Serialize, Deserialize)]
pub struct Event<'a> {
    /// The format's version.
    pub version: u8,
    /// Its id.
    pub id: EventId,
    /// The source that received it.
    pub source: Cow<'a, str>,
    /// When.
    pub received_at: Timestamp,
    /// Its type in the provider's words, where the provider says one.
    #[serde(rename = "type")]
    pub event_type: Option<Cow<'a, str>>,
    /// Under what the ledger knows it.
    pub ledger_key: LedgerKey,
    /// What verification found.
    pub verification: Verification<'a>,
    /// The request's method.
    pub method: Cow<'a, str>,
    /// The request's path, as received.
    pub path: Cow<'a, str>,
    /// The request's query string, as received.
    pub query: Cow<'a, str>,
    /// The public URL that the provider called, as some sign it.
    #[serde(default)]
    pub url: Cow<'a, str>,
    /// All headers, as API Gateway handed them over.
    pub headers: Cow<'a, Headers>,
    /// How `body` is written.
    body_encoding: BodyEncoding,
    /// The body: as it is where it is UTF-8, base64 where not.
    body: Cow<'a, str>,
}

/// What verification found, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification<'a> {
    /// By which provider's scheme.
    pub provider: Cow<'a, str>,
    /// The position of the secret that matched, 0 being the newest.
    pub secret: usize,
    /// The secret's fingerprint: after a rotation, what was at position 0 is at another.
    #[serde(default)]
    pub fingerprint: Cow<'a, str>,
    /// The provider's own timestamp, where it sends one.
    pub signed_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum BodyEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

/// What ingest learned of a request besides verifying it.
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    /// The event's id.
    pub id: EventId,
    /// When the request was received.
    pub received_at: Timestamp,
    /// The source's name.
    pub source: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The event's type.
    pub event_type: Option<String>,
    /// Under what the ledger knows it.
    pub ledger_key: LedgerKey,
}

impl<'a> Event<'a> {
    /// The event for a verified request: nothing else can be stored.
    pub fn new(verified: &'a Verified, identity: &'a Identity<'a>) -> Self {
        let Request { method, path, query, url, headers, body } = verified.request();
        let matched = verified.matched();
        let (body_encoding, body) = match std::str::from_utf8(body) {
            Ok(text) => (BodyEncoding::Utf8, Cow::Borrowed(text)),
            Err(_) => (BodyEncoding::Base64, Cow::Owned(BASE64.encode(body))),
        };
        Self {
            version: 1,
            id: identity.id,
            source: identity.source.into(),
            received_at: identity.received_at,
            event_type: identity.event_type.as_deref().map(Cow::Borrowed),
            ledger_key: identity.ledger_key,
            verification: Verification {
                provider: identity.provider.into(),
                secret: matched.secret,
                fingerprint: Cow::Borrowed(&matched.fingerprint),
                signed_at: matched.signed_at,
            },
            method: method.into(),
            path: path.into(),
            query: query.into(),
            url: url.into(),
            headers: Cow::Borrowed(headers),
            body_encoding,
            body,
        }
    }

    /// The key under which it is stored: Hive-style, so that Athena reads the archive as it is.
    pub fn s3_key(&self) -> String {
        let hour = self.received_at.strftime("date=%Y-%m-%d/hour=%H");
        format!("events/source={}/{hour}/{}.json", self.source, self.id)
    }

    /// The body's bytes, as they were signed.
    pub fn body(&self) -> Result<Cow<'_, [u8]>, BrokenEvent> {
        match self.body_encoding {
            BodyEncoding::Utf8 => Ok(Cow::Borrowed(self.body.as_bytes())),
            BodyEncoding::Base64 => {
                let bytes = BASE64.decode(self.body.as_bytes());
                bytes.map(Cow::Owned).map_err(|_| BrokenEvent("its body is not base64".into()))
            }
        }
    }

    /// The request that it was.
    pub fn into_request(self) -> Result<Request, BrokenEvent> {
        let body = self.body()?.into_owned();
        Ok(Request {
            method: self.method.into_owned(),
            path: self.path.into_owned(),
            query: self.query.into_owned(),
            url: self.url.into_owned(),
            headers: self.headers.into_owned(),
            body,
        })
    }

    /// The stored form.
    pub fn to_json(&self) -> Result<Vec<u8>, BrokenEvent> {
        serde_json::to_vec(self).map_err(|error| BrokenEvent(error.to_string()))
    }

    /// Reads the stored form.
    pub fn from_json(json: &'a [u8]) -> Result<Self, BrokenEvent> {
        // serde_json's message gives a position and a kind, never the text at fault beyond a value's
        // type; it may still quote a string, so only the position is kept.
        serde_json::from_slice(json).map_err(|error| {
            BrokenEvent(format!("line {} column {}", error.line(), error.column()))
        })
    }
}

/// A stored object that is no event.
#[derive(Debug, thiserror::Error)]
#[error("not a stored event: {0}")]
pub struct BrokenEvent(String);

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
