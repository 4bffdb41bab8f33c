//! Deduplication (idempotency): the dedupe key of an event, and the ledger key that is computed from it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jmespath::Rcvar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::query::expression::Expression;
use crate::webhook::request::Request;

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

impl DedupeKey {
    /// The dedupe key of a request. `id` are the provider's expressions, which form the id together. If there
    /// are none, or if one finds nothing, the key is the content's hash: with a part missing, different
    /// events could have the same id. `url_signed` is whether the signature covers the query.
    pub fn of(id: &[Expression], document: &Rcvar, request: &Request, url_signed: bool) -> Self {
        let hash = || hex::encode(Sha256::digest(&request.body));
        let part = |part: &Expression| match part.as_str() {
            BODY_SHA256 => Some(hash()),
            _ => part.find_text(document),
        };
        let parts: Option<Vec<_>> = id.iter().map(part).collect();
        match parts {
            Some(parts) if parts.iter().any(|part| !part.is_empty()) => {
                Self::Id(serde_json::json!(parts).to_string())
            }
            _ => Self::Body(content_hash(request, url_signed)),
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
fn content_hash(request: &Request, url_signed: bool) -> String {
    let mut hash = Sha256::new();
    if !request.query.is_empty() && (url_signed || request.body.is_empty()) {
        hash.update(&request.query);
        hash.update([0]);
    }
    hex::encode(hash.chain_update(&request.body).finalize())
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
    pub fn of_item(source: &str, id: &[Expression], item: &Rcvar) -> Option<Self> {
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
mod tests {
    use jmespath::Variable;

    use super::*;

    fn key(id: &[&str], json: &str) -> DedupeKey {
        let id: Vec<_> = id.iter().map(|text| Expression::compile(text).unwrap()).collect();
        let request = Request { body: json.into(), ..Request::default() };
        DedupeKey::of(&id, &Rcvar::new(Variable::from_json(json).unwrap()), &request, false)
    }

    #[test]
    fn an_id_consists_of_all_its_parts_and_keeps_them_separate() {
        let first = key(&["a", "b"], r#"{"a":"1","b":"23"}"#);
        assert_eq!(first, DedupeKey::Id(r#"["1","23"]"#.into()));
        assert_ne!(first, key(&["a", "b"], r#"{"a":"12","b":"3"}"#));
    }

    #[test]
    fn an_id_with_a_missing_part_falls_back_to_the_body() {
        assert!(matches!(key(&["a", "b"], r#"{"a":"1"}"#), DedupeKey::Body(_)));
        assert!(matches!(key(&["a || ''"], "{}"), DedupeKey::Body(_)));
        assert!(matches!(key(&[], r#"{"a":"1"}"#), DedupeKey::Body(_)));
    }

    #[test]
    fn the_bodys_hash_ties_an_unsigned_id_to_its_event() {
        let id = ["id", "body_sha256"];
        let first = key(&id, r#"{"id":"1","n":1}"#);
        assert_eq!(first, key(&id, r#"{"id":"1","n":1}"#));
        assert_ne!(first, key(&id, r#"{"id":"1","n":2}"#));
        assert!(matches!(key(&id, r#"{"n":1}"#), DedupeKey::Body(_)));
    }

    #[test]
    fn a_query_is_part_of_the_hash_if_it_is_signed_or_the_body_is_empty() {
        let key = |query: &str, body: &str, url_signed| {
            let request = Request { query: query.into(), body: body.into(), ..Request::default() };
            let DedupeKey::Body(hash) =
                DedupeKey::of(&[], &Rcvar::new(Variable::Null), &request, url_signed)
            else {
                panic!("there is no id")
            };
            hash
        };
        assert_ne!(key("Digits=1", "", false), key("Digits=2", "", false));
        assert_eq!(key("Digits=1", "", false), key("Digits=1", "", false));
        assert_ne!(key("step=1", "x", true), key("step=2", "x", true));
        assert_eq!(
            key("step=1", "x", false),
            key("step=2", "x", false),
            "anyone may have added it"
        );
    }

    #[test]
    fn ids_have_one_key_and_bodies_have_one_for_each_window() {
        let keys = |key: &DedupeKey, second| {
            key.ledger_keys("shop", Timestamp::from_second(second).unwrap(), 600)
        };
        let id = DedupeKey::Id("1".into());
        assert_eq!(keys(&id, 0), keys(&id, 1_000_000));
        let body = DedupeKey::Body("abc".into());
        assert_eq!(keys(&body, 600).key, keys(&body, 1199).key);
        let (before, after) = (keys(&body, 1199), keys(&body, 1200));
        assert_ne!(before.key, after.key);
        let earlier = after.previous_window.unwrap();
        assert_eq!(earlier.ledger_key, before.key);
        assert_eq!(earlier.since.as_second(), 600);
    }

    #[test]
    fn sources_do_not_share_ledger_keys() {
        assert_ne!(LedgerKey::of("a", "x"), LedgerKey::of("b", "x"));
        assert_ne!(LedgerKey::of("a", "bx"), LedgerKey::of("ab", "x"));
    }

    #[test]
    fn items_have_keys_by_id_or_by_index() {
        let item = |json| Rcvar::new(Variable::from_json(json).unwrap());
        let id = [Expression::compile("id").unwrap()];
        let key = |json| LedgerKey::of_item("shop", &id, &item(json));
        assert_eq!(key(r#"{"id":"1","n":1}"#), key(r#"{"id":"1","n":2}"#));
        assert_ne!(key(r#"{"id":"1"}"#), key(r#"{"id":"2"}"#));
        assert_eq!([key("{}"), key(r#"{"id":""}"#), key("7")], [None; 3]);
        assert_eq!(LedgerKey::of_item("shop", &[], &item("{}")), None);
        let whole = LedgerKey::of("shop", r#"["1"]"#);
        assert_ne!(key(r#"{"id":"1"}"#), Some(whole), "an item does not have its list's key");
        assert_ne!(whole.of_place(0), whole.of_place(1));
        assert_eq!(whole.of_place(1), whole.of_place(1));
    }

    #[test]
    fn a_ledger_key_is_the_same_after_serialisation() {
        let key = LedgerKey::of("a", "x");
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json.len(), 66);
        assert_eq!(serde_json::from_str::<LedgerKey>(&json).unwrap(), key);
        assert!(serde_json::from_str::<LedgerKey>("\"abc\"").is_err());
        assert!(key.webhook_id().starts_with("msg_"));
    }
}
