//! What Plaid says of a key.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::keys::memory::Key;
use crate::keys::{FetchError, KeyError};

/// For how long a key is kept. Plaid may let it expire at any time, and says so only when asked.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

#[derive(Deserialize)]
struct Answer {
    key: Map<String, Value>,
}

#[derive(Deserialize)]
struct Problem {
    error_code: String,
}

/// The key of this id in an answer, unless it has expired.
pub(super) fn key(answer: &[u8], id: &str, now: Timestamp) -> Result<Key, KeyError> {
    let none = || KeyError::Unavailable("Plaid's answer has not the key".to_owned());
    let Answer { key } = serde_json::from_slice(answer).map_err(|_| none())?;
    let is = |name: &str, value: &str| key.get(name).and_then(Value::as_str) == Some(value);
    if !(is("kid", id) && is("kty", "EC") && is("crv", "P-256") && is("alg", "ES256")) {
        return Err(none());
    }
    let kept = now.saturating_add(LIFETIME).unwrap_or(now);
    let until = expiry(&key).map_err(|_| none())?.map_or(kept, |expiry| expiry.min(kept));
    if until <= now {
        return Err(KeyError::Refused("its key has expired"));
    }
    Ok(Key { text: Value::Object(key).to_string(), until })
}

/// When a key expires, in Unix seconds, or null.
fn expiry(key: &Map<String, Value>) -> Result<Option<Timestamp>, ()> {
    match key.get("expired_at") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let at = value.as_i64().and_then(|at| Timestamp::from_second(at).ok());
            at.map(Some).ok_or(())
        }
    }
}

/// What a failed call means. Plaid says with 400 whose mistake it is.
/// <https://plaid.com/docs/errors/invalid-input/>
pub(super) fn told(url: &Url, error: FetchError) -> KeyError {
    let FetchError::Status(400, body) = &error else { return KeyError::of_call(url, error) };
    let code = serde_json::from_slice(body).map_or(String::new(), |p: Problem| p.error_code);
    match code.as_str() {
        "INVALID_WEBHOOK_VERIFICATION_KEY_ID" => KeyError::Refused("Plaid has no such key"),
        "INVALID_API_KEYS" | "UNAUTHORIZED_ENVIRONMENT" => {
            KeyError::Unusable("Plaid does not accept the credentials in this environment")
        }
        _ => KeyError::of_call(url, error),
    }
}
