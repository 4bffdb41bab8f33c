use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const TOKEN: &str = "hunter2-&-hunter2";

fn replaced(path: &str, content_type: &str, body: impl AsRef<[u8]>) -> String {
    let headers = [("content-type", content_type)].into_iter().collect();
    let mut request = Request { headers, body: body.as_ref().to_vec(), ..Request::default() };
    BodyPath::parse(path).unwrap().replace(&mut request, &mut |value| format!("<{value}>"));
    String::from_utf8_lossy(&request.body).into_owned()
}

fn in_json(path: &str, body: &str) -> String {
    replaced(path, "application/json", body)
}

#[test]
fn only_the_values_at_the_end_of_the_path_change() {
    let body = " {\"a\" : [ {\"t\":\"x\"}, {\"t\": \"y\" ,\"u\":\"x\"} ],\r\n\"t\":\"x\", \"n\":1.50e+03}\n";
    let expected = body.replace("{\"t\":\"x\"}", "{\"t\":\"<x>\"}").replace("\"y\"", "\"<y>\"");
    assert_eq!(in_json("a.t", body), expected);
    assert_eq!(in_json("b.t", body), body);
}

#[test]
fn every_value_is_found_however_it_is_written() {
    for (path, body, expected) in [
        ("t", r#"{"t":"\u0068\"ü"}"#, r#"{"t":"<h\"ü>"}"#),
        ("t", r#"{"\u0074":"x"}"#, r#"{"\u0074":"<x>"}"#),
        ("t", r#"{"t":"first","t":"last"}"#, r#"{"t":"<first>","t":"<last>"}"#),
        ("t", r#"{"t":["x",["y"],7,true,null]}"#, r#"{"t":["<x>",["<y>"],"<7>","<true>",null]}"#),
        ("t", r#"[[{"t":"x"}]]"#, r#"[[{"t":"<x>"}]]"#),
        ("a || b", r#"{"b":"x","a":"y"}"#, r#"{"b":"<x>","a":"<y>"}"#),
        ("a || a", r#"{"a":"y"}"#, r#"{"a":"<y>"}"#),
        ("a.t", r#"{"a":"{\"t\":\"x\"}"}"#, r#"{"a":"{\"t\":\"<x>\"}"}"#),
        ("t", r#"{"t":"\ud83d"}"#, r#"{"t":"<\\ud83d>"}"#),
        ("t", "\u{feff}{\"t\":\"x\"}", r#"{"t":"<x>"}"#),
    ] {
        assert_eq!(in_json(path, body), expected, "{body}");
    }
}

#[test]
fn json_that_is_nested_too_deeply_ends_the_search() {
    let deep = |depth: usize| format!("{}{{\"t\":\"x\"}}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(in_json("t", &deep(100)).contains("<x>"));
    assert!(!in_json("t", &deep(100_000)).contains("<x>"));
}

#[test]
fn fields_of_forms_are_replaced() {
    let form = "application/x-www-form-urlencoded";
    assert_eq!(replaced("t", form, "a=%20&t=x+y&t=z&t"), "a=%20&t=%3Cx+y%3E&t=%3Cz%3E&t");
    let json = "payload=%7B%22t%22%3A%22x%22%7D&t=x";
    assert_eq!(replaced("payload.t", form, json), "payload=%7B%22t%22%3A%22%3Cx%3E%22%7D&t=x");
    let multipart =
        format!("--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n{TOKEN}\r\n--b--\r\n");
    let expected = multipart.replace(TOKEN, &format!("<{TOKEN}>"));
    assert_eq!(replaced("t", "multipart/form-data; boundary=b", &multipart), expected);
}

#[test]
fn a_long_value_is_replaced_in_xml() {
    let xml = |value: &str| format!("<?xml version=\"1.0\"?><a><t>{value}</t></a>");
    let body = xml(&escape_xml(TOKEN));
    assert_eq!(replaced("a.t", "text/xml", body), xml(&format!("<{TOKEN}>")));
}

#[test]
fn a_body_with_a_content_coding_or_another_encoding_becomes_its_text() {
    let json = r#"{"t":"x"}"#;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(json.as_bytes()).unwrap();
    let utf16: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content_type, coding, body) in [
        ("application/json", "gzip", gzip.finish().unwrap()),
        ("application/json; charset=utf-16le", "identity", utf16),
    ] {
        let headers = [("content-type", content_type), ("content-encoding", coding)];
        let headers = headers.into_iter().collect();
        let mut request = Request { headers, body, ..Request::default() };
        BodyPath::parse("t").unwrap().replace(&mut request, &mut |value| format!("<{value}>"));
        assert_eq!(request.body, br#"{"t":"<x>"}"#);
        assert_eq!(request.headers.get("content-encoding"), None);
        assert_eq!(request.headers.get("content-type"), Some("application/json"));
    }
}
