//! A field as written in a file, and what may be wrong with it.

use serde::Deserialize;

use super::{Field, Place};
use crate::webhook::body::{BodyPath, InvalidPath};

/// A field as written in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFile {
    /// A header's name, in any case; a `*` at its end stands for a number.
    pub(crate) header: Option<String>,
    /// A query parameter's name.
    pub(crate) query: Option<String>,
    /// What stands behind the source's name in the path, where it is `true`.
    pub(crate) path: Option<bool>,
    /// A path into the body (JSON, or a form's fields).
    pub(crate) body: Option<String>,
    /// A configured parameter's name.
    pub(crate) param: Option<String>,
    /// What parts a list into entries; without it the whole value is the one entry. White space
    /// around an entry does not belong to it.
    pub(crate) separator: Option<String>,
    /// The position of the one entry that counts, from 0; without it all do.
    pub(crate) entry: Option<usize>,
    /// An entry counts only if it starts with one of these, which is then taken off.
    pub(crate) prefix: Option<Vec<String>>,
    /// Characters that no value may contain, because the signed content uses them as separators.
    pub(crate) forbid: Option<String>,
}

/// Why a field cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidField {
    /// No place, or more than one.
    #[error("exactly one of header, query, path, body and param must be given")]
    Place,
    /// The path into the body is wrong.
    #[error("body: {0}")]
    Body(#[from] InvalidPath),
    /// An empty separator would split between all characters.
    #[error("separator: must not be empty")]
    Separator,
}

impl TryFrom<FieldFile> for Field {
    type Error = InvalidField;

    fn try_from(file: FieldFile) -> Result<Self, Self::Error> {
        let place = place(&file)?;
        if file.separator.as_deref() == Some("") {
            return Err(InvalidField::Separator);
        }
        Ok(Self {
            place,
            separator: file.separator,
            entry: file.entry,
            prefixes: file.prefix.unwrap_or_default(),
            forbid: file.forbid.unwrap_or_default(),
        })
    }
}

fn place(file: &FieldFile) -> Result<Place, InvalidField> {
    let path = file.path.filter(|path| *path);
    match (&file.header, &file.query, path, &file.body, &file.param) {
        (Some(header), None, None, None, None) => Ok(header_place(&header.to_ascii_lowercase())),
        (None, Some(query), None, None, None) => Ok(Place::Query(query.clone())),
        (None, None, Some(_), None, None) => Ok(Place::Path),
        (None, None, None, Some(body), None) => Ok(Place::Body(BodyPath::parse(body)?)),
        (None, None, None, None, Some(param)) => Ok(Place::Param(param.clone())),
        _ => Err(InvalidField::Place),
    }
}

fn header_place(name: &str) -> Place {
    match name.strip_suffix('*') {
        Some(stem) => Place::NumberedHeader(stem.to_owned()),
        None => Place::Header(name.to_owned()),
    }
}
