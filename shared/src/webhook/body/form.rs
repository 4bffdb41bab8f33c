//! The fields of a form: URL-encoded or multipart.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Constraints, Multipart, SizeLimit};

/// A body with more fields than this is not read as a form: parsing a body of nothing but `&` would cost
/// memory. Files count as well, since skipping them takes as long.
pub(super) const MAX_FIELDS: usize = 1000;

/// The fields of a form, by name and value, in their order.
pub type Fields = Vec<(String, String)>;

/// The fields of a URL-encoded form, which is UTF-8: any other byte in it is percent-encoded. `None` if it is not a
/// form, or has too many fields.
pub(super) fn url_encoded(encoded: &[u8]) -> Option<Fields> {
    std::str::from_utf8(encoded).ok()?;
    let separators = encoded.iter().filter(|byte| **byte == b'&').count();
    let fields = || url::form_urlencoded::parse(encoded);
    (separators < MAX_FIELDS)
        .then(|| fields().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

/// The fields of a multipart form (RFC 7578). Files are left out. `None` if it is not a form, or has too many parts.
pub(super) fn multipart(content_type: &str, body: &[u8]) -> Option<Fields> {
    let boundary = multer::parse_boundary(content_type).ok()?;
    let whole = stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(body))]);
    let limit = SizeLimit::new().whole_stream(body.len() as u64);
    let parts = Multipart::with_constraints(whole, boundary, Constraints::new().size_limit(limit));
    // The whole body is in memory, so the future is ready at once.
    fields(parts).now_or_never()?
}

async fn fields(mut parts: Multipart<'_>) -> Option<Fields> {
    let (mut fields, mut count) = (Fields::new(), 0);
    while let Some(part) = parts.next_field().await.ok()? {
        count += 1;
        if count > MAX_FIELDS {
            return None;
        }
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.ok()?;
        if let (false, Ok(text)) = (is_file, std::str::from_utf8(&bytes)) {
            fields.push((name, text.to_owned()));
        }
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM_DATA: &str = "multipart/form-data; boundary=b";

    #[test]
    fn multipart_fields_are_read_and_files_are_not() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{}\r\n\
            --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nbytes\r\n--b--\r\n";
        assert_eq!(multipart(FORM_DATA, body), Some(vec![("json".into(), "{}".into())]));
        assert_eq!(multipart("multipart/form-data", body), None, "no boundary");
        assert_eq!(multipart(FORM_DATA, &body[..40]), None, "cut off");
    }

    #[test]
    fn a_body_with_too_many_fields_or_files_is_not_read_as_a_form() {
        assert!(url_encoded("a=1&".repeat(MAX_FIELDS - 1).as_bytes()).is_some());
        assert_eq!(url_encoded("&".repeat(MAX_FIELDS).as_bytes()), None);
        for part in ["name=\"a\"", "name=\"a\"; filename=\"f\""] {
            let part = format!("--b\r\nContent-Disposition: form-data; {part}\r\n\r\n1\r\n");
            let of = |count| part.repeat(count) + "--b--\r\n";
            assert!(multipart(FORM_DATA, of(MAX_FIELDS).as_bytes()).is_some());
            assert_eq!(multipart(FORM_DATA, of(MAX_FIELDS + 1).as_bytes()), None, "{part}");
        }
    }
}
