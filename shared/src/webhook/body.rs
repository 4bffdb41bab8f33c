//! A request's body as providers mean it: JSON, the fields of a form, or something else.

mod mend;
mod path;

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Constraints, Multipart, SizeLimit};
use serde::de::{DeserializeOwned, IgnoredAny};

pub use self::path::{BodyPath, InvalidPath};
use crate::webhook::request::Request;

/// More form fields than any provider sends are no form: a body of nothing but `&` costs nothing.
const MAX_FIELDS: usize = 1000;

/// A body, told apart but not yet read.
pub enum Body<'r> {
    /// JSON, whatever the content type says. Several providers send it as text/plain; and since that
    /// header is rarely signed, it must not decide how a body is read that is.
    Json(&'r [u8]),
    /// The fields of a form or multipart, where the content type says so, files left out.
    Fields(Vec<(Cow<'r, str>, Cow<'r, str>)>),
    /// Neither.
    Opaque,
}

/// Reads JSON that a request's body was found to be. What cannot be read as text, such as half an emoji,
/// is replaced; what cannot be read at all (nested too deep, a number out of range) is none.
pub fn json<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    well_formed(json).or_else(|| serde_json::from_str(&mend::mended(json)).ok())
}

/// Reads JSON that can be read as it is. Whether it is UTF-8 is asked once, which is faster than for each
/// of its texts.
pub(crate) fn well_formed<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(json).ok()?).ok()
}

/// A content type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a content type says that a body is JSON.
pub fn says_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    essence.ends_with("/json") || essence.ends_with("+json")
}

impl<'r> Body<'r> {
    /// Tells what a request's body is. Allocates nothing for JSON.
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

/// A form is text: all else is percent-encoded.
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
    // The whole body is at hand, so that nothing is ever waited for.
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
    fn what_a_body_is_decides_before_what_it_is_called() {
        let json = vec![("json".to_owned(), "[1]".to_owned())];
        assert_eq!(fields("application/x-www-form-urlencoded", "[1]"), Some(json));
        let form = vec![("a".to_owned(), "x y".to_owned())];
        assert_eq!(fields("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=x+y"), Some(form));
        assert_eq!(fields("application/json", "a=x"), None);
        assert_eq!(fields("", "\u{0}"), None);
    }

    #[test]
    fn a_content_type_says_json_whatever_stands_around_it() {
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
    fn a_thousand_fields_are_no_form() {
        let form = "application/x-www-form-urlencoded";
        assert!(fields(form, &"a=1&".repeat(MAX_FIELDS - 1)).is_some());
        assert_eq!(fields(form, &"&".repeat(MAX_FIELDS)), None);
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        let body = part.repeat(MAX_FIELDS + 1) + "--b--\r\n";
        assert_eq!(fields("multipart/form-data; boundary=b", &body), None);
    }
}
