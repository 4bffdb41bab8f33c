//! Hostile bodies in a content coding, in XML, in UTF-16, or of very many files. Any sender may label a body as it
//! likes, so that every provider gets each of them.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::bodies::filled;
use crate::case::{Case, LARGEST, body_parsing_cases, first_cases};

const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// The largest body that Lambda accepts if API Gateway encodes it as base64, in bytes.
const LARGEST_BINARY: usize = 4_400_000;
/// 64 MiB of the digit 0, compressed by PyPI's Brotli 1.1.
const BROTLI_BOMB: &str = "cbffff3ff82560e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3ffeffff\
    c12f0110870500baf77ffcffff835f02200e0b0074effff8ffff07bf04401c1600e8defff1ffff0f7e0980382c00d0bdffe3ffff1ffc12\
    00715800a07bff37";

/// Every provider refuses the body within the limits.
fn is_bounded(headers: &[(&str, &str)], body: &[u8]) {
    first_cases().for_each(|case| is_bounded_in(case, headers, body));
}

/// The same of the providers for which an unverified body is parsed. The others only compute a signature over it.
fn is_bounded_if_read(headers: &[(&str, &str)], body: &[u8]) {
    body_parsing_cases().for_each(|case| is_bounded_in(case, headers, body));
}

fn is_bounded_in(case: Case, headers: &[(&str, &str)], body: &[u8]) {
    let case = headers.iter().fold(case, Case::with_header);
    case.withstands(case.with_body(body));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn multipart_of_86_000_files() {
    let part = "--b\r\nContent-Disposition: form-data; filename=a\r\n\r\n";
    let body = filled(LARGEST_BINARY, "", part, "--b--\r\n");
    assert!(body.len() / part.len() > 85_000);
    is_bounded(&[("content-type", "multipart/form-data; boundary=b")], body.as_bytes());
}

#[test]
fn a_decompression_bomb() {
    let zeros = vec![b'0'; 64 << 20];
    let bomb = gzip(&zeros);
    is_bounded(&[("content-type", JSON), ("content-encoding", "gzip")], &bomb);
    is_bounded(&[("content-type", JSON), ("content-encoding", "gzip, gzip")], &gzip(&bomb));
    is_bounded(&[("content-type", JSON), ("content-encoding", "deflate")], &deflate(&zeros));
    let brotli = hex::decode(BROTLI_BOMB).unwrap();
    is_bounded(&[("content-type", JSON), ("content-encoding", "br")], &brotli);
}

#[test]
fn gzip_of_very_many_members_that_are_empty() {
    let member = gzip(b"");
    let body = member.repeat(LARGEST_BINARY / member.len());
    is_bounded(&[("content-type", JSON), ("content-encoding", "gzip")], &body);
}

#[test]
fn a_body_that_decodes_to_the_largest_json() {
    let headers = [("content-type", JSON), ("content-encoding", "gzip")];
    let gzipped = |start, text, end| gzip(filled(LARGEST, start, text, end).as_bytes());
    is_bounded(&headers, &gzipped("[", "0,", "0]"));
    is_bounded_if_read(&headers, &gzipped("{\"a\":[", "{},", "{}]}"));
    is_bounded_if_read(&headers, &gzipped("\"", "\\ud83d", ""));
}

#[test]
fn xml_of_very_many_attributes_namespaces_or_levels() {
    let headers = [("content-type", XML)];
    is_bounded(&headers, filled(LARGEST, "", "<a>", "").as_bytes());
    let numbered = |of: &dyn Fn(usize) -> String| -> String { (0..100_000).map(of).collect() };
    let attributes = numbered(&|number| format!(" a{number}=''"));
    let namespaces = numbered(&|number| format!(" xmlns:a{number}='u'"));
    is_bounded_if_read(&headers, format!("<a{attributes}/>").as_bytes());
    is_bounded_if_read(&headers, format!("<a{namespaces}/>").as_bytes());
    for (start, text, end) in [
        ("<a>", "<a xmlns='u' b='1'>", ""),
        ("<a>", "<b/>", "</a>"),
        ("<a>", "<b c='' d='' e=''/>", "</a>"),
        ("<a>", "&amp;", "</a>"),
        ("<a>", "\"", "</a>"),
        ("<a b='", "&#10;", "'/>"),
        ("<a>", "=", "</a>"),
        ("<a>", "<!---->", "</a>"),
        ("<a>", "<![CDATA[]]>", "</a>"),
        ("<a ", "xmlns", "/>"),
    ] {
        is_bounded_if_read(&headers, filled(LARGEST, start, text, end).as_bytes());
    }
}

/// XML that is read, because it has just as many elements and attributes as may be.
#[test]
fn xml_of_the_most_elements_and_attributes() {
    let headers = [("content-type", XML)];
    let elements = |count: usize, element: &str| format!("<a>{}</a>", element.repeat(count));
    is_bounded_if_read(&headers, elements(199_000, "<b/>").as_bytes());
    is_bounded_if_read(&headers, elements(149_000, "<b c='\"'/>").as_bytes());
    is_bounded_if_read(&headers, elements(99_000, "<b>1</b>").as_bytes());
    is_bounded_if_read(&headers, elements(70_000, "<b c=''>1</b>").as_bytes());
    let named: String = (0..199_000).map(|number| format!("<b{number}/>")).collect();
    is_bounded_if_read(&headers, format!("<a>{named}</a>").as_bytes());
}

#[test]
fn utf_16_of_5_mb() {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let of = |text: &str| {
        let unit = utf16(text);
        [utf16("\u{feff}"), unit.repeat(5_000_000 / unit.len())].concat()
    };
    is_bounded(&[("content-type", JSON)], &of("\u{6f22}"));
    for text in ["[0,", "<a>", "\u{1f600}"] {
        is_bounded_if_read(&[("content-type", JSON)], &of(text));
    }
    let unpaired = 0xd83d_u16.to_be_bytes().repeat(2_500_000);
    is_bounded_if_read(&[("content-type", "application/json; charset=utf-16")], &unpaired);
    let latin = b"\xe9".repeat(5_000_000);
    is_bounded_if_read(&[("content-type", "text/plain; charset=iso-8859-1")], &latin);
}
