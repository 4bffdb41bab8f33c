//! Recognising duplicates: the dedupe key a provider's event has, and the ledger key made of it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jmespath::Rcvar;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::expression::Expression;

/// What makes two events the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DedupeKey {
    /// The provider's own id, for ever.
    Id(String),
    /// The body's SHA-256 in hex, within the source's `dedupe_window` only: some providers post the
    /// same bytes for different events.
    Body(String),
}

impl DedupeKey {
    /// The key by `id`, a provider's expressions, or by the body where there are none or one of them
    /// finds nothing. A key of which a part is missing would make different events look the same.
    pub fn of(id: &[Expression], document: &Rcvar, body: &[u8]) -> Self {
        let parts: Option<Vec<_>> = id.iter().map(|part| part.find_text(document)).collect();
        match parts {
            Some(parts) if parts.iter().any(|part| !part.is_empty()) => {
                Self::Id(serde_json::json!(parts).to_string())
            }
            _ => Self::Body(hex::encode(Sha256::digest(body))),
        }
    }

    /// The ledger key for this key of a source's.
    pub fn ledger_key(&self, source: &str) -> LedgerKey {
        let (Self::Id(key) | Self::Body(key)) = self;
        let digest = Sha256::new().chain_update(source).chain_update([0]).chain_update(key);
        LedgerKey(digest.finalize().into())
    }
}

/// SHA-256 of source, a zero byte and the dedupe key: of bounded length, and no source can suppress
/// another's events. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LedgerKey([u8; 32]);

impl LedgerKey {
    /// The `webhook-id` under which destinations get the event: the same on every attempt.
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
        DedupeKey::of(&id, &Rcvar::new(Variable::from_json(json).unwrap()), json.as_bytes())
    }

    #[test]
    fn all_parts_make_the_id_and_their_borders_count() {
        let first = key(&["a", "b"], r#"{"a":"1","b":"23"}"#);
        assert_eq!(first, DedupeKey::Id(r#"["1","23"]"#.into()));
        assert_ne!(first, key(&["a", "b"], r#"{"a":"12","b":"3"}"#));
    }

    #[test]
    fn a_missing_part_or_none_at_all_falls_back_to_the_body() {
        assert!(matches!(key(&["a", "b"], r#"{"a":"1"}"#), DedupeKey::Body(_)));
        assert!(matches!(key(&["a || ''"], "{}"), DedupeKey::Body(_)));
        assert!(matches!(key(&[], r#"{"a":"1"}"#), DedupeKey::Body(_)));
    }

    #[test]
    fn sources_do_not_share_ledger_keys_even_where_names_and_keys_run_together() {
        let id = |text: &str| DedupeKey::Id(text.into());
        assert_ne!(id("x").ledger_key("a"), id("x").ledger_key("b"));
        assert_ne!(id("bx").ledger_key("a"), id("x").ledger_key("ab"));
    }

    #[test]
    fn a_ledger_key_survives_its_text() {
        let key = DedupeKey::Id("x".into()).ledger_key("a");
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json.len(), 66);
        assert_eq!(serde_json::from_str::<LedgerKey>(&json).unwrap(), key);
        assert!(serde_json::from_str::<LedgerKey>("\"abc\"").is_err());
        assert!(key.webhook_id().starts_with("msg_"));
    }
}
