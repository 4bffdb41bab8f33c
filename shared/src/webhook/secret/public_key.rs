//! Decodes public keys from the formats in which providers publish them.

use base64::Engine;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use serde::Deserialize;
use webpki::EndEntityCert;

use super::BASE64_URL;

/// The public key of the first X.509 certificate in a PEM text, or of the first `PUBLIC KEY` if it has no
/// certificate. The result is a SubjectPublicKeyInfo (RFC 5280, 4.1) in DER.
pub(super) fn from_pem(text: &str) -> Option<Vec<u8>> {
    if let Ok(certificate) = CertificateDer::from_pem_slice(text.as_bytes()) {
        let certificate = EndEntityCert::try_from(&certificate).ok()?;
        return Some(certificate.subject_public_key_info().as_ref().to_vec());
    }
    let key = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).ok()?;
    Some(key.as_ref().to_vec())
}

/// A JWK (RFC 7517) for ES256 or RS256 (RFC 7518, 6.2 and 6.3). Private keys and secrets are no public keys, so that none of
/// their parameters is read.
#[derive(Deserialize)]
#[serde(tag = "kty")]
enum Jwk {
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

/// The public key of a JWK. On the curve P-256 it is an uncompressed point of 65 bytes (SEC 1, 2.3.3). For RSA it is a
/// SubjectPublicKeyInfo in DER.
pub(super) fn from_jwk(text: &str) -> Option<Vec<u8>> {
    match serde_json::from_str(text).ok()? {
        Jwk::Ec { crv, x, y } => {
            let (x, y) = (BASE64_URL.decode(x).ok()?, BASE64_URL.decode(y).ok()?);
            let usable = crv == "P-256" && x.len() == 32 && y.len() == 32;
            usable.then(|| [&[4][..], &x, &y].concat())
        }
        Jwk::Rsa { n, e } => rsa_key_info(&BASE64_URL.decode(n).ok()?, &BASE64_URL.decode(e).ok()?),
    }
}

/// The content of an AlgorithmIdentifier for `rsaEncryption` (RFC 8017, A.1), with its tag and length.
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// An RSA key as a SubjectPublicKeyInfo in DER (RFC 8017, A.1.1), from its modulus and exponent in big-endian order. `None`
/// if one of them is zero, or too long for any key.
fn rsa_key_info(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let key = [der_integer(modulus)?, der_integer(exponent)?].concat();
    // A bit string begins with the number of its unused bits.
    let bits = [&[0][..], &der(SEQUENCE, &key)?].concat();
    der(SEQUENCE, &[RSA_ENCRYPTION, &der(BIT_STRING, &bits)?].concat())
}

/// A positive integer in DER: without leading zeros, but with one if its first bit would make it negative.
fn der_integer(big_endian: &[u8]) -> Option<Vec<u8>> {
    let start = big_endian.iter().position(|byte| *byte != 0)?;
    let digits = &big_endian[start..];
    let sign = if digits.first()? & 0x80 == 0 { &[][..] } else { &[0][..] };
    der(INTEGER, &[sign, digits].concat())
}

/// A value in DER, with its tag and its length in one to three bytes (X.690, 8.1.3).
fn der(tag: u8, value: &[u8]) -> Option<Vec<u8>> {
    let [high, low] = u16::try_from(value.len()).ok()?.to_be_bytes();
    let header = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    Some([&header[..], value].concat())
}
