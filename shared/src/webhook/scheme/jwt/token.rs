//! The compact form of a JWT (RFC 7515, 3.1): header, claims and signature in base64url, joined by dots.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use crate::webhook::scheme::algorithm::Algorithm;

/// The longest JWT, in bytes. API Gateway accepts 10,240 bytes of headers; the longest JWTs of providers have about
/// 2,000.
const MAX_JWT: usize = 8192;
/// The longest header of a JWT, in characters of base64url. Providers' headers have about 120.
const MAX_HEADER: usize = 1024;

/// A JWT whose signature is not verified yet.
pub(super) struct Token<'t> {
    /// What is signed: the header and the claims as they are written.
    pub(super) signed: &'t str,
    pub(super) signature: Vec<u8>,
    pub(super) claims: Map<String, Value>,
}

/// The header of a JWT. A repeated `alg` makes it invalid.
#[derive(Deserialize)]
pub(super) struct Header {
    alg: String,
    /// The id of the key.
    pub(super) kid: Option<String>,
    /// Extensions that a receiver must understand (RFC 7515, 4.1.11). No provider uses any.
    crit: Option<IgnoredAny>,
}

impl<'t> Token<'t> {
    /// Parses a JWT that names the scheme's algorithm. `None` if a part is missing, one too many, or not in the one form
    /// that it can have: base64url without padding and without spare bits, and JSON objects.
    pub(super) fn parse(text: &'t str, algorithm: Algorithm) -> Option<Self> {
        parse_header(text, algorithm)?;
        let (signed, signature) = text.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.').filter(|(_, claims)| !claims.contains('.'))?;
        let signature = decode(signature).filter(|signature| !signature.is_empty())?;
        Some(Self { signed, signature, claims: parse(claims)? })
    }
}

/// The header of a JWT. `None` if it does not name the scheme's algorithm: the sender must not choose it (RFC 8725, 3.1).
pub(super) fn parse_header(text: &str, algorithm: Algorithm) -> Option<Header> {
    let (header, _) = text.split_once('.').filter(|_| text.len() <= MAX_JWT)?;
    let header: Header = Some(header).filter(|part| part.len() <= MAX_HEADER).and_then(parse)?;
    let is_pinned = Some(header.alg.as_str()) == algorithm.jwt_name() && header.crit.is_none();
    is_pinned.then_some(header)
}

fn parse<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&decode(part)?).ok()
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}
