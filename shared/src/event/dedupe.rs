//! Deduplication (idempotency): the dedupe key of an event, and the ledger key that is computed from it.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::query::document::{self, Document};
use crate::query::expression::Expression;
use crate::webhook::body;
use crate::webhook::request::Request;
use crate::webhook::scheme::Verified;

/// An id expression of this name stands for the body's SHA-256. It belongs to every id that comes from an
/// unsigned header: if the header alone were the id, anyone could give it to another event, which would then
/// be dropped as a duplicate.
const BODY_SHA256: &str = "body_sha256";

/// Two requests with the same dedupe key are the same event.
#[derive(Clone, PartialEq, Eq)]
pub enum DedupeKey {
    /// The provider's id of the event. Valid for as long as the ledger keeps its entry.
    Id(String),
    /// The SHA-256 of the content in hex. Valid within the source's `dedupe_window`, because some providers
    /// send the same bytes for different events.
    Body(String),
}

/// The ledger keys of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerKeys {
    /// The key of its ledger entry.
    pub key: LedgerKey,
    /// The window before, if the event is deduplicated by its body.
    pub previous_window: Option<PreviousWindow>,
}

/// The dedupe window before that of an event.
///
/// For events that are deduplicated by their bodies, time is divided into windows of `dedupe_window` seconds,
/// and the ledger key depends on the window. An event is also a duplicate of the first event of the previous
/// window, if that was received at `since` or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviousWindow {
    /// The ledger key of the same body in the previous window.
    pub ledger_key: LedgerKey,
    /// The time at which the event was received, minus `dedupe_window`.
    pub since: Timestamp,
}

/// Hides ids, which may be part of the payload.
impl fmt::Debug for DedupeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id(…)",
            Self::Body(_) => "Body(…)",
        })
    }
}

/// What the content of a source's requests is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Covered<'s> {
    /// Whether the signature covers the query.
    pub url_signed: bool,
    /// Whether the signature covers the body without its content coding. Anyone could compress such a body again, so that its
    /// hash is computed without its coding, too.
    pub decoded_body: bool,
    /// The form field that has the event as JSON, if the provider can send JSON in a form.
    pub form_json: Option<&'s str>,
}

impl DedupeKey {
    /// The dedupe key of a request. `id` are the provider's expressions, which form the id together. If there
    /// are none, or if one finds nothing, the key is the content's hash: with a part missing, different
    /// events could have the same id.
    pub fn of(
        id: &[Expression],
        document: &Document,
        request: &Request,
        covered: Covered<'_>,
    ) -> Self {
        let hash = || {
            let content = request.content();
            match document::json_in_form(&content, covered.form_json) {
                Some(json) => hex::encode(Sha256::digest(json)),
                None => hex::encode(Sha256::digest(signed_body(request, covered))),
            }
        };
        let part = |part: &Expression| match part.as_str() {
            BODY_SHA256 => Some(hash()),
            _ => part.find_text(document),
        };
        let parts: Option<Vec<_>> = id.iter().map(part).collect();
        match parts {
            Some(parts) if parts.iter().any(|part| !part.is_empty()) => {
                Self::Id(serde_json::json!(parts).to_string())
            }
            _ => Self::Body(content_hash(request, covered)),
        }
    }

    /// The dedupe key of a verified request by its signed content alone: requests with the same signed content are one
    /// event, whatever else they have.
    ///
    /// That is the provider's id without its unsigned parts. If the signature does not cover the body, it is the signed
    /// values. If neither leaves anything, it is the content's hash, which is then valid for as long as the ledger keeps
    /// its entry.
    pub fn of_signed_content(
        id: &[Expression],
        document: &Document,
        verified: &Verified,
        covered: Covered<'_>,
        body_signed: bool,
    ) -> Self {
        let signed = &verified.matched().fields;
        if !body_signed && !signed.is_empty() {
            return Self::Id(serde_json::json!(signed).to_string());
        }
        let is_signed = |part: &&Expression| {
            let mut names = part.names().into_iter();
            names.all(|it| it.name != "headers" && (it.name != "query" || covered.url_signed))
        };
        let id: Vec<_> = id.iter().filter(is_signed).cloned().collect();
        match Self::of(&id, document, verified.request(), covered) {
            Self::Body(hash) => Self::Id(hash),
            by_id @ Self::Id(_) => by_id,
        }
    }

