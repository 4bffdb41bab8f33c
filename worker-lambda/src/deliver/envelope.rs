//! What Lambda, SQS and EventBridge destinations get: a CloudEvent in JSON, the structured content
//! mode of CloudEvents 1.0.2, with the body in it where it fits, and else a reference to it.

mod bounded;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use shared::event::EventId;
use shared::webhook::body::says_json;

use self::bounded::Bounded;
use super::{Delivery, cloudevents};

/// The media type of what is made here.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";
/// What a stored event is.
const STORED: &str = "application/json";
/// JSON that is nested deeper stays text: many readers refuse it, and some crash on it.
const DEEPEST: usize = 100;

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
    #[serde(flatten)]
    content: Option<Content<'d>>,
}

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

/// The CloudEvent with the body in it; nothing where it would have more than `most` bytes. No more
/// than that is ever written.
pub fn inline(delivery: &Delivery, most: usize) -> Option<String> {
    // No body becomes much shorter on the way, so that a large one need not even be looked at.
    if delivery.body.len() > most {
        return None;
    }
    let content_type = delivery.content_type.as_deref().filter(|said| is_usable(said));
    let content = Content::of(content_type, &delivery.body);
    text(&Envelope::of(delivery, content_type, content), most)
}

/// The CloudEvent with a reference to the stored event, which has the body: a URL to read it at for
/// a while (the extension `dataref`), and for as long as it is kept its place in S3.
pub fn by_reference(delivery: &Delivery, bucket: &str, url: &str) -> String {
    let content = Content::Stored { dataref: url, s3bucket: bucket, s3key: &delivery.s3_key };
    text(&Envelope::of(delivery, Some(STORED), Some(content)), usize::MAX).unwrap_or_default()
}

impl<'d> Envelope<'d> {
    fn of(
        delivery: &'d Delivery,
        datacontenttype: Option<&'d str>,
        content: Option<Content<'d>>,
    ) -> Self {
        Self {
            specversion: cloudevents::SPECVERSION,
            id: &delivery.webhook_id,
            source: cloudevents::source(delivery),
            event_type: cloudevents::event_type(delivery),
            time: delivery.received_at,
            eventid: delivery.event_id,
            item: delivery.item,
            datacontenttype,
            content,
        }
    }
}

impl<'d> Content<'d> {
    /// JSON as it is, byte for byte, where it is said to be that (or nothing is said, which CloudEvents
    /// takes for the same); other text as a string; all else, and what is not what it is said to be, in
    /// base64.
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

/// CloudEvents attributes have no control characters, and are not empty.
fn is_usable(content_type: &str) -> bool {
    !content_type.trim().is_empty() && !content_type.contains(char::is_control)
}

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
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// SQS takes what XML allows, and two characters that JSON allows are not among it. Where they stand
/// in JSON, it is within a string, where they can be escaped.
fn text(envelope: &Envelope<'_>, most: usize) -> Option<String> {
    let mut text = Bounded::new(most).write(envelope)?;
    for (forbidden, escaped) in [('\u{fffe}', "\\ufffe"), ('\u{ffff}', "\\uffff")] {
        if text.contains(forbidden) {
            text = text.replace(forbidden, escaped);
        }
    }
    (text.len() <= most).then_some(text)
}

fn base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &STANDARD))
}

#[cfg(test)]
pub(super) mod tests;
