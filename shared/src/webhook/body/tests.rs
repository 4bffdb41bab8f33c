use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
    Request { headers: headers.iter().copied().collect(), body: body.into(), ..Request::default() }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn json_of(headers: &[(&str, &str)], body: &[u8]) -> Option<String> {
    let request = request(headers, body);
    let content = request.content();
    Some(String::from_utf8(content.json(&request)?.to_vec()).unwrap())
}

const FORM: (&str, &str) = ("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8");

#[test]
fn a_bodys_content_decides_before_its_content_type() {
    assert_eq!(json_of(&[FORM], b"[1]").as_deref(), Some("[1]"));
    let form = request(&[FORM], b"a=x+y").content();
    assert_eq!(form.fields(), Some(&vec![("a".to_owned(), "x y".to_owned())]));
    let json = ("content-type", "application/json");
    assert_eq!(*request(&[json], b"a=x").content().format(), Format::Opaque);
    assert_eq!(*request(&[], b"\0").content().format(), Format::Opaque);
}

#[test]
fn an_encoded_body_is_read_as_what_it_encodes() {
    let coding = ("content-encoding", "gzip");
    assert_eq!(json_of(&[coding], &gzip(b"{\"a\":1}")).as_deref(), Some("{\"a\":1}"));
    let form = request(&[coding, FORM], &gzip(b"a=1")).content();
    assert_eq!(form.fields().unwrap().len(), 1);
    for body in [&b"{}"[..], &gzip(b"{}")[..5]] {
        assert_eq!(*request(&[coding], body).content().format(), Format::NotDecoded);
    }
}

#[test]
fn text_in_other_encodings_is_read() {
    assert_eq!(json_of(&[], "\u{feff}{}".as_bytes()).as_deref(), Some("{}"), "a byte order mark");
    let latin1 = ("content-type", "application/json; charset=iso-8859-1");
    assert_eq!(json_of(&[latin1], b"[\"\xe4\"]").as_deref(), Some("[\"ä\"]"));
    let utf16: Vec<u8> = "\u{feff}[1]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(json_of(&[], &utf16).as_deref(), Some("[1]"));
}

#[test]
fn xml_is_read_as_json() {
    let xml = b"<a><b>1</b></a>";
    let expected = Some("{\"a\":{\"b\":\"1\"}}");
    assert_eq!(json_of(&[("content-type", "text/xml")], xml).as_deref(), expected);
    let declared = b"\n<?xml version=\"1.0\"?><a><b>1</b></a>";
    assert_eq!(json_of(&[], declared), None, "a declaration comes first");
    assert_eq!(json_of(&[], &declared[1..]).as_deref(), expected);
    let latin1 = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>";
    assert_eq!(json_of(&[], latin1).as_deref(), Some("{\"a\":\"ä\"}"));
    assert_eq!(json_of(&[("content-type", "text/html")], xml), None, "HTML");
}

#[test]
fn a_body_is_read_again_only_if_it_changed() {
    let mut request = request(&[], b"[1]");
    let first = request.content();
    assert!(Arc::ptr_eq(&first, &request.content()));
    request.body[1] = b'x';
    assert!(!Arc::ptr_eq(&first, &request.clone().content()));
    request.body = b"[22]".to_vec();
    assert_eq!(request.content().json(&request), Some(&b"[22]"[..]));
    let moved =
        Request { headers: [("content-encoding", "gzip")].into_iter().collect(), ..request };
    assert_eq!(*moved.content().format(), Format::NotDecoded);
}
