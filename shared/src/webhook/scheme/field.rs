//! Where a value stands in a request: a header, a query parameter, the path or a place in the body,
//! whole or as entries of a list. This one shape covers `sha256=…`, `t=…,v1=…,v1=…`, `v1,… v1,…`,
//! `ts=…;h1=…`, `{time}.{signature}` and Docusign's numbered headers.

mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use self::file::{FieldFile, InvalidField};
use crate::webhook::body::BodyPath;
use crate::webhook::request::Request;

/// What a source is configured with besides secrets: PayPal's `webhook_id`.
pub type Params = BTreeMap<String, String>;

/// A place in a request, and how values are written there.
#[derive(Clone, Debug)]
pub struct Field {
    place: Place,
    separator: Option<String>,
    entry: Option<usize>,
    prefixes: Vec<String>,
    forbid: String,
}

#[derive(Clone, Debug)]
enum Place {
    Header(String),
    /// `x-docusign-signature-*`: the header's name up to its number.
    NumberedHeader(String),
    Query(String),
    /// What stands behind the source's name.
    Path,
    Body(BodyPath),
    /// Not in the request, but configured with the source.
    Param(String),
}

/// What a request has at a field's place.
#[derive(PartialEq, Eq)]
pub enum Found<'r> {
    /// Nothing stands there.
    Missing,
    /// Something stands there, and these entries of it count: none, if all have another prefix.
    Entries(Vec<Cow<'r, str>>),
    /// More than `limit` entries count, or one has a forbidden character.
    Malformed,
}

/// Only how many: a token may be among them.
impl std::fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("Missing"),
            Self::Entries(entries) => write!(f, "Entries({})", entries.len()),
            Self::Malformed => f.write_str("Malformed"),
        }
    }
}

impl Field {
    /// Reads the field from a request, giving up beyond `limit` entries.
    pub fn read<'r>(&self, request: &'r Request, params: &'r Params, limit: usize) -> Found<'r> {
        let Some(values) = self.values(request, params) else { return Found::Malformed };
        if values.is_empty() {
            return Found::Missing;
        }
        let mut entries = Vec::new();
        for value in values {
            let kept = match value {
                Cow::Borrowed(list) => {
                    self.keep(&mut entries, self.split(list).map(Cow::Borrowed), limit)
                }
                Cow::Owned(list) => {
                    let owned = self.split(&list).map(|entry| Cow::Owned(entry.to_owned()));
                    self.keep(&mut entries, owned, limit)
                }
            };
            if !kept {
                return Found::Malformed;
            }
        }
        Found::Entries(entries)
    }

    /// Adds entries; no more of a long list than the limit is looked at.
    fn keep<'r>(
        &self,
        entries: &mut Vec<Cow<'r, str>>,
        found: impl Iterator<Item = Cow<'r, str>>,
        limit: usize,
    ) -> bool {
        for entry in found {
            // The items of a batch say the same of themselves, each its own time.
            if self.is_in_body() && entries.contains(&entry) {
                continue;
            }
            if entries.len() == limit || entry.contains(|c| self.forbid.contains(c)) {
                return false;
            }
            entries.push(entry);
        }
        true
    }

    /// The one value of the field, where it has exactly one.
    pub fn value<'r>(&self, request: &'r Request, params: &'r Params) -> Option<Cow<'r, str>> {
        match self.read(request, params, 1) {
            Found::Entries(mut entries) if entries.len() == 1 => entries.pop(),
            _ => None,
        }
    }

    /// Whether it stands in the body, which a signature covers.
    pub fn is_in_body(&self) -> bool {
        matches!(self.place, Place::Body(_))
    }

    /// Whether it stands in the path, behind the source's name.
    pub fn is_in_path(&self) -> bool {
        matches!(self.place, Place::Path)
    }

    /// The place in words, for an operator.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::Header(name) => format!("header {name}"),
            Place::NumberedHeader(stem) => format!("headers {stem}1, {stem}2 …"),
            Place::Query(name) => format!("query parameter {name}"),
            Place::Path => "the last part of the path".to_owned(),
            Place::Body(path) => format!("body {}", path.as_str()),
            Place::Param(name) => format!("parameter {name}"),
        }
    }

    /// The values at its place; none where there are too many to be meant.
    fn values<'r>(&self, request: &'r Request, params: &'r Params) -> Option<Vec<Cow<'r, str>>> {
        let text = |value: &'r str| Cow::Borrowed(value);
        Some(match &self.place {
            Place::Header(name) => request.headers.get(name).map(text).into_iter().collect(),
            Place::NumberedHeader(stem) => {
                request.headers.numbered(stem).into_iter().map(text).collect()
            }
            Place::Query(name) => request.query_value(name).into_iter().collect(),
            Place::Path => request.last_path_segments(),
            Place::Body(path) => return path.find(request),
            Place::Param(name) => params.get(name).map(|value| text(value)).into_iter().collect(),
        })
    }

    /// The entries of a value that count, their prefixes taken off.
    fn split<'s, 'v: 's>(&'s self, value: &'v str) -> impl Iterator<Item = &'v str> + 's {
        let entries: Box<dyn Iterator<Item = &'v str> + 's> = match &self.separator {
            Some(separator) => Box::new(value.split(separator.as_str()).map(str::trim)),
            None => Box::new(std::iter::once(value)),
        };
        let counts = move |(at, _): &(usize, &str)| self.entry.is_none_or(|only| only == *at);
        entries.enumerate().filter(counts).filter_map(move |(_, entry)| self.strip(entry))
    }

    fn strip<'v>(&self, entry: &'v str) -> Option<&'v str> {
        if self.prefixes.is_empty() {
            return Some(entry);
        }
        self.prefixes.iter().find_map(|prefix| entry.strip_prefix(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests;
