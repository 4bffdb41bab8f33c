//! An HTTP request as API Gateway delivers it, unverified.

use std::sync::Arc;
use std::{borrow::Cow, collections::BTreeMap, fmt};

use crate::webhook::body::{Content, ContentCache};

/// An HTTP request. It is verified, and then stored: unchanged, except for
/// [tokens](crate::webhook::scheme::RequestAtRest).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method, upper case.
    pub method: String,
    /// The path as received. An HTTP API has percent-decoded it, a function URL has not.
    pub path: String,
    /// The query string as received, without its `?`. Empty if the URL has no query.
    pub query: String,
    /// The public URL that the provider called, query included. Some providers sign it.
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body's bytes as the provider sent them.
    pub body: Vec<u8>,
    /// What [`content`](Self::content) found out. Empty in a new request.
    pub content: ContentCache,
}

impl Request {
    /// The content of the body, which is found out once.
    pub fn content(&self) -> Arc<Content> {
        self.content.get(self)
    }

    /// The first value of a query parameter, percent-decoded.
    pub fn query_value(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The last segment of a path with several segments, such as the token in `/{source}/{token}`. If
    /// percent-decoding changes it, the decoded form follows, because an HTTP API has decoded the path
    /// already and a function URL has not.
    pub fn last_path_segments(&self) -> Vec<Cow<'_, str>> {
        let last = self.path.trim_start_matches('/').rsplit_once('/').map(|(_, last)| last);
        let Some(last) = last.filter(|last| !last.is_empty()) else { return Vec::new() };
        let decoded = percent_encoding::percent_decode_str(last).decode_utf8().ok();
        let decoded = decoded.filter(|decoded| decoded != last);
        [Some(Cow::Borrowed(last)), decoded].into_iter().flatten().collect()
    }
}

/// Shows names and sizes only: bodies, queries and header values may contain secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &self.headers.0.keys())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Header values by name in lower case. The values of a repeated header are joined by a comma, as in API
/// Gateway's payload format 2.0.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// A header's value, by its name in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A header's name and value, by its name in lower case.
    pub(crate) fn entry(&self, name: &str) -> Option<(&str, &str)> {
        self.0.get_key_value(name).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All headers, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Those for whose name and value `keep` returns true, which is asked in the order of names.
    pub(super) fn filter(mut self, mut keep: impl FnMut(&str, &str) -> bool) -> Self {
        self.0.retain(|name, value| keep(name, value));
        self
    }

    /// The same, with values that can be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        self.0.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    /// Removes a header, by its name in lower case.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The values of `{prefix}1`, `{prefix}2` …, sorted by number.
    pub fn numbered(&self, prefix: &str) -> Vec<&str> {
        let mut found: Vec<(u16, &str)> = self
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.parse().ok()?, value)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, value)| value).collect()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in pairs {
            headers
                .entry(name.as_ref().to_ascii_lowercase())
                .and_modify(|joined| {
                    joined.push(',');
                    joined.push_str(value.as_ref());
                })
                .or_insert_with(|| value.as_ref().to_owned());
        }
        Self(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_headers_are_joined_as_api_gateway_joins_them() {
        let headers: Headers = [("X-Tag", "a"), ("x-tag", "b")].into_iter().collect();
        assert_eq!(headers.get("x-tag"), Some("a,b"));
    }

    #[test]
    fn numbered_headers_are_sorted_by_number() {
        let names =
            [("sig-10", "j"), ("sig-2", "b"), ("sig-1", "a"), ("sig-x", "no"), ("sig-", "no")];
        let headers: Headers = names.into_iter().collect();
        assert_eq!(headers.numbered("sig-"), ["a", "b", "j"]);
    }

    #[test]
    fn debug_shows_neither_body_nor_header_values() {
        let request = Request {
            method: "POST".into(),
            path: "/s".into(),
            query: "token=hunter2".into(),
            url: "https://api.example/s?token=hunter2".into(),
            headers: [("authorization", "hunter2")].into_iter().collect(),
            body: b"hunter2".to_vec(),
            ..Request::default()
        };
        assert!(!format!("{request:?}").contains("hunter2"));
    }
}
