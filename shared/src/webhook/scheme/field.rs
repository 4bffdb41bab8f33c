//! Fields: values that are read from a header, a query parameter, the path or the body.
//!
//! A field is one value or a list of entries. This covers `sha256=…`, `t=…,v1=…,v1=…`, `v1,… v1,…`,
//! `ts=…;h1=…`, `{time}.{signature}`, `{key id}|{signature}` and Docusign's numbered headers.

mod file;
mod replace;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use self::file::{FieldFile, InvalidField};
pub(super) use self::replace::authentication_scheme;
use crate::webhook::body::BodyPath;
use crate::webhook::forward::HeaderPattern;
use crate::webhook::request::Request;

/// A source's configured values besides secrets, by name, such as PayPal's `webhook_id`.
pub type Params = BTreeMap<String, String>;

/// A part of a request, and how it contains values.
#[derive(Clone, Debug)]
pub struct Field {
    location: Location,
    separator: Option<String>,
    entry: Option<usize>,
    prefixes: Vec<String>,
    after: Option<String>,
    forbid: String,
}

#[derive(Clone, Debug)]
enum Location {
    /// One header, or several whose entries all count.
    Headers(Vec<String>),
    /// Headers such as `x-docusign-signature-1`, by their name without the number.
    NumberedHeader(String),
    Query(String),
    /// The path segment after the source's name.
    Path,
    Body(BodyPath),
    /// Not a part of the request: a value of the source's params.
    Param(String),
}

/// The entries of a field in a request.
#[derive(PartialEq, Eq)]
pub enum Found<'r> {
    /// The request does not have the field.
    Missing,
    /// The request has the field, with these entries that have one of the field's prefixes. Empty if no entry
    /// has.
    Entries(Vec<Cow<'r, str>>),
    /// The field has more than `limit` entries, or one contains a forbidden character.
    Malformed,
}

/// Shows the number of entries only: one may be a token.
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
    /// Reads the field from a request. With more than `limit` entries it is malformed.
    pub fn read<'r>(&self, request: &'r Request, params: &'r Params, limit: usize) -> Found<'r> {
        let Some(values) = self.values(request, params) else { return Found::Malformed };
        if values.is_empty() {
            return Found::Missing;
        }
        let mut entries = Vec::new();
        for value in values {
            let kept = match value {
                Cow::Borrowed(list) => {
                    self.add_entries(&mut entries, self.split(list).map(Cow::Borrowed), limit)
                }
                Cow::Owned(list) => {
                    let owned = self.split(&list).map(|entry| Cow::Owned(entry.to_owned()));
                    self.add_entries(&mut entries, owned, limit)
                }
            };
            if !kept {
                return Found::Malformed;
            }
        }
        Found::Entries(entries)
    }

    /// Adds entries up to the limit. Returns `false` if there are more, or if one contains a forbidden
    /// character.
    fn add_entries<'r>(
        &self,
        entries: &mut Vec<Cow<'r, str>>,
        found: impl Iterator<Item = Cow<'r, str>>,
        limit: usize,
    ) -> bool {
        for entry in found {
            // Each item of a batch may repeat the same value, such as the time.
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

    /// The field's value if it has exactly one entry.
    pub fn value<'r>(&self, request: &'r Request, params: &'r Params) -> Option<Cow<'r, str>> {
        match self.read(request, params, 1) {
            Found::Entries(mut entries) if entries.len() == 1 => entries.pop(),
            _ => None,
        }
    }

    /// Replaces the header that has the field. Returns `false` if the field is not in a header.
    pub fn set_header(&mut self, name: &str) -> bool {
        let is_header = matches!(self.location, Location::Headers(_) | Location::NumberedHeader(_));
        if is_header {
            self.location = Location::Headers(vec![name.to_ascii_lowercase()]);
        }
        is_header
    }

    /// The headers that have the field. Empty if it is elsewhere.
    pub fn headers(&self) -> Vec<HeaderPattern> {
        match &self.location {
            Location::Headers(names) => names.iter().map(|it| HeaderPattern::name(it)).collect(),
            Location::NumberedHeader(stem) => vec![HeaderPattern::prefix(stem)],
            Location::Query(_) | Location::Path | Location::Body(_) | Location::Param(_) => {
                Vec::new()
            }
        }
    }

    /// Whether the field is in the body.
    pub fn is_in_body(&self) -> bool {
        matches!(self.location, Location::Body(_))
    }

    /// Whether the field is the path segment after the source's name.
    pub fn is_in_path(&self) -> bool {
        matches!(self.location, Location::Path)
    }

    /// A description for operators, such as `header x-signature`.
    pub fn describe(&self) -> String {
        match &self.location {
            Location::Headers(names) => format!("header {}", names.join(" or ")),
            Location::NumberedHeader(stem) => format!("headers {stem}1, {stem}2 …"),
            Location::Query(name) => format!("query parameter {name}"),
            Location::Path => "the last path segment".to_owned(),
            Location::Body(path) => format!("body {}", path.as_str()),
            Location::Param(name) => format!("parameter {name}"),
        }
    }

    /// The field's values before they are split into entries. `None` if a path into the body finds too many.
    fn values<'r>(&self, request: &'r Request, params: &'r Params) -> Option<Vec<Cow<'r, str>>> {
        let text = |value: &'r str| Cow::Borrowed(value);
        Some(match &self.location {
            Location::Headers(names) => {
                let values = names.iter().filter_map(|name| request.headers.get(name));
                values.map(|value| text(sent_once(value))).collect()
            }
            Location::NumberedHeader(stem) => {
                request.headers.numbered(stem).into_iter().map(text).collect()
            }
            Location::Query(name) => request.query_value(name).into_iter().collect(),
            Location::Path => request.last_path_segments(),
            Location::Body(path) => return path.find(request),
            Location::Param(name) => {
                params.get(name).map(|value| text(value)).into_iter().collect()
            }
        })
    }

    /// The entries of a value that have one of the prefixes, without it, and without what precedes `after`.
    fn split<'s, 'v: 's>(&'s self, value: &'v str) -> impl Iterator<Item = &'v str> + 's {
        let entries: Box<dyn Iterator<Item = &'v str> + 's> = match &self.separator {
            Some(separator) => Box::new(value.split(separator.as_str()).map(str::trim)),
            None => Box::new(std::iter::once(value)),
        };
        let counts = move |(index, _): &(usize, &str)| self.entry.is_none_or(|only| only == *index);
        let entries = entries.enumerate().filter(counts).map(|(_, entry)| entry);
        entries.filter_map(move |entry| self.strip_prefix(entry)).filter_map(move |entry| {
            match &self.after {
                Some(after) => entry.split_once(after.as_str()).map(|(_, rest)| rest),
                None => Some(entry),
            }
        })
    }

    fn strip_prefix<'v>(&self, entry: &'v str) -> Option<&'v str> {
        if self.prefixes.is_empty() {
            return Some(entry);
        }
        self.prefixes.iter().find_map(|prefix| entry.strip_prefix(prefix.as_str()))
    }
}

/// A header's value as it was sent once. If a proxy sends a header twice, API Gateway joins the equal values by a
/// comma.
fn sent_once(value: &str) -> &str {
    let once = value.get(..value.len() / 2).unwrap_or_default();
    let again = value.strip_prefix(once).and_then(|rest| rest.strip_prefix(','));
    if again == Some(once) && !once.is_empty() { once } else { value }
}

#[cfg(test)]
mod tests;
