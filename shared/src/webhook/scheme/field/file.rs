//! Parses and checks a field of a scheme, a reply or a handshake.

use serde::Deserialize;

use super::{Field, Location};
use crate::webhook::body::{BodyPath, InvalidPath};

/// A field as a file contains it. Exactly one of `header`, `query`, `path`, `body` and `param` is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFile {
    /// A header's name, in any case. A `*` at its end stands for a number. Several names are joined by `||`:
    /// the entries of all of them count.
    pub(crate) header: Option<String>,
    /// A query parameter's name.
    pub(crate) query: Option<String>,
    /// `true` for the path segment after the source's name.
    pub(crate) path: Option<bool>,
    /// A path into the body (JSON, or a form's fields).
    pub(crate) body: Option<String>,
    /// The name of a value in the source's params.
    pub(crate) param: Option<String>,
    /// The separator of a list's entries. Without it, the whole value is the only entry. White space around
    /// an entry is removed.
    pub(crate) separator: Option<String>,
    /// The index of the only entry to read, from 0. Without it, all entries are read.
    pub(crate) entry: Option<usize>,
    /// Only entries that start with one of these prefixes are read, without the prefix.
    pub(crate) prefix: Option<Vec<String>>,
    /// Only what follows the first occurrence of this text in an entry counts. Entries without it do not count.
    pub(crate) after: Option<String>,
    /// Characters that no value may contain, because the signed content uses them as separators.
    pub(crate) forbid: Option<String>,
}

/// Why a field is invalid.
#[derive(Debug, thiserror::Error)]
pub enum InvalidField {
    /// None of the five locations is set, or more than one.
    #[error("exactly one of header, query, path, body and param must be given")]
    Location,
    /// A header's name is empty or contains white space.
    #[error("header: is not a name, nor several joined by ||")]
    Header,
    /// The path into the body is invalid.
    #[error("body: {0}")]
    Body(#[from] InvalidPath),
    /// The separator is empty, which would split between all characters.
    #[error("separator: must not be empty")]
    Separator,
    /// The text before an entry is empty, which would be found everywhere.
    #[error("after: must not be empty")]
    After,
}

impl TryFrom<FieldFile> for Field {
    type Error = InvalidField;

    fn try_from(file: FieldFile) -> Result<Self, Self::Error> {
        let location = location(&file)?;
        if file.separator.as_deref() == Some("") {
            return Err(InvalidField::Separator);
        }
        if file.after.as_deref() == Some("") {
            return Err(InvalidField::After);
        }
        Ok(Self {
            location,
            separator: file.separator,
            entry: file.entry,
            prefixes: file.prefix.unwrap_or_default(),
            after: file.after,
            forbid: file.forbid.unwrap_or_default(),
        })
    }
}

fn location(file: &FieldFile) -> Result<Location, InvalidField> {
    let path = file.path.filter(|path| *path);
    match (&file.header, &file.query, path, &file.body, &file.param) {
        (Some(header), None, None, None, None) => header_location(&header.to_ascii_lowercase()),
        (None, Some(query), None, None, None) => Ok(Location::Query(query.clone())),
        (None, None, Some(_), None, None) => Ok(Location::Path),
        (None, None, None, Some(body), None) => Ok(Location::Body(BodyPath::parse(body)?)),
        (None, None, None, None, Some(param)) => Ok(Location::Param(param.clone())),
        _ => Err(InvalidField::Location),
    }
}

fn header_location(names: &str) -> Result<Location, InvalidField> {
    if let Some(stem) = names.strip_suffix('*') {
        return Ok(Location::NumberedHeader(stem.to_owned()));
    }
    let names: Vec<_> = names.split("||").map(|name| name.trim().to_owned()).collect();
    match names.iter().all(|name| !name.is_empty() && !name.contains(char::is_whitespace)) {
        true => Ok(Location::Headers(names)),
        false => Err(InvalidField::Header),
    }
}
