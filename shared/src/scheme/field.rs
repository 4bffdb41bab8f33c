//! Where a value stands in a request: a header, a query parameter, the path or a place in the body,
//! whole or as entries of a list. This one shape covers `sha256=…`, `t=…,v1=…,v1=…`, `v1,… v1,…`,
//! `ts=…;h1=…`, `{time}.{signature}` and Docusign's numbered headers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::body::{BodyPath, InvalidPath};
use crate::request::Request;

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
            Place::Path => request.last_in_path(),
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
mod tests {
    use super::*;

    fn read(field: &str, headers: &[(&str, &str)]) -> Vec<String> {
        let file: FieldFile = serde_json::from_str(field).unwrap();
        let request = Request {
            path: "/s/t%20k".into(),
            query: "signature=ab%2Bc".into(),
            headers: headers.iter().copied().collect(),
            body: br#"{"signature":{"token":"tok"}}"#.to_vec(),
            ..Request::default()
        };
        let params = Params::from([("webhook_id".into(), "w1".into())]);
        match Field::try_from(file).unwrap().read(&request, &params, 4) {
            Found::Missing => vec!["(missing)".into()],
            Found::Malformed => vec!["(malformed)".into()],
            Found::Entries(entries) => entries.into_iter().map(Cow::into_owned).collect(),
        }
    }

    #[test]
    fn a_header_with_a_prefix() {
        let field = r#"{"header":"X-Hub-Signature-256","prefix":["sha256="]}"#;
        assert_eq!(read(field, &[("x-hub-signature-256", "sha256=ab")]), ["ab"]);
        assert!(read(field, &[("x-hub-signature-256", "sha1=ab")]).is_empty());
        assert_eq!(read(field, &[]), ["(missing)"]);
    }

    #[test]
    fn a_list_of_pairs_a_list_of_versions_and_spaces_after_commas() {
        let pairs = r#"{"header":"s","separator":",","prefix":["v1="]}"#;
        assert_eq!(read(pairs, &[("s", "t=1, v1=a,v0=b,v1=c")]), ["a", "c"]);
        let versions = r#"{"header":"s","separator":" ","prefix":["v1,"]}"#;
        assert_eq!(read(versions, &[("s", "v1,a v1a,b v1,c")]), ["a", "c"]);
    }

    #[test]
    fn numbered_headers_query_path_body_and_parameters() {
        let numbered = r#"{"header":"X-DocuSign-Signature-*"}"#;
        let headers = [("x-docusign-signature-2", "b"), ("x-docusign-signature-1", "a")];
        assert_eq!(read(numbered, &headers), ["a", "b"]);
        assert_eq!(read(r#"{"query":"signature"}"#, &[]), ["ab+c"]);
        assert_eq!(read(r#"{"body":"signature.token"}"#, &[]), ["tok"]);
        assert_eq!(read(r#"{"path":true}"#, &[]), ["t%20k", "t k"]);
        assert_eq!(read(r#"{"param":"webhook_id"}"#, &[]), ["w1"]);
        assert_eq!(read(r#"{"param":"other"}"#, &[]), ["(missing)"]);
    }

    #[test]
    fn one_entry_by_its_position() {
        let entry = |at| format!(r#"{{"header":"s","separator":".","entry":{at}}}"#);
        assert_eq!(read(&entry(0), &[("s", "17.ab")]), ["17"]);
        assert_eq!(read(&entry(1), &[("s", "17.ab")]), ["ab"]);
        assert!(read(&entry(2), &[("s", "17.ab")]).is_empty());
    }

    #[test]
    fn in_a_batch_the_same_entry_counts_once() {
        let file: FieldFile = serde_json::from_str(r#"{"body":"v.t"}"#).unwrap();
        let body = format!(r#"{{"v":[{}{{"t":"b"}}]}}"#, r#"{"t":"a"},"#.repeat(9));
        let request = Request { body: body.into(), ..Request::default() };
        let found = Field::try_from(file).unwrap();
        let entries = vec!["a".into(), "b".into()];
        assert_eq!(found.read(&request, &Params::new(), 4), Found::Entries(entries));
    }

    #[test]
    fn too_many_entries_and_forbidden_characters_are_malformed() {
        assert_eq!(
            read(r#"{"header":"s","separator":","}"#, &[("s", "1,2,3,4,5")]),
            ["(malformed)"]
        );
        assert_eq!(read(r#"{"header":"s","forbid":"."}"#, &[("s", "a.b")]), ["(malformed)"]);
    }
}
