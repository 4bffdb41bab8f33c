//! The sample that is sent: a built-in one, one derived from the provider's expressions, or a file.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::query::expression::Expression;
use url::Url;
use uuid::Uuid;

use super::derive::{Segment, Target, target, write};
use super::draft::{Body, Draft, FORM};
use crate::Failure;
use crate::source::Source;

/// How samples are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    /// A body in place of the built-in one.
    pub(super) body: Option<&'a [u8]>,
    /// Whether each sample must be a different event.
    pub(super) vary: bool,
}

/// The built-in samples, for providers whose expressions do not determine a body. Each has the provider, the position of
/// the scheme that signs it, and its JSON with `headers` and one of `json`, `form` and `multipart`. `$ID` and `$NUMBER` are
/// replaced by new values each time; `$SECONDS`, `$MILLIS` and `$TIME` by the current time.
const SAMPLES: &[(&str, usize, &str)] = &[
    ("adyen", 1, include_str!("../samples/adyen.json")),
    ("asana", 0, include_str!("../samples/asana.json")),
    ("braintree", 0, include_str!("../samples/braintree.json")),
    ("contentful", 0, include_str!("../samples/contentful.json")),
    ("docusign", 0, include_str!("../samples/docusign.json")),
    ("dropbox", 0, include_str!("../samples/dropbox.json")),
    ("dropbox-sign", 0, include_str!("../samples/dropbox-sign.json")),
    ("github", 0, include_str!("../samples/github.json")),
    ("gitlab", 0, include_str!("../samples/gitlab.json")),
    ("hubspot", 0, include_str!("../samples/hubspot.json")),
    ("intuit", 0, include_str!("../samples/intuit.json")),
    ("linear", 0, include_str!("../samples/linear.json")),
    ("mailgun", 0, include_str!("../samples/mailgun.json")),
    ("mandrill", 0, include_str!("../samples/mandrill.json")),
    ("meta", 0, include_str!("../samples/meta.json")),
    ("microsoft-graph", 0, include_str!("../samples/microsoft-graph.json")),
    ("okta", 0, include_str!("../samples/okta.json")),
    ("pandadoc", 0, include_str!("../samples/pandadoc.json")),
    ("shopify", 1, include_str!("../samples/shopify.json")),
    ("slack", 0, include_str!("../samples/slack.json")),
    ("stripe", 0, include_str!("../samples/stripe.json")),
    ("twilio", 0, include_str!("../samples/twilio.json")),
    ("twitch", 0, include_str!("../samples/twitch.json")),
    ("twitter", 0, include_str!("../samples/twitter.json")),
    ("xero", 0, include_str!("../samples/xero.json")),
    ("zendesk", 0, include_str!("../samples/zendesk.json")),
    ("zoom", 0, include_str!("../samples/zoom.json")),
];

/// A provider's built-in sample with the position of its scheme.
fn find(provider: &str) -> Option<(usize, &'static str)> {
    let (_, scheme, text) = SAMPLES.iter().find(|(name, ..)| *name == provider)?;
    Some((*scheme, text))
}

/// The position of the scheme that signs a provider's sample, if the secret is a key of that scheme.
pub(super) fn scheme(provider: &str) -> usize {
    find(provider).map_or(0, |(scheme, _)| scheme)
}

/// The type of events in derived samples.
const TYPE: &str = "sample";

impl Sample<'_> {
    /// A sample before it is signed.
    pub(super) fn draft(
        &self,
        source: &Source,
        url: &Url,
        now: Timestamp,
    ) -> Result<Draft, Failure> {
        let mut draft = built_in(source, url, now)?;
        if let Some(bytes) = self.body {
            draft.body = given(bytes, self.vary, &draft.body, source);
        }
        Ok(draft)
    }
}

/// The body from a file: unchanged, except for the event's id if `vary`. If the provider sends multipart forms, the
/// file is the first part.
fn given(bytes: &[u8], vary: bool, sample: &Body, source: &Source) -> Body {
    let unchanged = || Body::Bytes(bytes.to_vec(), content_type(bytes, sample));
    let Ok(mut json) = serde_json::from_slice::<Value>(bytes) else { return unchanged() };
    if let Body::Multipart(parts) = sample {
        let names = parts.iter().take(1).map(|(name, _)| name.clone());
        let text = String::from_utf8_lossy(bytes);
        return Body::Multipart(names.map(|name| (name, text.to_string())).collect());
    }
    if !vary {
        return unchanged();
    }
    if let Some(path) = id_path(source) {
        write(&mut json, &path, Uuid::new_v4().to_string().into());
    }
    Body::Json(json)
}

