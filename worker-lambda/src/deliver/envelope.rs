//! The envelope that Lambda, SQS and EventBridge destinations get: a CloudEvent in JSON (the structured content mode of
//! CloudEvents 1.0.2). It contains the body if that fits, and a reference to an object with the body otherwise.

mod bounded;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use shared::event::EventId;
use shared::ports::store::{BodyStore, PresignError, PutError, StoredBody};
use shared::webhook::body::says_json;

use self::bounded::BoundedWriter;
use super::{Delivery, cloudevents};

/// The content type of an envelope.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The prefix of the keys of stored events.
const EVENTS: &str = "events/";
/// The prefix of the keys of bodies. Terraform lets the worker write under it, and nowhere else.
const BODIES: &str = "bodies/";
/// The deepest nesting of JSON that is embedded as JSON. Many parsers refuse deeper JSON, and some crash on it.
const MAX_DEPTH: usize = 100;

/// A CloudEvent. The fields have the names that they have in JSON.
#[derive(Serialize)]
struct Envelope<'d> {
    specversion: &'static str,
    id: &'d str,
    source: String,
    #[serde(rename = "type")]
    event_type: &'d str,
    time: Timestamp,
    eventid: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<&'d str>,
    /// The content coding of the body, such as `gzip`. CloudEvents has no attribute for it, so this is an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    contentencoding: Option<&'d str>,
    #[serde(flatten)]
    content: Option<Content<'d>>,
}

/// The body of a delivery, or the reference to it.
#[derive(Serialize)]
#[serde(untagged)]
enum Content<'d> {
    Json {
        data: &'d RawValue,
    },
    Text {
        data: &'d str,
    },
    Bytes {
        #[serde(serialize_with = "base64")]
        data_base64: &'d [u8],
    },
    Stored {
        dataref: &'d str,
        s3bucket: &'d str,
        s3key: &'d str,
    },
}

/// No reference to a body could be made. Trying again may help.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReferenceError {
    /// The body could not be stored.
    #[error("its body: {0}")]
    Put(#[from] PutError),
    /// No URL of the body could be made.
    #[error(transparent)]
    Presign(#[from] PresignError),
}

/// The envelope with the body in it if that has at most `max_bytes`, and the envelope with a reference otherwise. The
/// latter may be longer than `max_bytes`: it has some 700 bytes and the presigned URL, which has up to 2,000 with a
/// role's credentials.
///
/// The reference leads to an object with the body alone, which is stored first. The stored event is not shared: it has
/// all headers.
pub(super) async fn inline_or_reference(
    delivery: &Delivery,
    max_bytes: usize,
    bodies: &impl BodyStore,
) -> Result<String, ReferenceError> {
    if let Some(inline) = inline(delivery, max_bytes) {
        return Ok(inline);
    }
    let key = body_key(delivery);
    let body = StoredBody {
        bytes: &delivery.body,
        content_type: delivery.content_type.as_deref().filter(|it| is_printable(it)),
        content_encoding: delivery.content_encoding.as_deref().filter(|it| is_printable(it)),
    };
    bodies.put_body(&key, body).await?;
    let url = bodies.presign(&key).await?;
    Ok(by_reference(delivery, bodies.bucket(), &key, &url))
}

/// The key of the object with a delivery's body. Every attempt has the same one. It has the same partitions as that of the
/// stored event, and an item of a list has its place at the end.
pub fn body_key(delivery: &Delivery) -> String {
    let event = delivery.s3_key.strip_prefix(EVENTS).unwrap_or(&delivery.s3_key);
    let event = event.strip_suffix(".json").unwrap_or(event);
    let item = delivery.item.map(|place| format!("-{place}")).unwrap_or_default();
    format!("{BODIES}{event}{item}")
}

/// Whether a text can be a header of an HTTP request to S3.
fn is_printable(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The envelope with the body in it, or `None` if it would have more than `max_bytes`. Never writes more than that.
pub fn inline(delivery: &Delivery, max_bytes: usize) -> Option<String> {
    // No body becomes much shorter in an envelope, so a large one need not be parsed.
    if delivery.body.len() > max_bytes {
        return None;
    }
    let envelope = Envelope::of(delivery, None);
    let content = match envelope.contentencoding {
        Some(_) if !delivery.body.is_empty() => {
            Some(Content::Bytes { data_base64: &delivery.body })
        }
        _ => Content::of(envelope.datacontenttype, &delivery.body),
    };
    to_json(&Envelope { content, ..envelope }, max_bytes)
}

/// The envelope with a reference to an object with the body: a presigned URL, which expires (the extension `dataref`), and
/// the bucket and key, which are valid as long as the event is kept.
pub fn by_reference(delivery: &Delivery, bucket: &str, key: &str, url: &str) -> String {
    let content = Content::Stored { dataref: url, s3bucket: bucket, s3key: key };
    to_json(&Envelope::of(delivery, Some(content)), usize::MAX).unwrap_or_default()
}

impl<'d> Envelope<'d> {
    fn of(delivery: &'d Delivery, content: Option<Content<'d>>) -> Self {
        let content_type = delivery.content_type.as_deref();
        let content_encoding = delivery.content_encoding.as_deref();
        Self {
            specversion: cloudevents::SPECVERSION,
            id: &delivery.webhook_id,
            source: cloudevents::source(delivery),
            event_type: cloudevents::event_type(delivery),
            time: delivery.received_at,
            eventid: delivery.event_id,
            item: delivery.item,
            datacontenttype: content_type.filter(|it| is_valid_attribute(it)),
            contentencoding: content_encoding.filter(|it| is_valid_attribute(it)),
            content,
        }
    }
}

impl<'d> Content<'d> {
    /// How a body is embedded, by its content type; `None` if it is empty.
    ///
    /// - JSON is embedded byte for byte. A body without a content type counts as JSON, as in CloudEvents.
    /// - Other UTF-8 text is embedded as a string.
    /// - Everything else is embedded in base64, and so is a body that is not valid JSON although its content type is
    ///   JSON.
    fn of(content_type: Option<&str>, body: &'d [u8]) -> Option<Self> {
        let bytes = Self::Bytes { data_base64: body };
        let content = match std::str::from_utf8(body) {
            _ if body.is_empty() => return None,
            Ok(text) if content_type.is_none_or(says_json) => {
                let json = serde_json::from_str::<&RawValue>(text).ok();
                json.filter(|json| is_shallow(json.get())).map_or(bytes, |data| Self::Json { data })
            }
            Ok(data) => Self::Text { data },
            Err(_) => bytes,
        };
        Some(content)
    }
}

/// Whether a content type may be a CloudEvents attribute, which is not empty and has no control characters.
fn is_valid_attribute(content_type: &str) -> bool {
    !content_type.trim().is_empty() && !content_type.contains(char::is_control)
}

/// Whether valid JSON is nested at most [`MAX_DEPTH`] levels deep.
fn is_shallow(json: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}

/// An envelope as JSON, or `None` if it would have more than `max_bytes`.
///
/// SQS refuses characters that XML does not allow. Two of those are allowed in JSON, but only within strings, so they
/// are escaped.
fn to_json(envelope: &Envelope<'_>, max_bytes: usize) -> Option<String> {
    let mut text = BoundedWriter::new(max_bytes).write_json(envelope)?;
    for (forbidden, escaped) in [('\u{fffe}', "\\ufffe"), ('\u{ffff}', "\\uffff")] {
        if text.contains(forbidden) {
            text = text.replace(forbidden, escaped);
        }
    }
    (text.len() <= max_bytes).then_some(text)
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

#[cfg(test)]
pub(super) mod tests;
