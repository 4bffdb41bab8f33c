//! A reply as written in a provider file, and what may be wrong with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Body, Part, Reply};
use crate::webhook::scheme::field::{Field, FieldFile, InvalidField};
use crate::webhook::scheme::template::{InvalidTemplate, Template};

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
                let part = |(name, value): (String, Value)| {
                    let part = match value.as_str() {
                        Some(text) => Part::Text(template(&name, text)?),
                        None => Part::Other(value),
                    };
                    Ok((name, part))
                };
                Body::Json(json.into_iter().map(part).collect::<Result<_, _>>()?)
            }
            _ => return Err(InvalidReply::Body),
        };
        Ok(Self { status, headers, body, fields })
    }
}

/// The named fields of a reply or a handshake.
pub(crate) fn fields(
    files: BTreeMap<String, FieldFile>,
) -> Result<BTreeMap<String, Field>, InvalidReply> {
    let field = |(name, file): (String, FieldFile)| match Field::try_from(file) {
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidReply::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}
