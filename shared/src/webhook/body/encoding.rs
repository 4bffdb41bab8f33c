//! Content codings (RFC 9110, 8.4) and character encodings of bodies.

use std::borrow::Cow;
use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::media_type::Charset;

/// The most bytes that a body is decoded to: the largest payload of a Lambda function. A small body that would
/// decode to more (a decompression bomb) costs no more than a large body, and is not looked into.
pub const MAX_DECODED: usize = 6 * 1024 * 1024;
/// The most codings that are undone. Senders apply one.
const MAX_CODINGS: usize = 2;
/// The size of the brotli decoder's input buffer, in bytes.
const BUFFER: usize = 4096;

/// A body without its content codings. `None` if one is not known, if the bytes do not have it, or if they decode
/// to more than [`MAX_DECODED`] bytes.
///
/// `codings` is the value of `Content-Encoding`: codings in the order in which they were applied.
pub(crate) fn decode<'b>(codings: &str, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    let codings = codings.split(',').map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<_> =
        codings.filter(|coding| !coding.is_empty() && coding != "identity").collect();
    if codings.len() > MAX_CODINGS {
        return None;
    }
    let undo = |body: Cow<'b, [u8]>, coding: &String| Some(Cow::Owned(undo(coding, &body)?));
    codings.iter().rev().try_fold(Cow::Borrowed(body), undo)
}

fn undo(coding: &str, body: &[u8]) -> Option<Vec<u8>> {
    match coding {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(body)),
        // The coding is zlib's format. Some senders use raw deflate under that name, as browsers accept it.
        "deflate" => read(ZlibDecoder::new(body)).or_else(|| read(DeflateDecoder::new(body))),
        "br" => read(Decompressor::new(body, BUFFER)),
        _ => None,
    }
}

fn read(decoder: impl Read) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut limited = decoder.take(MAX_DECODED as u64 + 1);
    limited.read_to_end(&mut decoded).ok()?;
    (decoded.len() <= MAX_DECODED).then_some(decoded)
}

/// A body as UTF-8, without a byte order mark (BOM).
///
/// UTF-16 is recognised by its byte order mark or by `charset`. Latin-1 is only assumed if `charset` says so and the
/// bytes are not UTF-8: some servers name it for whatever they send. Any other body is returned unchanged.
pub(super) fn to_utf8(charset: Charset, body: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match (&body[..], charset) {
        ([0xef, 0xbb, 0xbf, ..], _) => without_first(body, 3),
        ([0xff, 0xfe, rest @ ..], _) => from_utf16(rest, u16::from_le_bytes),
        ([0xfe, 0xff, rest @ ..], _) => from_utf16(rest, u16::from_be_bytes),
        (all, Charset::Utf16Le) => from_utf16(all, u16::from_le_bytes),
        (all, Charset::Utf16Be) => from_utf16(all, u16::from_be_bytes),
        (all, Charset::Latin1) if std::str::from_utf8(all).is_err() => {
            let text: String = all.iter().copied().map(char::from).collect();
            Cow::Owned(text.into_bytes())
        }
        _ => body,
    }
}

fn without_first(body: Cow<'_, [u8]>, count: usize) -> Cow<'_, [u8]> {
    match body {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[count..]),
        Cow::Owned(mut bytes) => {
            bytes.drain(..count);
            Cow::Owned(bytes)
        }
    }
}

/// Unpaired surrogates become U+FFFD, as invalid UTF-8 does.
fn from_utf16<'b>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'b, [u8]> {
    let (units, _) = bytes.as_chunks::<2>();
    let units = units.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    Cow::Owned(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    /// `{"a":1}`, compressed by PyPI's Brotli 1.1.
    const BROTLI: &[u8] = b"\x0b\x03\x80{\"a\":1}\x03";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(codings: &str, body: &[u8]) -> Option<Vec<u8>> {
        decode(codings, body).map(Cow::into_owned)
    }

    #[test]
    fn every_coding_is_undone() {
        let json = br#"{"a":1}"#;
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(json).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(json).unwrap();
        for (codings, body) in [
            ("gzip", gzip(json)),
            ("X-GZIP", gzip(json)),
            (" identity , gzip", gzip(json)),
            ("gzip, gzip", gzip(&gzip(json))),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("br", BROTLI.to_vec()),
            ("identity", json.to_vec()),
            ("", json.to_vec()),
        ] {
            assert_eq!(decoded(codings, &body).as_deref(), Some(&json[..]), "{codings}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_not_looked_into() {
        let json = gzip(b"{}");
        assert_eq!(decoded("gzip", &json[..json.len() - 1]), None, "cut off");
        assert_eq!(decoded("gzip", b"{}"), None, "not gzip");
        assert_eq!(decoded("br", &BROTLI[..BROTLI.len() - 2]), None, "cut off");
        assert_eq!(decoded("zstd", b"{}"), None, "unknown");
        assert_eq!(decoded("gzip, gzip, gzip", &gzip(&gzip(&gzip(b"{}")))), None, "too many");
    }

    #[test]
    fn a_decompression_bomb_is_not_decoded() {
        assert!(decoded("gzip", &gzip(&vec![b' '; MAX_DECODED])).is_some());
        assert_eq!(decoded("gzip", &gzip(&vec![b' '; MAX_DECODED + 1])), None);
    }

    #[test]
    fn text_becomes_utf_8() {
        let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(unit).collect()
        };
        for (charset, body) in [
            (Charset::Other, "\u{feff}{\"ä\"}".into()),
            (Charset::Other, "{\"ä\"}".into()),
            (Charset::Latin1, "{\"ä\"}".into()),
            (Charset::Latin1, b"{\"\xe4\"}".to_vec()),
            (Charset::Utf16Le, utf16("{\"ä\"}", u16::to_le_bytes)),
            (Charset::Utf16Be, utf16("{\"ä\"}", u16::to_be_bytes)),
            (Charset::Other, utf16("\u{feff}{\"ä\"}", u16::to_le_bytes)),
            (Charset::Utf16Le, utf16("\u{feff}{\"ä\"}", u16::to_be_bytes)),
        ] {
            assert_eq!(to_utf8(charset, Cow::Borrowed(&body)), "{\"ä\"}".as_bytes(), "{body:?}");
        }
        assert_eq!(*to_utf8(Charset::Other, Cow::Borrowed(b"\xe4")), *b"\xe4");
    }
}
