//! Plaid: how it is asked for the JWK that a webhook claims.
//! <https://plaid.com/docs/api/webhooks/webhook-verification/>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::webhook::secret::{FingerprintKey, SecretRule};
use url::Url;

use super::FoundKeys;
use super::cache::FetchedKey;
use super::client::{Calls, KeyClient};
use super::fetch::{Fetch, FetchError, KeyError};
use super::pinned_hosts::is_key_name;

/// The longest time that a JWK is cached. Plaid may let a key expire at any time, and says so only when it is
/// asked for the key.
const MAX_TTL: SignedDuration = SignedDuration::from_hours(1);
/// The error if the source has no usable secret.
const NO_CREDENTIALS: KeyError =
    KeyError::Misconfigured("the secret is neither {\"client_id\", \"secret\"} nor a JWK");

/// The JWKs that a webhook may be signed with.
///
/// A JWK in the source's secret is used as it is. Otherwise Plaid is asked with each pair of credentials in turn,
/// until it accepts one: the credentials may have been rotated.
pub(super) async fn jwks<F: Fetch>(
    client: &KeyClient<F>,
    source: &str,
    key_id: String,
    secrets: &[String],
    params: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<FoundKeys, KeyError> {
    if !is_key_name(&key_id) {
        return Err(KeyError::Refused("the key id of plaid-verification is not valid"));
    }
    let secrets = PlaidSecrets::parse(secrets);
    if let Some(texts) = secrets.jwks_for(&key_id) {
        return Ok(FoundKeys { texts, names: Vec::new() });
    }
    let mut result = Err(NO_CREDENTIALS);
    for credentials in secrets.credentials {
        result = cached_jwk(client, source, credentials, endpoint(params)?, &key_id, now).await;
        if !matches!(result, Err(KeyError::Misconfigured(_))) {
            break;
        }
    }
    result
}

/// The JWK that these credentials give access to. Other credentials have cache entries of their own, because they
/// may not have access to the same keys.
async fn cached_jwk<F: Fetch>(
    client: &KeyClient<F>,
    source: &str,
    credentials: Credentials,
    endpoint: Url,
    key_id: &str,
    now: Timestamp,
) -> Result<FoundKeys, KeyError> {
    let name = format!("{endpoint} {} {key_id}", credentials.fingerprint());
    let fetch = |calls| fetch_jwk(calls, credentials, endpoint, key_id.to_owned());
    let text = client.get_or_fetch(source, &name, now, fetch).await?;
    Ok(FoundKeys { texts: vec![text], names: vec![name] })
}

async fn fetch_jwk<F: Fetch>(
    calls: Calls<F>,
    Credentials { client_id, secret }: Credentials,
    endpoint: Url,
    key_id: String,
) -> Result<FetchedKey, KeyError> {
    let body = json!({ "client_id": client_id, "secret": secret, "key_id": key_id }).to_string();
    match calls.post_json(&endpoint, body).await {
        Ok(response) => parse_response(&response, &key_id, calls.now),
        Err(error) => Err(from_fetch(&endpoint, error)),
    }
}

/// The URL that keys are fetched from. Each environment of Plaid has its own host, credentials and keys.
fn endpoint(params: &BTreeMap<String, String>) -> Result<Url, KeyError> {
    let url = match params.get("environment").map_or("production", String::as_str) {
        "production" => "https://production.plaid.com/webhook_verification_key/get",
        "sandbox" => "https://sandbox.plaid.com/webhook_verification_key/get",
        _ => {
            return Err(KeyError::Misconfigured("environment is neither production nor sandbox"));
        }
    };
    Url::parse(url).map_err(|_| KeyError::Misconfigured("the endpoint is not a URL"))
}

/// Credentials of Plaid's API, as the source's secret has them.
#[derive(Deserialize)]
struct Credentials {
    client_id: String,
    secret: String,
}

impl Credentials {
    /// Distinguishes these credentials from all others, including those of the same client before a rotation. It is only
    /// part of a name in the cache, and not logged.
    fn fingerprint(&self) -> String {
        // Neither text is empty, so this cannot fail.
        let key = FingerprintKey::try_from(format!("plaid {}", self.client_id)).ok();
        let secret = SecretRule::default().key(&format!("plaid {}", self.secret)).ok();
        key.zip(secret).map(|(key, secret)| secret.fingerprint(&key)).unwrap_or_default()
    }
}

/// What the operator has set in the source's secrets.
#[derive(Default)]
struct PlaidSecrets {
    /// Credentials to ask Plaid with, newest first.
    credentials: Vec<Credentials>,
    /// JWKs, each with the id of its key, if it has one.
    jwks: Vec<(Option<String>, String)>,
}

impl PlaidSecrets {
    /// Parses the texts of secrets. A text that is neither credentials nor a JWK is skipped: it may be a mistake
    /// that a newer secret has corrected.
    fn parse(texts: &[String]) -> Self {
        let mut secrets = Self::default();
        for value in texts.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok()) {
            secrets.add(value);
        }
        secrets
    }

    fn add(&mut self, value: Value) {
        if value.get("kty").is_some() {
            let key_id = value.get("kid").and_then(Value::as_str).map(str::to_owned);
            self.jwks.push((key_id, value.to_string()));
        } else if let Ok(credentials) = serde_json::from_value(value) {
            self.credentials.push(credentials);
        }
    }

    /// The JWKs with this id or without one. Without credentials, all JWKs, because Plaid cannot be asked.
    fn jwks_for(&self, key_id: &str) -> Option<Vec<String>> {
        let matches = |id: &Option<String>| id.as_deref().is_none_or(|id| id == key_id);
        let jwks = self.jwks.iter().filter(|(id, _)| self.credentials.is_empty() || matches(id));
        let jwks: Vec<String> = jwks.map(|(_, jwk)| jwk.clone()).collect();
        Some(jwks).filter(|jwks| !jwks.is_empty())
    }
}

