//! Hostile bodies.

use crate::case::{LARGEST, SIGNATURE_IN_BODY, body_parsing_cases, case_of, cases, first_cases};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A smaller size for tests of many combinations, in bytes. It is large enough to reveal quadratic time or
/// memory.
const LARGE: usize = 1 << 19;

/// `start` and `end` with as many repetitions of `text` between them as fit into `size` bytes.
pub(crate) fn filled(size: usize, start: &str, text: &str, end: &str) -> String {
    let times = (size - start.len() - end.len()) / text.len();
    format!("{start}{}{end}", text.repeat(times))
}

/// Every case without a token refuses the body with each of the content types.
fn assert_refused(types: &[&str], body: &[u8]) {
    for case in cases().iter().filter(|case| !case.has_token()) {
        types.iter().for_each(|content_type| case.refuses(case.sending(content_type, body)));
    }
}

#[test]
fn a_body_that_is_not_utf_8() {
    assert_refused(&["", JSON, FORM, MULTIPART], &[0xff, 0xfe, 0x80].repeat(1000));
}

#[test]
fn a_null_byte_in_the_body() {
    for case in cases() {
        let content_type = case.request.headers.get("content-type").unwrap_or_default();
        let request = case.sending(content_type, [b"\0", &case.request.body[..]].concat());
        assert!(case.measure(request).is_err() || !case.covers_body(), "{}", case.name);
    }
}

#[test]
fn a_form_labelled_json_and_json_labelled_a_form() {
    assert_refused(&[JSON, MULTIPART], b"signature=a&timestamp=1700000000&token=b&json=%7B%7D");
    assert_refused(&[FORM, MULTIPART], br#"{"signature":"a","timestamp":1700000000,"token":"b"}"#);
}

#[test]
fn gzip_labelled_json() {
    // The output of `echo {} | gzip`, shortened.
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xab, 0xae, 0xe5, 0x02, 0]].concat();
    assert_refused(&[JSON, FORM], &gzip);
}

#[test]
fn multipart_without_a_boundary_or_without_an_end() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n";
    let endless = format!("multipart/form-data; boundary={}", "b".repeat(100_000));
    let types = ["multipart/form-data", "multipart/form-data; boundary=", &endless, MULTIPART];
    assert_refused(&types, part.as_bytes());
    for case in body_parsing_cases() {
        for (start, text) in [(part, "b"), (part, "\r\n--"), ("--b", "\r"), ("--b\r\n", "a: b\r\n")]
        {
            case.withstands(case.sending(MULTIPART, filled(LARGEST, start, text, "")));
        }
    }
}

#[test]
fn multipart_of_very_many_parts() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for case in body_parsing_cases() {
        for value in ["", &"b".repeat(8000)] {
            let parts = filled(LARGEST, "", &format!("{part}{value}\r\n"), "--b--\r\n");
            case.withstands(case.sending(MULTIPART, parts));
        }
    }
}

#[test]
fn the_largest_form_of_nothing_but_separators() {
    for case in body_parsing_cases() {
        for text in ["&", "a=1&", "=&"] {
            case.withstands(case.sending(FORM, filled(LARGEST, "", text, "")));
        }
    }
}

#[test]
fn the_most_fields_of_a_form_with_large_values() {
    for text in ["a", "%41", "%", "é", "+"] {
        let value = text.repeat(LARGE / text.len() / 999);
        let form: String = (0..999).map(|number| format!("{number}={value}&")).collect();
        for case in body_parsing_cases() {
            case.withstands(case.sending(FORM, form.clone()));
            case.withstands(case.sending(FORM, filled(LARGE, "a=", text, "")));
        }
    }
}

#[test]
fn ten_thousand_parameters_for_twilio() {
    let case = case_of("twilio");
    let form: String = (0..10_000).map(|number| format!("name{number}=value{number}&")).collect();
    case.refuses(case.sending(FORM, form));
}

#[test]
fn json_of_100_000_brackets() {
    for case in first_cases().filter(|case| !case.has_token()) {
        for text in ["[", "{\"a\":", "[[[[[[[[]]]]]]]],"] {
            case.refuses(case.sending(JSON, text.repeat(100_000)));
        }
        let closed = "[".repeat(100_000) + &"]".repeat(100_000);
        case.refuses(case.sending(JSON, closed));
    }
}

/// Strings that are JSON are parsed, but not strings within them: each level could nest as deeply again.
#[test]
fn json_in_lists_in_strings_in_lists() {
    let mut body = "1".to_owned();
    while body.len() < LARGEST / 2 {
        let string = serde_json::to_string(&body).unwrap();
        body = format!("{}{string}{}", "[".repeat(120), "]".repeat(120));
    }
    for case in body_parsing_cases() {
        case.withstands(case.sending(JSON, body.clone()));
    }
}