    /// The ledger keys of an event of `source` with this dedupe key. `window` is the source's `dedupe_window`
    /// in seconds.
    pub fn ledger_keys(&self, source: &str, received_at: Timestamp, window: u32) -> LedgerKeys {
        match self {
            Self::Id(id) => LedgerKeys { key: LedgerKey::of(source, id), previous_window: None },
            Self::Body(hash) => {
                let window = i64::from(window.max(1));
                let number = received_at.as_second().div_euclid(window);
                let key = |number| LedgerKey::of(source, &format!("{hash}@{number}"));
                let since = received_at.saturating_sub(SignedDuration::from_secs(window));
                let since = since.unwrap_or(Timestamp::MIN);
                let previous = PreviousWindow { ledger_key: key(number - 1), since };
                LedgerKeys { key: key(number), previous_window: Some(previous) }
            }
        }
    }
}

/// The SHA-256 in hex of a request's content. The content is the body. The query belongs to it if it is signed,
/// and if the body is empty, as in a webhook by GET. Any other query is left out, because anyone could change
/// it to defeat deduplication.
fn content_hash(request: &Request, covered: Covered<'_>) -> String {
    let mut hash = Sha256::new();
    if !request.query.is_empty() && (covered.url_signed || request.body.is_empty()) {
        hash.update(&request.query);
        hash.update([0]);
    }
    hex::encode(hash.chain_update(signed_body(request, covered)).finalize())
}

/// The body as it is signed: as received, or without its content coding.
fn signed_body<'r>(request: &'r Request, covered: Covered<'_>) -> Cow<'r, [u8]> {
    let coding = body::content_coding(request);
    let decoded = covered.decoded_body.then(|| body::decode(coding, &request.body)).flatten();
    decoded.unwrap_or(Cow::Borrowed(&request.body))
}

/// The key of a ledger entry: the SHA-256 of the source's name, a zero byte and the dedupe key. It has a
/// bounded length, and sources cannot suppress each other's events. Its text has 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LedgerKey([u8; 32]);

impl LedgerKey {
    /// The ledger key of a source's event with this dedupe key.
    pub fn of(source: &str, dedupe_key: &str) -> Self {
        let digest = Sha256::new().chain_update(source).chain_update([0]).chain_update(dedupe_key);
        Self(digest.finalize().into())
    }

    /// The ledger key of an item of a list, by the expressions that form its id together. `None` if there are
    /// none, or if one finds nothing in the item.
    pub fn of_item(source: &str, id: &[Expression], item: &Document) -> Option<Self> {
        let parts: Option<Vec<_>> = id.iter().map(|part| part.find_text(item)).collect();
        let parts = parts.filter(|parts| parts.iter().any(|part| !part.is_empty()))?;
        // The prefix separates items from whole requests: an item must not have the key of the list that
        // contains it.
        Some(Self::of(source, &format!("item {}", serde_json::json!(parts))))
    }

    /// The ledger key of an item without an id, by its index in the list. `self` is the list's ledger key.
    pub fn of_place(&self, place: u32) -> Self {
        Self::of(&self.to_string(), &format!("item {place}"))
    }

    /// The `webhook-id` of deliveries, by which destinations recognise duplicates. It is the same on every
    /// attempt.
    pub fn webhook_id(&self) -> String {
        format!("msg_{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Display for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<LedgerKey> for String {
    fn from(key: LedgerKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for LedgerKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| "a ledger key is 64 hex digits")?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests;
