//! The content of a request's body: JSON, the fields of a form, or something else.

mod path;
mod repair;

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Constraints, Multipart, SizeLimit};
use serde::de::{DeserializeOwned, IgnoredAny};

pub use self::path::{BodyPath, InvalidPath};
use crate::webhook::request::Request;

/// A body with more fields than this is not read as a form: parsing a body of nothing but `&` would cost
/// memory.
const MAX_FIELDS: usize = 1000;

/// A body whose form is known and whose content is not parsed yet.
pub enum Body<'r> {
    /// JSON, whatever the content type says. Several providers send it as text/plain. The header is rarely
    /// signed, so it must not decide how a signed body is read.
    Json(&'r [u8]),
    /// The fields of a URL-encoded or multipart form, by name and value, if the content type names one. Files
    /// are left out.
    Fields(Vec<(Cow<'r, str>, Cow<'r, str>)>),
    /// Anything else.
    Opaque,
}

/// Parses a body that is JSON. Invalid UTF-8 and unpaired surrogates, such as half an emoji, are replaced by
/// U+FFFD. Returns `None` if it cannot be parsed even so: nested too deeply, or a number out of range.
pub fn json<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    parse_well_formed(json).or_else(|| serde_json::from_str(&repair::repair_surrogates(json)).ok())
}

/// Parses JSON without repairing it. Checks the whole text for UTF-8 once, which is faster than checking each
/// string.
pub(crate) fn parse_well_formed<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(json).ok()?).ok()
}

/// The media type of a `Content-Type` value: without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a `Content-Type` value names JSON: `…/json` or `…+json`.
pub fn says_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

impl<'r> Body<'r> {
    /// Finds out what a request's body is. Allocates nothing for JSON.
    pub fn of(request: &'r Request) -> Self {
        if serde_json::from_slice::<IgnoredAny>(&request.body).is_ok() {
            return Self::Json(&request.body);
        }
        let content_type = request.headers.get("content-type").unwrap_or_default();
        let fields = match &essence(content_type)[..] {
            "application/x-www-form-urlencoded" => form(&request.body),
            "multipart/form-data" => multipart(content_type, &request.body),
            _ => None,
        };
        fields.map_or(Self::Opaque, Self::Fields)
    }
}

/// The fields of a URL-encoded form, which is UTF-8: any other byte in it is percent-encoded.
fn form(encoded: &[u8]) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    std::str::from_utf8(encoded).ok()?;
    let separators = encoded.iter().filter(|byte| **byte == b'&').count();
    (separators < MAX_FIELDS).then(|| url::form_urlencoded::parse(encoded).collect())
}

fn multipart<'r>(content_type: &str, body: &[u8]) -> Option<Vec<(Cow<'r, str>, Cow<'r, str>)>> {
    let boundary = multer::parse_boundary(content_type).ok()?;
    let whole = stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(body))]);
    let limit = SizeLimit::new().whole_stream(body.len() as u64);
    let parts = Multipart::with_constraints(whole, boundary, Constraints::new().size_limit(limit));
    // The whole body is in memory, so the future is ready at once.
    fields(parts).now_or_never()?
}

async fn fields<'r>(mut parts: Multipart<'_>) -> Option<Vec<(Cow<'r, str>, Cow<'r, str>)>> {
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.ok()?;
        if fields.len() == MAX_FIELDS {
            return None;
        }
        if let (false, Ok(text)) = (is_file, std::str::from_utf8(&bytes)) {
            fields.push((name.into(), text.to_owned().into()));
        }
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(content_type: &str, body: &str) -> Option<Vec<(String, String)>> {
        let request = Request {
            headers: [("content-type", content_type)].into_iter().collect(),
            body: body.into(),
            ..Request::default()
        };
        match Body::of(&request) {
            Body::Json(_) => Some(vec![("json".into(), body.into())]),
            Body::Fields(fields) => {
                Some(fields.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
            }
            Body::Opaque => None,
        }
    }

    #[test]
    fn a_bodys_content_decides_before_its_content_type() {
        let json = vec![("json".to_owned(), "[1]".to_owned())];
        assert_eq!(fields("application/x-www-form-urlencoded", "[1]"), Some(json));
        let form = vec![("a".to_owned(), "x y".to_owned())];
        assert_eq!(fields("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=x+y"), Some(form));
        assert_eq!(fields("application/json", "a=x"), None);
        assert_eq!(fields("", "\u{0}"), None);
    }

    #[test]
    fn json_content_types_are_recognised_with_parameters_and_in_any_case() {
        for json in
            ["application/json", "Application/JSON; charset=utf-8", "a/vnd.b+json", "text/json"]
        {
            assert!(says_json(json), "{json}");
        }
        for other in ["", "json", "application/jsonl", "text/plain; a=/json", "application/json5"] {
            assert!(!says_json(other), "{other}");
        }
    }

    #[test]
    fn multipart_fields_are_read_and_files_are_not() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nbytes\r\n--b--\r\n";
        let json = vec![("json".to_owned(), "{}".to_owned())];
        assert_eq!(fields("multipart/form-data; boundary=b", body), Some(json));
        assert_eq!(fields("multipart/form-data", body), None, "no boundary");
        assert_eq!(fields("multipart/form-data; boundary=b", &body[..40]), None, "cut off");
    }

    #[test]
    fn a_body_with_too_many_fields_is_not_read_as_a_form() {
        let form = "application/x-www-form-urlencoded";
        assert!(fields(form, &"a=1&".repeat(MAX_FIELDS - 1)).is_some());
        assert_eq!(fields(form, &"&".repeat(MAX_FIELDS)), None);
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        let body = part.repeat(MAX_FIELDS + 1) + "--b--\r\n";
        assert_eq!(fields("multipart/form-data; boundary=b", &body), None);
    }
}