#[test]
fn the_largest_json_of_zeros_and_of_empty_objects() {
    for case in SIGNATURE_IN_BODY.into_iter().map(case_of) {
        for (start, text, end) in [("[", "0,", "0]"), ("{\"a\":[", "{},", "{}]}")] {
            case.refuses(case.sending(JSON, filled(LARGEST, start, text, end)));
        }
    }
}

#[test]
fn json_of_very_many_small_values() {
    for case in body_parsing_cases() {
        for (start, text, end) in [
            ("[", "{},", "{}]"),
            ("{", "\"a\":0,", "\"a\":0}"),
            ("[", "\"\",", "\"\"]"),
            ("[", "\"[]\",", "0]"),
            ("[", "\"{\",", "0]"),
            ("\"", "\\\"", "\""),
            ("\"[", "\\u0041", "\""),
        ] {
            case.withstands(case.sending(JSON, filled(LARGE, start, text, end)));
        }
    }
}

/// The fields that verification reads occur in every item, or have a list of values in place of one.
#[test]
fn the_largest_json_of_fields_that_are_read() {
    let adyen = r#"{"NotificationRequestItem":{"additionalData":{"hmacSignature":"AAAA"}}},"#;
    for (name, start, text, end) in [
        ("microsoft-graph", r#"{"value":["#, r#"{"clientState":"a"},"#, "0]}"),
        ("microsoft-graph", r#"{"value":["#, r#""{\"clientState\":1}","#, "0]}"),
        ("microsoft-graph", r#"{"value":[{"clientState":["#, "0,", "0]}]}"),
        ("microsoft-graph", r#"{"value":[{"clientState":""#, "a", "\"}]}"),
        ("microsoft-graph", r#"{"value":[{"clientState":""#, "\\u0041", "\"}]}"),
        ("adyen", r#"{"notificationItems":["#, adyen, "0]}"),
        ("adyen", r#"{"notificationItems":["#, &adyen.replace("AAAA", ""), "0]}"),
        ("mailgun", r#"{"signature":["#, "0,", "0]}"),
        ("mailgun", r#"{"signature":{"signature":"0","token":"0","timestamp":["#, "0,", "0]}}"),
        ("mailgun", r#"{"signature":{"signature":"0","timestamp":"0","token":""#, "a", "\"}}"),
        ("mailgun", r#"{"signature":{"signature":""#, "a", "\",\"timestamp\":0,\"token\":0}}"),
        ("aws-sns", r#"{"Signature":["#, "0,", "0]}"),
        ("aws-sns", r#"{"Signature":""#, "A", "\"}"),
        ("aws-sns", r#"{"Signature":"A","#, r#""Signature":"A","#, r#""Type":0}"#),
        ("linear", r#"{"webhookTimestamp":["#, "0,", "0]}"),
        ("linear", r#"{"webhookTimestamp":"#, "0", "0}"),
        ("dropbox-sign", r#"{"json":{"event":{"event_hash":["#, "0,", "0]}}}"),
        ("slack", r#"{"type":["#, "0,", "0]}"),
        ("slack", r#"{"type":"url_verification","challenge":""#, "a", "\"}"),
        ("xero", r#"{"events":["#, r#"{"resourceId":0},"#, "0]}"),
        ("zoom", r#"{"event":"endpoint.url_validation","payload":{"plainToken":""#, "a", "\"}}"),
    ] {
        let case = case_of(name);
        case.refuses(case.sending(JSON, filled(LARGEST, start, text, end)));
    }
}

/// More items than the limit, each with a signature of its own.
#[test]
fn ten_thousand_items_of_a_batch() {
    let adyen = |number: usize| {
        let data = format!(r#"{{"additionalData":{{"hmacSignature":"{number:044}"}}}}"#);
        format!(r#"{{"NotificationRequestItem":{data}}}"#)
    };
    let graph = |number: usize| format!(r#"{{"clientState":"{number}"}}"#);
    for (name, list, item) in [
        ("adyen", "notificationItems", &adyen as &dyn Fn(usize) -> String),
        ("microsoft-graph", "value", &graph),
    ] {
        let case = case_of(name);
        for count in [33, 4096, 10_000] {
            let items: Vec<_> = (0..count).map(item).collect();
            let body = format!(r#"{{"{list}":[{}]}}"#, items.join(","));
            case.refuses(case.sending(JSON, body));
        }
    }
}
