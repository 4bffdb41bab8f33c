//! What a provider wants to hear.

mod answer;
mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use self::answer::{Answer, AnswerBody, ReplyError};
pub(crate) use self::file::fields;
pub use self::file::{InvalidReply, ReplyFile};
use crate::webhook::request::Request;
use crate::webhook::scheme::field::{Field, Params};
use crate::webhook::scheme::template::{self, Template};

/// The longest value echoed, in bytes: no challenge is longer, and nobody should make us an archive.
const MAX_ECHO: usize = 4096;

/// An answer as a provider file has it, its templates filled in from the request.
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
    /// The event's id, as JSON.
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
    /// Whether a refusal has no body either.
    pub fn is_empty(&self) -> bool {
        matches!(self.body, Body::Empty)
    }

    /// The status, 2xx.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The answer to a request. `provided` has the values that its surroundings provide.
    pub fn answer(
        &self,
        request: &Request,
        params: &Params,
        provided: &BTreeMap<&str, String>,
    ) -> Result<Answer, ReplyError> {
        let value = |name: &str| match provided.get(name) {
            Some(value) => Ok(Cow::Borrowed(value.as_str())),
            None => self.echo(name, request, params),
        };
        let headers = self.headers.iter();
        let headers =
            headers.map(|(name, template)| Ok((name.clone(), header(&fill(template, &value)?)?)));
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

    fn echo<'r>(
        &self,
        name: &str,
        request: &'r Request,
        params: &'r Params,
    ) -> Result<Cow<'r, str>, ReplyError> {
        let field = self.fields.get(name).ok_or_else(|| ReplyError(format!("no field {name}")))?;
        echo(field, request, params)
    }
}

/// The value of a field that is to be said back.
pub(crate) fn echo<'r>(
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
            // `Template::of_fields` makes no others.
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

/// A header's value: a line of visible characters, lest an echo write headers of its own.
fn header(text: &str) -> Result<String, ReplyError> {
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => Ok(text.to_owned()),
        false => Err(ReplyError("the value cannot stand in a header".to_owned())),
    }
}
