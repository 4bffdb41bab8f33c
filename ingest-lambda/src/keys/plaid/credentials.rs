//! What the operator has set for Plaid: credentials, by which keys are asked for, or a key itself.

use serde::Deserialize;
use serde_json::Value;
use shared::webhook::secret::SecretRule;

/// Credentials of Plaid's API.
#[derive(Deserialize)]
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) secret: String,
}

impl Client {
    /// Tells these credentials from others, those of the same client before a rotation too.
    pub(super) fn fingerprint(&self) -> String {
        let text = format!("{} {}", self.client_id, self.secret);
        SecretRule::default().key(&text).map(|key| key.fingerprint()).unwrap_or_default()
    }
}

/// What a source's secrets are for.
#[derive(Default)]
pub(super) struct Credentials {
    /// Those to ask with, newest first.
    pub(super) clients: Vec<Client>,
    /// Keys that are used as they are, with their ids.
    jwks: Vec<(Option<String>, String)>,
}

impl Credentials {
    /// Reads secrets. One that is of no use is the mistake that another has put right.
    pub(super) fn read(texts: &[String]) -> Self {
        let mut read = Self::default();
        for value in texts.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok()) {
            read.add(value);
        }
        read
    }

    fn add(&mut self, value: Value) {
        if value.get("kty").is_some() {
            let id = value.get("kid").and_then(Value::as_str).map(str::to_owned);
            self.jwks.push((id, value.to_string()));
        } else if let Ok(client) = serde_json::from_value(value) {
            self.clients.push(client);
        }
    }

    /// The keys that were set for this id, or for any; all of them where Plaid cannot be asked.
    pub(super) fn set_for(&self, id: &str) -> Option<Vec<String>> {
        let is_for = |of: &Option<String>| of.as_deref().is_none_or(|of| of == id);
        let wanted = self.jwks.iter().filter(|(of, _)| self.clients.is_empty() || is_for(of));
        let wanted: Vec<String> = wanted.map(|(_, jwk)| jwk.clone()).collect();
        Some(wanted).filter(|wanted| !wanted.is_empty())
    }
}
