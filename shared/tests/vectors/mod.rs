//! Test vectors, `{provider}.vectors.json`, as requests.
#![allow(dead_code, reason = "each suite uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use shared::provider::Provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;
use shared::webhook::secret;

/// A test vector.
#[derive(Deserialize)]
pub(crate) struct Vector {
    /// The provider's name.
    pub provider: String,
    /// What it shows.
    pub scheme: String,
    pub(crate) secret: String,
    headers: BTreeMap<String, String>,
    /// The body.
    pub body_base64: String,
    timestamp: Option<Value>,
    /// `valid`, `handshake` or the class of the refusal.
    pub expect: String,
    pub(crate) expected_response: Option<Value>,
    /// The source's own scheme, for providers that leave it to the source.
    pub(crate) inline: Option<Value>,
    query: Option<String>,
    url: Option<String>,
    method: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    webhook_id: Option<String>,
}

/// The folder of the provider files, from whichever crate this is compiled into.
pub(crate) fn folder() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|above| above.join("shared/providers")).find(|folder| folder.is_dir()).unwrap()
}

/// A provider's vectors.
pub(crate) fn vectors(name: &str) -> Vec<Vector> {
    let file = folder().join(format!("{name}.vectors.json"));
    let json = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

impl Vector {
    pub(crate) fn schemes(&self, provider: &Provider) -> Vec<Scheme> {
        let schemes = match &self.inline {
            Some(scheme) => vec![serde_json::from_value(scheme.clone()).unwrap()],
            None => provider.schemes.clone(),
        };
        schemes
            .into_iter()
            .map(|scheme| scheme.configured(&self.params(), &provider.handshakes))
            .collect()
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        secret::texts(&self.secret).unwrap_or_default()
    }

    pub(crate) fn params(&self) -> BTreeMap<String, String> {
        let mut params = self.params.clone();
        params.extend(self.webhook_id.clone().map(|id| ("webhook_id".to_owned(), id)));
        params
    }

    pub(crate) fn request(&self) -> Request {
        let url = self.url.clone().unwrap_or_else(|| match &self.query {
            Some(query) => format!("https://hooks.example/source?{query}"),
            None => "https://hooks.example/source".to_owned(),
        });
        let after_host = url.splitn(4, '/').nth(3).unwrap_or_default();
        let (path, query) = after_host.split_once('?').unwrap_or((after_host, ""));
        Request {
            method: self.method.clone().unwrap_or_else(|| "POST".into()),
            path: format!("/{path}"),
            query: query.to_owned(),
            headers: self.headers.iter().collect(),
            body: STANDARD.decode(&self.body_base64).unwrap(),
            url,
        }
    }

    /// Seconds, milliseconds, or a text.
    pub(crate) fn now(&self) -> Timestamp {
        match &self.timestamp {
            None | Some(Value::Null) => Timestamp::from_second(1_700_000_000).unwrap(),
            Some(Value::String(text)) => text.parse().unwrap(),
            Some(number) => match number.as_i64().unwrap() {
                millis @ 100_000_000_000.. => Timestamp::from_millisecond(millis).unwrap(),
                seconds => Timestamp::from_second(seconds).unwrap(),
            },
        }
    }
}
