//! Loads test vectors from `{provider}.vectors.json`, and turns them into requests.
#![allow(dead_code, reason = "each suite uses some of the items")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use shared::provider::Provider;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::scheme::template::Part;
use shared::webhook::scheme::{Canonical, Content, Scheme};
use shared::webhook::secret;

/// A test vector.
#[derive(Deserialize)]
pub(crate) struct Vector {
    /// The provider's name.
    pub provider: String,
    /// What the vector tests.
    pub scheme: String,
    pub(crate) secret: String,
    headers: BTreeMap<String, String>,
    /// The body, in base64.
    pub body_base64: String,
    timestamp: Option<Value>,
    /// The expected outcome: `valid`, `handshake` or the kind of refusal.
    pub expect: String,
    pub(crate) expected_response: Option<Value>,
    /// The source's own scheme, for providers whose file has none.
    pub(crate) inline: Option<Value>,
    query: Option<String>,
    url: Option<String>,
    method: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    webhook_id: Option<String>,
    /// The event that it is: vectors with the same text are the same event.
    pub(crate) event: Option<String>,
    /// The events in its list, in order.
    pub(crate) items: Option<Vec<String>>,
}

/// The folder of the provider files. It is searched upwards, because other crates include this module.
pub(crate) fn folder() -> PathBuf {
    let ancestors = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    ancestors
        .map(|ancestor| ancestor.join("shared/providers"))
        .find(|folder| folder.is_dir())
        .unwrap()
}

/// A provider's vectors.
pub(crate) fn vectors(name: &str) -> Vec<Vector> {
    let file = folder().join(format!("{name}.vectors.json"));
    let json = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Whether a scheme signs every byte of the body. A signed form can be written in several ways, and so can a body in a
/// content coding.
pub(crate) fn covers_every_byte(scheme: &Scheme) -> bool {
    match &scheme.content {
        Content::Template(content) => {
            scheme.algorithm != Algorithm::Token && content.has(&Part::Body)
        }
        Content::Canonical(function) => *function == Canonical::Contentful,
        Content::Jwt(jwt) => jwt.covers_body(),
    }
}

impl Vector {
    /// Whether it is one of those that were made to tell events apart. They are signed as the others are.
    pub(crate) fn is_about_identity(&self) -> bool {
        self.scheme.starts_with("identity: ")
    }

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
            ..Request::default()
        }
    }

    /// The time of the verification: a Unix time in seconds or milliseconds, or an RFC 3339 timestamp.
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
