//! What a provider wants to hear.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::request::Request;
use crate::scheme::field::{Field, FieldFile, InvalidField, Params};
use crate::scheme::template::{InvalidTemplate, Part, Template};

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
    Json(Value),
}

/// A reply as written in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyFile {
    status: Option<u16>,
    headers: Option<BTreeMap<String, String>>,
    text: Option<String>,
    json: Option<BTreeMap<String, Value>>,
    empty: Option<bool>,
    fields: Option<BTreeMap<String, FieldFile>>,
}

/// Why a reply cannot be given, naming the field at fault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidReply {
    /// The provider would send it again.
    #[error("status: {0} is not 2xx")]
    Status(u16),
    /// More than one of text, json and empty.
    #[error("at most one of text, json and empty may be given")]
    Body,
    /// A template refers to what is not there.
    #[error("{0}: {1}")]
    Template(String, InvalidTemplate),
    /// A field is wrong.
    #[error("fields.{0}: {1}")]
    Field(String, InvalidField),
}

/// An answer, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
}

/// The body of an answer, and with it its content type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnswerBody {
    /// `{"id": …}` of the event.
    Id,
    /// None.
    #[default]
    Empty,
    /// text/plain.
    Text(String),
    /// application/json.
    Json(Value),
}

/// What was to be echoed is not there, or not fit to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

impl Default for Reply {
    fn default() -> Self {
        let (headers, fields) = (BTreeMap::new(), BTreeMap::new());
        Self { status: 200, headers, body: Body::Id, fields }
    }
}

impl TryFrom<ReplyFile> for Reply {
    type Error = InvalidReply;

    fn try_from(file: ReplyFile) -> Result<Self, Self::Error> {
        Self::build(file, |_| false)
    }
}

impl Reply {
    /// Checks a reply whose templates may also use names that its surroundings provide.
    pub(crate) fn build(
        file: ReplyFile,
        provided: impl Fn(&str) -> bool,
    ) -> Result<Self, InvalidReply> {
        let status = file.status.unwrap_or(200);
        if !(200..300).contains(&status) {
            return Err(InvalidReply::Status(status));
        }
        let fields = fields(file.fields.unwrap_or_default())?;
        let exists = |name: &str| provided(name) || fields.contains_key(name);
        let template = |place: &str, text: &str| {
            Template::of_fields(text, exists)
                .map_err(|error| InvalidReply::Template(place.to_owned(), error))
        };
        let headers = file.headers.unwrap_or_default().into_iter();
        let headers =
            headers.map(|(name, text)| Ok((name.to_ascii_lowercase(), template(&name, &text)?)));
        let headers = headers.collect::<Result<_, _>>()?;
        let body = match (file.text, file.json, file.empty.unwrap_or_default()) {
            (None, None, false) => Body::Id,
            (None, None, true) => Body::Empty,
            (Some(text), None, false) => Body::Text(template("text", &text)?),
            (None, Some(json), false) => {
                let texts = json.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
                texts.map(|(name, text)| template(name, text)).collect::<Result<Vec<_>, _>>()?;
                Body::Json(json.into_iter().collect())
            }
            _ => return Err(InvalidReply::Body),
        };
        Ok(Self { status, headers, body, fields })
    }

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
    ) -> Result<Answer, NoAnswer> {
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
    ) -> Result<Cow<'r, str>, NoAnswer> {
        let field = self.fields.get(name).ok_or_else(|| NoAnswer(format!("no field {name}")))?;
        echo(field, request, params)
    }
}

/// The value of a field that is to be said back.
pub(crate) fn echo<'r>(
    field: &Field,
    request: &'r Request,
    params: &'r Params,
) -> Result<Cow<'r, str>, NoAnswer> {
    let value = field.value(request, params);
    let value = value.ok_or_else(|| NoAnswer(format!("{} is missing", field.describe())))?;
    match value.len() {
        0..=MAX_ECHO => Ok(value),
        _ => Err(NoAnswer(format!("{} is longer than {MAX_ECHO} bytes", field.describe()))),
    }
}

pub(crate) fn fields(
    files: BTreeMap<String, FieldFile>,
) -> Result<BTreeMap<String, Field>, InvalidReply> {
    let field = |(name, file): (String, FieldFile)| match Field::try_from(file) {
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidReply::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}

fn fill<'v>(
    template: &Template,
    value: &impl Fn(&str) -> Result<Cow<'v, str>, NoAnswer>,
) -> Result<String, NoAnswer> {
    let mut text = String::new();
    for part in template.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Field(name) => text.push_str(&value(name)?),
            // `Template::of_fields` makes no others.
            _ => {}
        }
    }
    Ok(text)
}

fn fill_json<'v>(
    json: &Value,
    value: &impl Fn(&str) -> Result<Cow<'v, str>, NoAnswer>,
) -> Result<Value, NoAnswer> {
    let Value::Object(entries) = json else { return Ok(json.clone()) };
    let filled = entries.iter().map(|(name, entry)| {
        let filled = match entry.as_str() {
            Some(text) => Template::of_fields(text, |_| true)
                .map_err(|error| NoAnswer(error.to_string()))
                .and_then(|template| fill(&template, value))
                .map(Value::String)?,
            None => entry.clone(),
        };
        Ok((name.clone(), filled))
    });
    filled.collect()
}

/// A header's value: a line of visible characters, lest an echo write headers of its own.
fn header(text: &str) -> Result<String, NoAnswer> {
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => Ok(text.to_owned()),
        false => Err(NoAnswer("the value cannot stand in a header".to_owned())),
    }
}