#[derive(Deserialize)]
struct KeyResponse {
    key: Map<String, Value>,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error_code: String,
}

/// The key with this id in a response of Plaid's. The key must not have expired.
fn parse_response(response: &[u8], key_id: &str, now: Timestamp) -> Result<FetchedKey, KeyError> {
    let no_key = || KeyError::Unavailable("Plaid's response does not contain the key".to_owned());
    let KeyResponse { key } = serde_json::from_slice(response).map_err(|_| no_key())?;
    let has = |name: &str, value: &str| key.get(name).and_then(Value::as_str) == Some(value);
    if !(has("kid", key_id) && has("kty", "EC") && has("crv", "P-256") && has("alg", "ES256")) {
        return Err(no_key());
    }
    let latest = now.saturating_add(MAX_TTL).unwrap_or(now);
    let expires = expired_at(&key).map_err(|_| no_key())?.map_or(latest, |at| at.min(latest));
    if expires <= now {
        return Err(KeyError::Refused("the key has expired"));
    }
    Ok(FetchedKey { text: Value::Object(key).to_string(), expires })
}

/// When a key expires: `expired_at` in Unix seconds. Null means that no end is planned yet.
fn expired_at(key: &Map<String, Value>) -> Result<Option<Timestamp>, ()> {
    match key.get("expired_at") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let at = value.as_i64().and_then(|at| Timestamp::from_second(at).ok());
            at.map(Some).ok_or(())
        }
    }
}

/// What a failed call means. With status 400, Plaid's `error_code` says whether the request or the operator is at
/// fault. <https://plaid.com/docs/errors/invalid-input/>
fn from_fetch(url: &Url, error: FetchError) -> KeyError {
    let FetchError::Status(400, body) = &error else { return KeyError::from_fetch(url, error) };
    let response: Option<ErrorResponse> = serde_json::from_slice(body).ok();
    match response.as_ref().map(|response| &response.error_code[..]) {
        Some("INVALID_WEBHOOK_VERIFICATION_KEY_ID") => KeyError::Refused("Plaid has no such key"),
        Some("INVALID_API_KEYS" | "UNAUTHORIZED_ENVIRONMENT") => {
            KeyError::Misconfigured("Plaid does not accept the credentials in this environment")
        }
        _ => KeyError::from_fetch(url, error),
    }
}

#[cfg(test)]
mod tests;
