//! Answers to providers: templates in provider files, filled in from the request.

mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::file::parse_fields;
pub use self::file::{InvalidReply, ReplyFile};
use crate::webhook::request::Request;
use crate::webhook::scheme::field::{Field, Params};
use crate::webhook::scheme::template::{self, Template};

/// The longest value of a request that an answer repeats, in bytes. No provider's challenge is longer.
const MAX_ECHO: usize = 4096;

/// An answer, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides the content type, as names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
}

/// The body of an answer. It determines the content type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnswerBody {
    /// `{"id": …}` with the event's id, as application/json.
    Id,
    /// No body.
    #[default]
    Empty,
    /// text/plain.
    Text(String),
    /// application/json.
    Json(Value),
}

/// Why an answer cannot be built from a request: a value is missing, too long, or not allowed in a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplyError(pub String);

/// How a provider wants requests to be answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "ReplyFile")]
pub struct Reply {
    status: u16,
    headers: BTreeMap<String, Template>,
    body: Body,
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Debug)]
enum Body {
    /// `{"id": …}`.
    Id,
    Empty,
    Text(Template),
    Json(BTreeMap<String, Part>),
}

/// A value in a JSON answer.
#[derive(Clone, Debug)]
enum Part {
    Text(Template),
    Other(Value),
}

impl Default for Reply {
    fn default() -> Self {
        let (headers, fields) = (BTreeMap::new(), BTreeMap::new());
        Self { status: 200, headers, body: Body::Id, fields }
    }
}

impl Reply {
    /// Whether the answer has no body. Answers to rejected requests then have none either.
    pub fn is_empty(&self) -> bool {
        matches!(self.body, Body::Empty)
    }

    /// Whether it reads the path segment after the source's name.
    pub fn reads_path(&self) -> bool {
        self.fields.values().any(Field::is_in_path)
    }

    /// The HTTP status, 2xx.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer to a request. `provided` has values besides the reply's own fields, such as a handshake's
    /// fields and its `mac`.
    pub fn answer(
        &self,
        request: &Request,
        params: &Params,
        provided: &BTreeMap<&str, String>,
    ) -> Result<Answer, ReplyError> {
        let value = |name: &str| match provided.get(name) {
            Some(value) => Ok(Cow::Borrowed(value.as_str())),
            None => self.field_value(name, request, params),
        };
        let headers = self.headers.iter();
        let headers = headers
            .map(|(name, template)| Ok((name.clone(), checked_header(fill(template, &value)?)?)));
        Ok(Answer {
            status: self.status,
            headers: headers.collect::<Result<_, _>>()?,
            body: match &self.body {
                Body::Id => AnswerBody::Id,
                Body::Empty => AnswerBody::Empty,
                Body::Text(template) => AnswerBody::Text(fill(template, &value)?),
                Body::Json(json) => AnswerBody::Json(fill_json(json, &value)?),
            },
        })
    }

    fn field_value<'r>(
        &self,
        name: &str,
        request: &'r Request,
        params: &'r Params,
    ) -> Result<Cow<'r, str>, ReplyError> {
        let field = self.fields.get(name).ok_or_else(|| ReplyError(format!("no field {name}")))?;
        value_to_echo(field, request, params)
    }
}

/// The value of a field that an answer repeats, of at most [`MAX_ECHO`] bytes.
pub(crate) fn value_to_echo<'r>(
    field: &Field,
    request: &'r Request,
    params: &'r Params,
) -> Result<Cow<'r, str>, ReplyError> {
    let value = field.value(request, params);
    let value = value.ok_or_else(|| ReplyError(format!("{} is missing", field.describe())))?;
    match value.len() {
        0..=MAX_ECHO => Ok(value),
        _ => Err(ReplyError(format!("{} is longer than {MAX_ECHO} bytes", field.describe()))),
    }
}

fn fill<'v>(
    template: &Template,
    value: &impl Fn(&str) -> Result<Cow<'v, str>, ReplyError>,
) -> Result<String, ReplyError> {
    let mut text = String::new();
    for part in template.parts() {
        match part {
            template::Part::Literal(literal) => text.push_str(literal),
            template::Part::Field(name) => text.push_str(&value(name)?),
            // `Template::of_fields` creates no other parts.
            _ => {}
        }
    }
    Ok(text)
}

fn fill_json<'v>(
    json: &BTreeMap<String, Part>,
    value: &impl Fn(&str) -> Result<Cow<'v, str>, ReplyError>,
) -> Result<Value, ReplyError> {
    let filled = json.iter().map(|(name, part)| {
        let filled = match part {
            Part::Text(template) => Value::String(fill(template, value)?),
            Part::Other(other) => other.clone(),
        };
        Ok((name.clone(), filled))
    });
    filled.collect()
}

/// A header's value if it consists of printable ASCII. A line break in a repeated value could add headers.
fn checked_header(text: String) -> Result<String, ReplyError> {
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => Ok(text),
        false => Err(ReplyError("the value is not allowed in a header".to_owned())),
    }
}
