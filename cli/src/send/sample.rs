//! The sample that is sent: a small one of the provider's, made by its expressions, or a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::query::expression::Expression;
use url::Url;
use uuid::Uuid;

use super::body::{Body, FORM};
use super::derive::{Segment, Target, target, write};
use super::draft::Draft;
use crate::Failure;
use crate::source::Source;

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    /// A body in place of the built-in one.
    pub(super) body: Option<&'a [u8]>,
    /// Whether that must not be the same twice.
    pub(super) vary: bool,
}

/// Samples of those providers whose bodies their expressions do not tell, with the position of the scheme
/// that such a body is signed by: `headers`, and one of `json`, `form` and `multipart`. `$ID` is new each
/// time; `$SECONDS`, `$MILLIS` and `$TIME` are now.
const SAMPLES: &[(&str, usize, &str)] = &[
    ("adyen", 1, include_str!("../samples/adyen.json")),
    ("asana", 0, include_str!("../samples/asana.json")),
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

/// A provider's sample, with the position of its scheme.
fn sample(provider: &str) -> Option<(usize, &'static str)> {
    let (_, scheme, text) = SAMPLES.iter().find(|(name, ..)| *name == provider)?;
    Some((*scheme, text))
}

/// The position of the scheme that a provider's sample is signed by, if its secret fits that.
pub(super) fn scheme(provider: &str) -> usize {
    sample(provider).map_or(0, |(scheme, _)| scheme)
}

/// What an event's type is where the sample does not know better.
const TYPE: &str = "sample";

impl Sample<'_> {
    /// The request before it is signed.
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

/// The body that was given: as it is, but for an id that must not be the same twice. Where the provider
/// sends JSON as a part of several, it becomes that part.
fn given(bytes: &[u8], vary: bool, sample: &Body, source: &Source) -> Body {
    let as_it_is = || Body::Bytes(bytes.to_vec(), content_type(bytes, sample));
    let Ok(mut json) = serde_json::from_slice::<Value>(bytes) else { return as_it_is() };
    if let Body::Multipart(parts) = sample {
        let names = parts.iter().take(1).map(|(name, _)| name.clone());
        let text = String::from_utf8_lossy(bytes);
        return Body::Multipart(names.map(|name| (name, text.to_string())).collect());
    }
    if !vary {
        return as_it_is();
    }
    if let Some(way) = one_id(source) {
        write(&mut json, &way, Uuid::new_v4().to_string().into());
    }
    Body::Json(json)
}

/// Where a body has a part of its event's id that is no part of its type; rather one that is called so.
fn one_id(source: &Source) -> Option<Vec<Segment>> {
    let types = &source.provider.event_type;
    let is_type = |id: &Expression| types.iter().any(|kind| kind.as_str() == id.as_str());
    let ids = source.provider.id.expressions().iter().filter(|id| !is_type(id));
    let (called_id, others): (Vec<_>, Vec<_>) =
        ids.partition(|id| id.as_str().to_ascii_lowercase().trim_end_matches('"').ends_with("id"));
    called_id.into_iter().chain(others).find_map(|id| match target(id) {
        Some(Target::Body(way)) => Some(way),
        _ => None,
    })
}

fn built_in(source: &Source, url: &Url, now: Timestamp) -> Result<Draft, Failure> {
    let Some((_, text)) = sample(&source.name) else { return Ok(derived(source, url, now)) };
    let text = text
        .replace("$ID", &Uuid::new_v4().to_string())
        // Two that are sent within a millisecond are two events as well.
        .replace("$NUMBER", &(Uuid::new_v4().as_u128() as u32).to_string())
        .replace("$SECONDS", &now.as_second().to_string())
        .replace("$MILLIS", &now.as_millisecond().to_string())
        .replace("$TIME", &now.to_string());
    let invalid = |error| Failure::unusable(format!("the sample of {}: {error}", source.name));
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

/// Names and texts; what is no text is written as JSON.
fn pairs(object: Option<Value>) -> Vec<(String, String)> {
    let Some(Value::Object(object)) = object else { return Vec::new() };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// A sample with a value wherever the provider's file looks for one.
fn derived(source: &Source, url: &Url, now: Timestamp) -> Draft {
    let (mut headers, mut json) = (BTreeMap::new(), Value::Null);
    names(&mut headers, &mut json, source.provider.id.expressions(), None);
    names(&mut headers, &mut json, &source.provider.event_type, Some(TYPE));
    if json.is_null() {
        json = json!({ "id": Uuid::new_v4(), "type": TYPE });
    }
    if let Some(object) = json.as_object_mut() {
        object.entry("sent_at").or_insert(now.to_string().into());
        object.entry("sample_id").or_insert_with(|| Uuid::new_v4().to_string().into());
    }
    Draft { method: "POST".to_owned(), url: url.clone(), headers, body: Body::Json(json) }
}

/// Writes a value, or else a new id, at the places where expressions look.
fn names(
    headers: &mut BTreeMap<String, String>,
    json: &mut Value,
    expressions: &[Expression],
    value: Option<&str>,
) {
    for expression in expressions {
        let text = value.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        match target(expression) {
            Some(Target::Header(name)) => drop(headers.insert(name, text)),
            Some(Target::Body(way)) => write(json, &way, text.into()),
            None => {}
        }
    }
}

/// What a file is, by its content, and else by what the provider sends.
fn content_type(bytes: &[u8], sample: &Body) -> &'static str {
    match (bytes.trim_ascii_start().first(), sample) {
        (Some(b'{' | b'['), _) => "application/json",
        (Some(b'<'), _) => "application/xml",
        (_, Body::Form(_)) => FORM,
        // `a=b&c=d`, and nothing that a form would escape.
        _ if bytes.contains(&b'=') && bytes.iter().all(u8::is_ascii_graphic) => FORM,
        _ => "application/octet-stream",
    }
}
