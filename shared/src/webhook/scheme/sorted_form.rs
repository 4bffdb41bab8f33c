//! URL-encoded forms as signed contents: names and values, sorted.

use crate::webhook::body::Fields;
use crate::webhook::request::Request;

/// The fields of a URL-encoded form; none if the body is empty. `None` if the body is anything else: a signature over the
/// fields would not cover it.
pub(super) fn fields(request: &Request) -> Option<Fields> {
    if request.body.is_empty() {
        return Some(Fields::new());
    }
    request.content().fields().filter(|_| !is_multipart(request)).cloned()
}

/// Whether the body is a multipart form, whose files the signature would not cover.
fn is_multipart(request: &Request) -> bool {
    let content_type = request.headers.get("content-type");
    content_type.is_some_and(|value| value.trim_start().starts_with(['m', 'M']))
}

/// Names and values without separators, sorted by name. Values of the same name keep their order. Empty if the body is
/// not a URL-encoded form.
pub(super) fn sorted_by_name(request: &Request) -> String {
    let mut fields = fields(request).unwrap_or_default();
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    join(&fields)
}

/// Names and values without separators.
pub(super) fn join(fields: &Fields) -> String {
    fields.iter().flat_map(|(name, value)| [&name[..], &value[..]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(content_type: &str, body: &[u8]) -> Option<String> {
        let headers = [("Content-Type", content_type)].into_iter().collect();
        let request = Request { headers, body: body.to_vec(), ..Request::default() };
        fields(&request).map(|_| sorted_by_name(&request))
    }

    #[test]
    fn a_form_is_sorted_by_name_and_values_of_a_name_keep_their_order() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(sorted(form, b"b=2&a=%5B1+2%5D&b=1").as_deref(), Some("a[1 2]b2b1"));
        assert_eq!(sorted(form, b"").as_deref(), Some(""));
    }

    #[test]
    fn another_body_is_no_form() {
        assert_eq!(sorted("application/json", b"{}"), None);
        assert_eq!(sorted("application/x-www-form-urlencoded", b"{}"), None, "it is JSON");
        let multipart = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
        assert_eq!(sorted("multipart/form-data; boundary=b", multipart), None);
    }
}
