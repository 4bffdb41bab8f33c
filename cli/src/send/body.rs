//! The body of a request that is being put together.

use serde_json::{Map, Value};
use url::form_urlencoded;

/// The content type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// What parts a multipart body.
const BOUNDARY: &str = "catchment-sample";

/// A body, and with it its content type.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// JSON.
    Json(Value),
    /// A form.
    Form(Vec<(String, String)>),
    /// The same in parts.
    Multipart(Vec<(String, String)>),
    /// Bytes that nothing is written into, with their content type.
    Bytes(Vec<u8>, &'static str),
}

impl Body {
    /// What is sent.
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

    /// What it says it is.
    pub(super) fn content_type(&self) -> String {
        match self {
            Self::Json(_) => "application/json".to_owned(),
            Self::Form(_) => FORM.to_owned(),
            Self::Multipart(_) => format!("multipart/form-data; boundary={BOUNDARY}"),
            Self::Bytes(_, content_type) => (*content_type).to_owned(),
        }
    }

    /// Writes a text at the end of a path of names, in every item of the lists on its way; false where
    /// there is no place for it.
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

/// The same in JSON. A number stays one.
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
