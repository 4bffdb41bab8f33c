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

/// A JWK for ES256 (RFC 7517; RFC 7518, 6.2).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

/// The public key of a JWK on the curve P-256, as an uncompressed point of 65 bytes (SEC 1, 2.3.3).
pub(super) fn from_jwk(text: &str) -> Option<Vec<u8>> {
    let Jwk { kty, crv, x, y } = serde_json::from_str(text).ok()?;
    let (x, y) = (BASE64_URL.decode(x).ok()?, BASE64_URL.decode(y).ok()?);
    let usable = kty == "EC" && crv == "P-256" && x.len() == 32 && y.len() == 32;
    usable.then(|| [&[4][..], &x, &y].concat())
}
