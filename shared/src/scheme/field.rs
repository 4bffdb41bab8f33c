//! Where a value stands in a request: a header, a query parameter or a place in the body, whole or as
//! entries of a list. This one shape covers `sha256=…`, `t=…,v1=…,v1=…`, `v1,… v1,…`, `ts=…;h1=…`
//! and Docusign's numbered headers.

use std::borrow::Cow;

use serde::Deserialize;

use crate::document;
use crate::expression::Expression;
use crate::request::Request;

/// A place in a request, and how values are written there.
#[derive(Clone, Debug)]
pub struct Field {
    place: Place,
    separator: Option<String>,
    prefixes: Vec<String>,
    forbid: String,
}

#[derive(Clone, Debug)]
enum Place {
    Header(String),
    /// `x-docusign-signature-*`: the header's name up to its number.
    NumberedHeader(String),
    Query(String),
    Body(Expression),
}

/// A field as written in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFile {
    /// A header's name, in any case; a `*` at its end stands for a number.
    pub(super) header: Option<String>,
    /// A query parameter's name.
    pub(super) query: Option<String>,
    /// A JMESPath expression over the body (JSON, or a form's fields).
    pub(super) body: Option<String>,
    /// What parts a list into entries; without it the whole value is the one entry. White space
    /// around an entry does not belong to it.
    pub(super) separator: Option<String>,
    /// An entry counts only if it starts with one of these, which is then taken off.
    pub(super) prefix: Option<Vec<String>>,
    /// Characters that no value may contain, because the signed content uses them as separators.
    pub(super) forbid: Option<String>,
}

/// Why a field cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidField {
    /// No place, or more than one.
    #[error("exactly one of header, query and body must be given")]
    Place,
    /// The expression over the body is wrong.
    #[error("body: {0}")]
    Body(#[from] crate::expression::ExpressionError),
    /// An empty separator would split between all characters.
    #[error("separator: must not be empty")]
    Separator,
}

impl TryFrom<FieldFile> for Field {
    type Error = InvalidField;

    fn try_from(file: FieldFile) -> Result<Self, Self::Error> {
        let place = match (file.header, file.query, file.body) {
            (Some(header), None, None) => header_place(&header.to_ascii_lowercase()),
            (None, Some(query), None) => Place::Query(query),
            (None, None, Some(body)) => Place::Body(Expression::compile(&body)?),
            _ => return Err(InvalidField::Place),
        };
        if file.separator.as_deref() == Some("") {
            return Err(InvalidField::Separator);
        }
        Ok(Self {
            place,
            separator: file.separator,
            prefixes: file.prefix.unwrap_or_default(),
            forbid: file.forbid.unwrap_or_default(),
        })
    }
}

fn header_place(name: &str) -> Place {
    match name.strip_suffix('*') {
        Some(stem) => Place::NumberedHeader(stem.to_owned()),
        None => Place::Header(name.to_owned()),
    }
}

/// What a request has at a field's place.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'r> {
    /// Nothing stands there.
    Missing,
    /// Something stands there, and these entries of it count: none, if all have another prefix.
    Entries(Vec<Cow<'r, str>>),
    /// More than `limit` entries count, or one has a forbidden character.
    Malformed,
}

impl Field {
    /// Reads the field from a request, giving up beyond `limit` entries.
    pub fn read<'r>(&self, request: &'r Request, limit: usize) -> Found<'r> {
        let values = self.values(request);
        if values.is_empty() {
            return Found::Missing;
        }
        let mut entries = Vec::new();
        for value in values {
            for entry in self.entries(value) {
                if entries.len() == limit || entry.contains(|c| self.forbid.contains(c)) {
                    return Found::Malformed;
                }
                entries.push(entry);
            }
        }
        Found::Entries(entries)
    }

    /// Whether it stands in the body, which a signature covers.
    pub fn is_in_body(&self) -> bool {
        matches!(self.place, Place::Body(_))
    }

    /// The place in words, for an operator.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::Header(name) => format!("header {name}"),
            Place::NumberedHeader(stem) => format!("headers {stem}1, {stem}2 …"),
            Place::Query(name) => format!("query parameter {name}"),
            Place::Body(expression) => format!("body {expression:?}"),
        }
    }

    fn values<'r>(&self, request: &'r Request) -> Vec<Cow<'r, str>> {
        match &self.place {
            Place::Header(name) => {
                request.headers.get(name).map(Cow::Borrowed).into_iter().collect()
            }
            Place::NumberedHeader(stem) => {
                request.headers.numbered(stem).into_iter().map(Cow::Borrowed).collect()
            }
            Place::Query(name) => request.query_value(name).into_iter().collect(),
            Place::Body(expression) => document::body(request)
                .and_then(|body| expression.find_text(&body))
                .map(Cow::Owned)
                .into_iter()
                .collect(),
        }
    }

    fn entries<'r>(&self, value: Cow<'r, str>) -> Vec<Cow<'r, str>> {
        let Some(separator) = &self.separator else {
            return self.strip(value).into_iter().collect();
        };
        match value {
            Cow::Borrowed(list) => {
                list.split(separator).filter_map(|e| self.strip(Cow::Borrowed(e.trim()))).collect()
            }
            Cow::Owned(list) => list
                .split(separator)
                .filter_map(|e| self.strip(Cow::Owned(e.trim().to_owned())))
                .collect(),
        }
    }

    fn strip<'r>(&self, entry: Cow<'r, str>) -> Option<Cow<'r, str>> {
        if self.prefixes.is_empty() {
            return Some(entry);
        }
        let strip = |prefix: &String| entry.strip_prefix(prefix.as_str()).map(str::len);
        let kept = self.prefixes.iter().find_map(strip)?;
        Some(match entry {
            Cow::Borrowed(entry) => Cow::Borrowed(&entry[entry.len() - kept..]),
            Cow::Owned(entry) => Cow::Owned(entry[entry.len() - kept..].to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str, headers: &[(&str, &str)]) -> Vec<String> {
        let file: FieldFile = serde_json::from_str(field).unwrap();
        let request = Request {
            method: "POST".into(),
            path: "/s".into(),
            query: "signature=ab%2Bc".into(),
            headers: headers.iter().copied().collect(),
            body: br#"{"signature":{"token":"tok"}}"#.to_vec(),
        };
        match Field::try_from(file).unwrap().read(&request, 4) {
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
    fn numbered_headers_query_and_body() {
        let numbered = r#"{"header":"X-DocuSign-Signature-*"}"#;
        let headers = [("x-docusign-signature-2", "b"), ("x-docusign-signature-1", "a")];
        assert_eq!(read(numbered, &headers), ["a", "b"]);
        assert_eq!(read(r#"{"query":"signature"}"#, &[]), ["ab+c"]);
        assert_eq!(read(r#"{"body":"signature.token"}"#, &[]), ["tok"]);
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
