//! Reads a saved request: JSON from a person or another tool, or an event from the bucket.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};
use shared::event::{Event, Verification};
use shared::webhook::request::{Headers, Request};
use shared::webhook::scheme::algorithm::Encoding;

use crate::{Failure, source};

/// A request from a file.
pub struct SavedRequest {
    /// The request.
    pub(crate) request: Request,
    /// What was stored with it, if it is an event from the bucket.
    pub(crate) stored: Option<StoredEvent>,
    /// The names of fields in the file that are unknown and were ignored.
    pub(crate) unknown: Vec<String>,
}

/// The fields of a stored event besides its request.
pub(crate) struct StoredEvent {
    pub(crate) source: String,
    pub(crate) event_type: Option<String>,
    pub(super) received_at: Timestamp,
    pub(super) verification: Verification<'static>,
    /// Where the fingerprint of a token stands in place of it.
    pub(super) fingerprinted: Vec<String>,
}

const FIELDS: [&str; 5] = ["method", "url", "headers", "body", "body_base64"];

impl SavedRequest {
    /// Reads a file, or `input` if the path is `-`. Errors name the place and never show the content.
    pub fn read(path: &Path, input: &mut dyn Read) -> Result<Self, Failure> {
        let bytes = match path.to_str() {
            Some("-") => {
                let mut bytes = Vec::new();
                let read = input.read_to_end(&mut bytes);
                read.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
                bytes
            }
            _ => source::bytes("--request", path)?,
        };
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| {
            wrong(&format!("is not JSON: line {} column {}", error.line(), error.column()))
        })?;
        let Value::Object(fields) = json else { return Err(wrong("is not a JSON object")) };
        match fields.contains_key("body_encoding") {
            true => Self::of_event(&bytes),
            false => Self::of_fields(fields),
        }
    }

    /// The time of receipt, if it was stored.
    pub fn received_at(&self) -> Option<Timestamp> {
        Some(self.stored.as_ref()?.received_at)
    }

    /// Sets the URL that was called, verbatim, with its path and query.
    pub fn set_url(&mut self, url: &str) {
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = after_scheme.find(['/', '?']).map_or("", |start| &after_scheme[start..]);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.request.path = if path.is_empty() { "/" } else { path }.to_owned();
        self.request.query = query.to_owned();
        self.request.url = url.to_owned();
    }

    fn of_event(json: &[u8]) -> Result<Self, Failure> {
        let event = Event::from_json(json).map_err(|error| wrong(&format!("is {error}")))?;
        let body = event.body().map_err(|error| wrong(&format!("is {error}")))?.into_owned();
        let Verification { provider, secret, fingerprint, signed_at } = event.verification;
        let stored = StoredEvent {
            source: event.source.into_owned(),
            event_type: event.event_type.map(Cow::into_owned),
            received_at: event.received_at,
            verification: Verification {
                provider: provider.into_owned().into(),
                secret,
                fingerprint: fingerprint.into_owned().into(),
                signed_at,
            },
            fingerprinted: event.fingerprinted.into_owned(),
        };
        let request = Request {
            method: event.method.into_owned(),
            path: event.path.into_owned(),
            query: event.query.into_owned(),
            url: event.url.into_owned(),
            headers: event.headers.into_owned(),
            body,
            ..Request::default()
        };
        Ok(Self { request, stored: Some(stored), unknown: Vec::new() })
    }

    fn of_fields(fields: Map<String, Value>) -> Result<Self, Failure> {
        let unknown = fields.keys().filter(|name| !FIELDS.contains(&name.as_str()));
        let unknown = unknown.cloned().collect();
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(&format!("has a `{name}` that is not a text"))),
        };
        let body = match (text("body")?, text("body_base64")?) {
            (Some(_), Some(_)) => return Err(wrong("has both `body` and `body_base64`")),
            (Some(text), None) => text.into_bytes(),
            (None, Some(text)) => Encoding::Base64
                .decode(text.trim())
                .ok_or_else(|| wrong("has a `body_base64` that is not base64"))?,
            (None, None) => Vec::new(),
        };
        let request = Request {
            method: text("method")?.unwrap_or_else(|| "POST".to_owned()).to_ascii_uppercase(),
            path: "/".to_owned(),
            headers: headers(fields.get("headers"))?,
            body,
            ..Request::default()
        };
        let mut saved = Self { request, stored: None, unknown };
        if let Some(url) = text("url")? {
            saved.set_url(&url);
        }
        Ok(saved)
    }
}

fn headers(field: Option<&Value>) -> Result<Headers, Failure> {
    let headers = match field {
        None | Some(Value::Null) => return Ok(Headers::default()),
        Some(Value::Object(headers)) => headers,
        Some(_) => return Err(wrong("has `headers` that are not an object")),
    };
    let mut pairs = Vec::new();
    for (name, value) in headers {
        let values = match value {
            Value::Array(values) => &values[..],
            value => std::slice::from_ref(value),
        };
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => {
                    return Err(wrong(&format!("has a header {name:?} whose value is not a text")));
                }
            };
            pairs.push((name, text));
        }
    }
    Ok(pairs.into_iter().collect())
}

fn wrong(what: &str) -> Failure {
    Failure::unusable(format!("--request: the file {what}"))
}
