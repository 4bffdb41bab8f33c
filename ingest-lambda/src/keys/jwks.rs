//! JWK sets (RFC 7517, 5): which key a JWT claims, and how the set that has it is fetched.
//!
//! The set's URL is in the provider's file, so that no request can choose it. The whole set is cached, and a request that
//! names a key which is not in it causes one call: the provider may have published a new key since. A forged name
//! cannot keep the genuine keys away, because every call brings all of them.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::provider::JwksUrl;
use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::jwt::{NoKeyId, claimed_key_id};
use url::Url;

use super::cache::FetchedKey;
use super::client::{Calls, KeyClient};
use super::fetch::{Fetch, KeyError};
use super::{FoundKeys, KeyRequest};

/// How long a set is cached. Providers publish a key long before they sign with it, and withdraw it after the last JWT
/// that it signs has expired.
const TTL: SignedDuration = SignedDuration::from_hours(1);

/// The JWK that a request's JWT claims to be signed with.
pub(super) async fn jwk<F: Fetch>(
    client: &KeyClient<F>,
    set: &JwksUrl,
    KeyRequest { source, schemes, request, .. }: KeyRequest<'_>,
    now: Timestamp,
) -> Result<FoundKeys, KeyError> {
    let key_id = key_id(schemes, request)?;
    let (url, name) = (set.url().clone(), set.url().to_string());
    let key_name = format!("{name} {key_id}");
    let is_refused = client.failure(source, &key_name, now).is_some();
    let suffices = |set: &FetchedKey| is_refused || find(&set.text, &key_id, schemes).is_some();
    let fetch = |calls| fetch(calls, url);
    let set = client.get_or_fetch_again(source, &name, now, suffices, fetch).await?;
    if let Some(text) = find(&set.text, &key_id, schemes) {
        return Ok(FoundKeys { texts: vec![text], names: Vec::new() });
    }
    let refused = KeyError::Refused("the provider has no such key");
    // It is cached once, so that the set is fetched again when that has expired.
    if !is_refused {
        client.insert_failure(source, &key_name, &refused, now);
    }
    Err(refused)
}

/// The id of the key that a request's JWT names.
pub(super) fn key_id(schemes: &[Scheme], request: &Request) -> Result<String, KeyError> {
    claimed_key_id(schemes, request).map_err(|reason| {
        KeyError::Refused(match reason {
            NoKeyId::Missing => "the JWT is missing",
            NoKeyId::Malformed => "the JWT is not one of the scheme's algorithm",
            NoKeyId::Absent => "the JWT does not name its key",
        })
    })
}

async fn fetch<F: Fetch>(calls: Calls<F>, url: Url) -> Result<FetchedKey, KeyError> {
    let response = calls.get(&url).await.map_err(|error| KeyError::from_fetch(&url, error));
    let unusable = || {
        let host = url.host_str().unwrap_or_default();
        KeyError::Unavailable(format!("{host}: the response is not a JWK set"))
    };
    let text = match response {
        // The set must exist, whatever its host says now.
        Err(KeyError::Refused(reason)) => return Err(KeyError::Unavailable(reason.to_owned())),
        response => String::from_utf8(response?).map_err(|_| unusable())?,
    };
    match parse(&text) {
        Some(set) if !set.keys.is_empty() => {
            let expires = calls.now.saturating_add(TTL).unwrap_or(calls.now);
            Ok(FetchedKey { text, expires })
        }
        _ => Err(unusable()),
    }
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Map<String, Value>>,
}

fn parse(text: &str) -> Option<JwkSet> {
    serde_json::from_str(text).ok()
}

/// The JWK with this id in a set, if it may verify signatures by the algorithm of one of the schemes.
fn find(set: &str, key_id: &str, schemes: &[Scheme]) -> Option<String> {
    let is_pinned = |name: &str| schemes.iter().any(|it| it.algorithm.jwt_name() == Some(name));
    let is_usable = |jwk: &Map<String, Value>| {
        let text = |name| jwk.get(name).map(|value| value.as_str().unwrap_or_default());
        text("kid") == Some(key_id)
            && text("use").is_none_or(|purpose| purpose == "sig")
            && text("alg").is_none_or(is_pinned)
    };
    let jwk = parse(set)?.keys.into_iter().find(is_usable)?;
    Some(Value::Object(jwk).to_string())
}

#[cfg(test)]
mod tests;