/// The path in the body of a part of the event's id that is not a part of its type. A name that ends in `id` is
/// preferred.
fn id_path(source: &Source) -> Option<Vec<Segment>> {
    let types = &source.rules.event_type;
    let is_type = |id: &Expression| types.iter().any(|kind| kind.as_str() == id.as_str());
    let ids = source.rules.id.iter().filter(|id| !is_type(id));
    let (named_id, others): (Vec<_>, Vec<_>) =
        ids.partition(|id| id.as_str().to_ascii_lowercase().trim_end_matches('"').ends_with("id"));
    named_id.into_iter().chain(others).find_map(|id| match target(id) {
        Some(Target::Body(path)) => Some(path),
        _ => None,
    })
}

fn built_in(source: &Source, url: &Url, now: Timestamp) -> Result<Draft, Failure> {
    let Some((_, text)) = find(&source.rules.provider) else {
        return Ok(derived(source, url, now));
    };
    let text = text
        .replace("$ID", &Uuid::new_v4().to_string())
        // Random, so that two samples of the same millisecond are different events.
        .replace("$NUMBER", &(Uuid::new_v4().as_u128() as u32).to_string())
        .replace("$SECONDS", &now.as_second().to_string())
        .replace("$MILLIS", &now.as_millisecond().to_string())
        .replace("$TIME", &now.to_string());
    let invalid =
        |error| Failure::unusable(format!("the sample of {}: {error}", source.rules.provider));
    let mut parts: Map<String, Value> = serde_json::from_str(&text).map_err(invalid)?;
    let mut fields = |name: &str| pairs(parts.remove(name));
    let headers = fields("headers");
    let (form, multipart) = (fields("form"), fields("multipart"));
    let body = match parts.remove("json") {
        Some(json) => Body::Json(json),
        None if multipart.is_empty() => Body::Form(form),
        None => Body::Multipart(multipart),
    };
    let headers = headers.into_iter().collect();
    Ok(Draft { method: "POST".to_owned(), url: url.clone(), headers, body })
}

/// The names and values of an object. A value that is not a text is written as JSON, and an object of the one name
/// `base64` as its text in base64, with a line feed as in MIME.
fn pairs(object: Option<Value>) -> Vec<(String, String)> {
    let Some(Value::Object(object)) = object else { return Vec::new() };
    let text = |value: Value| match (value.as_str(), value["base64"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(text)) => STANDARD.encode(text) + "\n",
        (None, None) => value.to_string(),
    };
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// A sample that has a value wherever the provider's expressions look for one.
fn derived(source: &Source, url: &Url, now: Timestamp) -> Draft {
    let (mut headers, mut json) = (BTreeMap::new(), Value::Null);
    write_all(&mut headers, &mut json, &source.rules.id, None);
    write_all(&mut headers, &mut json, &source.rules.event_type, Some(TYPE));
    if json.is_null() {
        json = json!({ "id": Uuid::new_v4(), "type": TYPE });
    }
    if let Some(object) = json.as_object_mut() {
        object.entry("sent_at").or_insert(now.to_string().into());
        object.entry("sample_id").or_insert_with(|| Uuid::new_v4().to_string().into());
    }
    Draft { method: "POST".to_owned(), url: url.clone(), headers, body: Body::Json(json) }
}

/// Writes a value, or a new id for each if there is none, at the places that expressions read.
fn write_all(
    headers: &mut BTreeMap<String, String>,
    json: &mut Value,
    expressions: &[Expression],
    value: Option<&str>,
) {
    for expression in expressions {
        let text = value.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        match target(expression) {
            Some(Target::Header(name)) => drop(headers.insert(name, text)),
            Some(Target::Body(path)) => write(json, &path, text.into()),
            None => {}
        }
    }
}

/// The content type of a file, by its first character, or else by what the provider sends.
fn content_type(bytes: &[u8], sample: &Body) -> &'static str {
    match (bytes.trim_ascii_start().first(), sample) {
        (Some(b'{' | b'['), _) => "application/json",
        (Some(b'<'), _) => "application/xml",
        (_, Body::Form(_)) => FORM,
        // It looks like `a=b&c=d`, without characters that a form would escape.
        _ if bytes.contains(&b'=') && bytes.iter().all(u8::is_ascii_graphic) => FORM,
        _ => "application/octet-stream",
    }
}
