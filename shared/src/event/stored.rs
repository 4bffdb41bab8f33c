//! Stored events: verified requests in S3, without their tokens. Ingest writes each once, and nothing changes it.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::dedupe::LedgerKey;
use crate::webhook::request::{Headers, Request};
use crate::webhook::scheme::RequestAtRest;
use crate::webhook::secret::BASE64;

/// An event's id: a UUIDv7 (RFC 9562), new for every received request, so that no stored event is
/// overwritten. It contains the time at which the request was received.
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

    /// When the request was received, to the millisecond. The Unix epoch for a UUID without a time.
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
    /// The version of the format, 1.
    pub version: u8,
    /// Its id.
    pub id: EventId,
    /// The name of the source that received it.
    pub source: Cow<'a, str>,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its type, if it has one.
    #[serde(rename = "type")]
    pub event_type: Option<Cow<'a, str>>,
    /// The key of its ledger entry.
    pub ledger_key: LedgerKey,
    /// The result of verification.
    pub verification: Verification<'a>,
    /// The request's HTTP method.
    pub method: Cow<'a, str>,
    /// The request's path, as received except for a token.
    pub path: Cow<'a, str>,
    /// The request's query string, as received except for a token.
    pub query: Cow<'a, str>,
    /// The public URL that the provider called. Some providers sign it.
    #[serde(default)]
    pub url: Cow<'a, str>,
    /// All headers, as received except for a token.
    pub headers: Cow<'a, Headers>,
    /// Where the fingerprint of a token stands in place of it, such as `header x-gitlab-token`. Empty if the request has
    /// no token. Events that were stored before fingerprints were have their tokens.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub fingerprinted: Cow<'a, [String]>,
    /// How `body` encodes the bytes.
    body_encoding: BodyEncoding,
    /// The body: its text if it is UTF-8, and base64 otherwise.
    body: Cow<'a, str>,
}

/// The result of verification, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification<'a> {
    /// The name of the provider whose scheme matched.
    pub provider: Cow<'a, str>,
    /// The index of the secret that matched. 0 is the newest.
    pub secret: usize,
    /// The secret's fingerprint. A rotation changes a secret's index, but not its fingerprint.
    #[serde(default)]
    pub fingerprint: Cow<'a, str>,
    /// The provider's timestamp, if it sends one.
    pub signed_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum BodyEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

/// What ingest determines about a request besides its verification.
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
    /// The event's type, if it has one.
    pub event_type: Option<String>,
    /// The key of the event's ledger entry.
    pub ledger_key: LedgerKey,
    /// The fingerprint of the secret that matched.
    pub fingerprint: String,
}

impl<'a> Event<'a> {
    /// The event of a verified request. An unverified request, or one with its tokens, cannot become an event.
    pub fn new(at_rest: &'a RequestAtRest<'a>, identity: &'a Identity<'a>) -> Self {
        let Request { method, path, query, url, headers, body, .. } = at_rest.request();
        let matched = at_rest.matched();
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
                fingerprint: Cow::Borrowed(&identity.fingerprint),
                signed_at: matched.signed_at,
            },
            method: method.into(),
            path: path.into(),
            query: query.into(),
            url: url.into(),
            headers: Cow::Borrowed(headers),
            fingerprinted: Cow::Borrowed(at_rest.fingerprinted()),
            body_encoding,
            body,
        }
    }

    /// The key in S3. It has Hive-style partitions, so that Athena can query the archive.
    pub fn s3_key(&self) -> String {
        let hour = self.received_at.strftime("date=%Y-%m-%d/hour=%H");
        format!("events/source={}/{hour}/{}.json", self.source, self.id)
    }

    /// The body's bytes, as received except for a token. Fails if the stored base64 is invalid.
    pub fn body(&self) -> Result<Cow<'_, [u8]>, BrokenEvent> {
        match self.body_encoding {
            BodyEncoding::Utf8 => Ok(Cow::Borrowed(self.body.as_bytes())),
            BodyEncoding::Base64 => {
                let bytes = BASE64.decode(self.body.as_bytes());
                bytes.map(Cow::Owned).map_err(|_| BrokenEvent("the body is not base64".into()))
            }
        }
    }

    /// The request, as received except for tokens. Fails if the stored base64 is invalid.
    pub fn into_request(self) -> Result<Request, BrokenEvent> {
        let body = self.body()?.into_owned();
        Ok(Request {
            method: self.method.into_owned(),
            path: self.path.into_owned(),
            query: self.query.into_owned(),
            url: self.url.into_owned(),
            headers: self.headers.into_owned(),
            body,
            ..Request::default()
        })
    }

    /// The stored JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, BrokenEvent> {
        serde_json::to_vec(self).map_err(|error| BrokenEvent(error.to_string()))
    }

    /// Parses the stored JSON.
    pub fn from_json(json: &'a [u8]) -> Result<Self, BrokenEvent> {
        // serde_json's message may quote a string of the event, so only the position is kept.
        serde_json::from_slice(json).map_err(|error| {
            BrokenEvent(format!("line {} column {}", error.line(), error.column()))
        })
    }
}

fn is_empty(places: &[String]) -> bool {
    places.is_empty()
}

/// A stored object is not an event. The message does not quote it.
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
