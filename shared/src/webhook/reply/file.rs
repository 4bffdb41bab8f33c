//! Parses and checks a reply of a provider file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Body, Part, Reply};
use crate::webhook::scheme::field::{Field, FieldFile, InvalidField};
use crate::webhook::scheme::template::{InvalidTemplate, Template};

/// A reply as a provider file or a source's `reply` contains it. `shared/providers/README.md` documents the
/// fields.
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

/// Why a reply is invalid. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum InvalidReply {
    /// The status is not 2xx. The provider would send the request again.
    #[error("status: {0} is not 2xx")]
    Status(u16),
    /// More than one of `text`, `json` and `empty` is set.
    #[error("at most one of text, json and empty may be given")]
    Body,
    /// A template is invalid, or refers to a field that does not exist.
    #[error("{0}: {1}")]
    Template(String, InvalidTemplate),
    /// A field is invalid.
    #[error("fields.{0}: {1}")]
    Field(String, InvalidField),
}

impl TryFrom<ReplyFile> for Reply {
    type Error = InvalidReply;

    fn try_from(file: ReplyFile) -> Result<Self, Self::Error> {
        Self::parse(file, |_| false)
    }
}

impl Reply {
    /// Parses a reply. Its templates may use its own fields and the names for which `provided` is true.
    pub(crate) fn parse(
        file: ReplyFile,
        provided: impl Fn(&str) -> bool,
    ) -> Result<Self, InvalidReply> {
        let status = file.status.unwrap_or(200);
        if !(200..300).contains(&status) {
            return Err(InvalidReply::Status(status));
        }
        let fields = parse_fields(file.fields.unwrap_or_default())?;
        let exists = |name: &str| provided(name) || fields.contains_key(name);
        let template = |used_by: &str, text: &str| {
            Template::of_fields(text, exists)
                .map_err(|error| InvalidReply::Template(used_by.to_owned(), error))
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

/// Parses the named fields of a reply or a handshake.
pub(crate) fn parse_fields(
    files: BTreeMap<String, FieldFile>,
) -> Result<BTreeMap<String, Field>, InvalidReply> {
    let field = |(name, file): (String, FieldFile)| match Field::try_from(file) {
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidReply::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}
