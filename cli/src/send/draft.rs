//! A request under construction, whose every part can still be changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use shared::webhook::request::Request;
use url::{Url, form_urlencoded};

use crate::Failure;

/// The content type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// The boundary between the parts of a multipart body.
const BOUNDARY: &str = "catchment-sample";

/// A request before it is signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Body,
}

impl Draft {
    /// The request as the receiver will see it.
    pub(super) fn request(&self) -> Request {
        let content_type = ("content-type", self.body.content_type());
        let has_body = self.method != "GET" && !self.headers.contains_key("content-type");
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        Request {
            method: self.method.clone(),
            path: self.url.path().to_owned(),
            query: self.url.query().unwrap_or_default().to_owned(),
            url: self.url.as_str().to_owned(),
            headers: headers.chain(has_body.then_some(content_type)).collect(),
            body: self.body.bytes(),
            ..Request::default()
        }
    }
}

/// A body with its content type.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A body of type application/json.
    Json(Value),
    /// The fields of a form.
    Form(Vec<(String, String)>),
    /// The fields of a multipart form.
    Multipart(Vec<(String, String)>),
    /// Bytes that are sent unchanged, with their content type.
    Bytes(Vec<u8>, &'static str),
}

impl Body {
    /// The bytes that are sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(json) => json.to_string().into_bytes(),
            Self::Form(fields) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(fields);
                form.finish().into_bytes()
            }
            Self::Multipart(fields) => {
                let part = |(name, value): &(String, String)| {
                    let head = format!("Content-Disposition: form-data; name=\"{name}\"");
                    format!("--{BOUNDARY}\r\n{head}\r\n\r\n{value}\r\n")
                };
                let parts: String = fields.iter().map(part).collect();
                format!("{parts}--{BOUNDARY}--\r\n").into_bytes()
            }
            Self::Bytes(bytes, _) => bytes.clone(),
        }
    }

    /// The value of its content-type header.
    pub(super) fn content_type(&self) -> String {
        match self {
            Self::Json(_) => "application/json".to_owned(),
            Self::Form(_) => FORM.to_owned(),
            Self::Multipart(_) => format!("multipart/form-data; boundary={BOUNDARY}"),
            Self::Bytes(_, content_type) => (*content_type).to_owned(),
        }
    }

    /// Parses a body of bytes, so that fields can be written into it.
    pub(super) fn parsed(self) -> Result<Self, Failure> {
        let Self::Bytes(bytes, content_type) = self else { return Ok(self) };
        match serde_json::from_slice(&bytes) {
            Ok(json) => Ok(Self::Json(json)),
            Err(_) if content_type == FORM => {
                Ok(Self::Form(form_urlencoded::parse(&bytes).into_owned().collect()))
            }
            Err(_) => Err(Failure::unusable(
                "--body: the scheme has fields in the body, which is neither JSON nor a form",
            )),
        }
    }

    /// Writes a text at a path of names, in every item of the lists on that path. Returns false if the body has no such
    /// place.
    pub(super) fn set(&mut self, names: &[String], text: &mut dyn FnMut() -> String) -> bool {
        let Some((name, rest)) = names.split_first() else { return false };
        match self {
            Self::Json(json) => set(json, names, text),
            Self::Form(fields) | Self::Multipart(fields) => {
                let at = fields.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                    fields.push((name.clone(), String::new()));
                    fields.len() - 1
                });
                let value = &mut fields[at].1;
                if rest.is_empty() {
                    *value = text();
                    return true;
                }
                let mut json = serde_json::from_str(value).unwrap_or(Value::Null);
                let is_set = set(&mut json, rest, text);
                *value = json.to_string();
                is_set
            }
            Self::Bytes(..) => false,
        }
    }
}

/// Writes a text at a path in JSON. A number is replaced by a number.
fn set(json: &mut Value, names: &[String], text: &mut dyn FnMut() -> String) -> bool {
    let Some((name, rest)) = names.split_first() else {
        let text = text();
        *json = match (&json, text.parse::<i64>()) {
            (Value::Number(_), Ok(number)) => number.into(),
            _ => text.into(),
        };
        return true;
    };
    match json {
        Value::Array(items) => {
            let mut any = false;
            for item in items {
                any |= set(item, names, text);
            }
            any
        }
        Value::Object(object) => set(object.entry(name).or_insert(Value::Null), rest, text),
        Value::Null => {
            let mut inner = Value::Null;
            let is_set = set(&mut inner, rest, text);
            *json = Map::from_iter([(name.clone(), inner)]).into();
            is_set
        }
        _ => false,
    }
}
