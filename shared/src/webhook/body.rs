//! The content of a request's body: JSON, XML, the fields of a form, or something else.

mod encoding;
mod form;
mod media_type;
mod path;
mod repair;
mod replace;
mod xml;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::{DeserializeOwned, IgnoredAny};

pub use self::encoding::MAX_DECODED;
pub(crate) use self::encoding::decode;
pub use self::form::Fields;
pub use self::media_type::says_json;
pub(crate) use self::media_type::{essence, says_xml};
pub use self::path::{BodyPath, InvalidPath};
pub(crate) use self::repair::repair_surrogates;
pub(crate) use self::replace::{Replacement, replace_parameter};
pub(crate) use self::xml::to_json as xml_to_json;
use crate::webhook::request::Request;

/// The content of a body. It is found out without its content coding (`Content-Encoding`), as UTF-8 and without a
/// byte order mark. Signatures are not computed over it, but over the bytes as received.
#[derive(Debug, PartialEq, Eq)]
pub struct Content {
    format: Format,
    /// The body without its coding, in UTF-8; or the JSON form of XML. `None` if that is the body as received.
    text: Option<Vec<u8>>,
}

/// The format of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, whatever the content type says. Several providers send it as text/plain. The header is rarely
    /// signed, so it must not decide how a signed body is read.
    Json,
    /// XML, if the content type names it or the body begins like XML. It is read as JSON.
    Xml,
    /// The fields of a URL-encoded or multipart form, if the content type names one. Files are left out.
    Fields(Fields),
    /// Anything else.
    Opaque,
    /// The body does not have the coding that `Content-Encoding` names, or the coding is not known, or the body
    /// decodes to more than [`MAX_DECODED`] bytes.
    NotDecoded,
}

/// Parses a body that is JSON. Invalid UTF-8 and unpaired surrogates, such as half an emoji, are replaced by
/// U+FFFD. Returns `None` if it cannot be parsed even so: nested too deeply, or a number out of range.
pub fn json<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    let well_formed = std::str::from_utf8(json).ok();
    let parsed = well_formed.and_then(|text| serde_json::from_str(text).ok());
    parsed.or_else(|| serde_json::from_str(&repair_surrogates(json)).ok())
}

impl Content {
    /// Finds out what a request's body is.
    fn of(request: &Request) -> Self {
        let content_type = request.headers.get("content-type").unwrap_or_default();
        let Some(body) = encoding::decode(content_coding(request), &request.body) else {
            return Self { format: Format::NotDecoded, text: None };
        };
        let charset = match media_type::charset(content_type) {
            media_type::Charset::Other => media_type::charset_of_xml(&body),
            named => named,
        };
        let text = encoding::to_utf8(charset, body);
        if is_json(&text) {
            return Self { format: Format::Json, text: owned(text, request) };
        }
        if says_xml(content_type) || text.trim_ascii_start().starts_with(b"<?xml") {
            let json = std::str::from_utf8(&text).ok().and_then(xml::to_json);
            let format = if json.is_some() { Format::Xml } else { Format::Opaque };
            return Self { format, text: json };
        }
        let fields = match &essence(content_type)[..] {
            "application/x-www-form-urlencoded" => form::url_encoded(&text),
            "multipart/form-data" => form::multipart(content_type, &text),
            _ => None,
        };
        let format = fields.map_or(Format::Opaque, Format::Fields);
        Self { format, text: owned(text, request) }
    }

    /// The body's format.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The body of `request`, whose content this is, as JSON: the JSON text itself, or the JSON form of XML.
    pub fn json<'c>(&'c self, request: &'c Request) -> Option<&'c [u8]> {
        match self.format {
            Format::Json | Format::Xml => Some(self.text(request)),
            Format::Fields(_) | Format::Opaque | Format::NotDecoded => None,
        }
    }

    /// The fields, if the body is a form.
    pub fn fields(&self) -> Option<&Fields> {
        match &self.format {
            Format::Fields(fields) => Some(fields),
            _ => None,
        }
    }

    /// The body of `request`, whose content this is, without its coding and in UTF-8; the JSON form of XML.
    fn text<'c>(&'c self, request: &'c Request) -> &'c [u8] {
        self.text.as_deref().unwrap_or(&request.body)
    }
}

/// The value of a request's `Content-Encoding`. Empty if it has none.
pub(crate) fn content_coding(request: &Request) -> &str {
    request.headers.get("content-encoding").unwrap_or_default()
}

/// Whether a text is JSON. Allocates nothing.
pub(crate) fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// A text, unless it is the body as received.
fn owned(text: Cow<'_, [u8]>, request: &Request) -> Option<Vec<u8>> {
    (text.len() != request.body.len() || text[..] != request.body[..]).then(|| text.into_owned())
}

/// The content of a request's body, kept so that it is found out once: signatures, handshakes, types and ids all look
/// into the body, and an attacker may send one of several MB.
#[derive(Default)]
pub struct ContentCache(Mutex<Option<(Key, Arc<Content>)>>);

/// What the content depends on. A request whose body or headers were replaced has another one.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    body: (usize, usize),
    content_type: Option<String>,
    content_encoding: Option<String>,
}

impl Key {
    fn of(request: &Request) -> Self {
        let header = |name| request.headers.get(name).map(str::to_owned);
        Self {
            body: (request.body.as_ptr().addr(), request.body.len()),
            content_type: header("content-type"),
            content_encoding: header("content-encoding"),
        }
    }
}

impl ContentCache {
    /// The content of the body of `request`, whose cache this is.
    pub(super) fn get(&self, request: &Request) -> Arc<Content> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key::of(request);
        match &*cached {
            Some((of, content)) if *of == key => Arc::clone(content),
            _ => {
                let content = Arc::new(Content::of(request));
                *cached = Some((key, Arc::clone(&content)));
                content
            }
        }
    }
}

/// A copy of a request has an empty cache: its body may be changed in place.
impl Clone for ContentCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Two requests are equal if their other fields are.
impl PartialEq for ContentCache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ContentCache {}

#[cfg(test)]
mod tests;
