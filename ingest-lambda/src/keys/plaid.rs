//! Which key a webhook of Plaid's claims, and how Plaid is asked for it.
//! <https://plaid.com/docs/api/webhooks/webhook-verification/>

mod answer;
mod credentials;
mod token;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use shared::webhook::request::Request;
use url::Url;

use self::credentials::{Client, Credentials};
use super::fetch::Fetch;
use super::memory::Key;
use super::{KeyError, Keys};

/// What to set where nothing of use is set.
const EXPECTED: &str = "the secret is neither {\"client_id\", \"secret\"} nor a JWK";

impl<F: Fetch> Keys<F> {
    /// The JWK that is claimed. One that the operator has set is used as it is; else Plaid is asked,
    /// with one pair of credentials after another, since they may have been rotated.
    pub(super) async fn jwk(
        &self,
        request: &Request,
        credentials: &[String],
        params: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Vec<String>, KeyError> {
        let id = token::key_id(request)?;
        let credentials = Credentials::read(credentials);
        if let Some(set) = credentials.set_for(&id) {
            return Ok(set);
        }
        let mut outcome = Err(KeyError::Unusable(EXPECTED));
        for client in &credentials.clients {
            outcome = self.jwk_for(client, &endpoint(params)?, &id, now).await;
            if !matches!(outcome, Err(KeyError::Unusable(_))) {
                break;
            }
        }
        outcome.map(|jwk| vec![jwk])
    }

    /// The key as this client sees it: what another client may use says nothing of it.
    async fn jwk_for(
        &self,
        client: &Client,
        endpoint: &Url,
        id: &str,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let name = format!("{endpoint} {} {id}", client.fingerprint());
        self.known(&name, now, self.fetch_jwk(client, endpoint, id, now)).await
    }

    async fn fetch_jwk(
        &self,
        client: &Client,
        endpoint: &Url,
        id: &str,
        now: Timestamp,
    ) -> Result<Key, KeyError> {
        let Client { client_id, secret } = client;
        let body = json!({ "client_id": client_id, "secret": secret, "key_id": id }).to_string();
        match self.call(self.fetch.post_json(endpoint, body), now).await {
            Ok(answer) => answer::key(&answer, id, now),
            Err(error) => Err(answer::told(endpoint, error)),
        }
    }
}

/// Where keys are asked for. Each environment has its own host, credentials and keys.
fn endpoint(params: &BTreeMap<String, String>) -> Result<Url, KeyError> {
    let url = match params.get("environment").map_or("production", String::as_str) {
        "production" => "https://production.plaid.com/webhook_verification_key/get",
        "sandbox" => "https://sandbox.plaid.com/webhook_verification_key/get",
        _ => return Err(KeyError::Unusable("environment is neither production nor sandbox")),
    };
    Url::parse(url).map_err(|_| KeyError::Unusable("its address is not one"))
}
