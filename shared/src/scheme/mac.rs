//! With what a signature is made, and how it is written.

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::secret::{BASE64, BASE64_URL, Secret};

/// With what a signature is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC-SHA-1, for providers that have nothing better.
    HmacSha1,
    /// HMAC-SHA-256.
    #[default]
    HmacSha256,
    /// HMAC-SHA-512.
    HmacSha512,
}

impl Algorithm {
    /// The MAC over all parts, one after the other.
    pub fn mac<'p>(self, key: &Secret, parts: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
        match self {
            Self::HmacSha1 => mac::<Hmac<Sha1>>(key, parts),
            Self::HmacSha256 => mac::<Hmac<Sha256>>(key, parts),
            Self::HmacSha512 => mac::<Hmac<Sha512>>(key, parts),
        }
    }
}

fn mac<'p, M: Mac + KeyInit>(key: &Secret, parts: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
    // HMAC takes keys of any length (RFC 2104), so this cannot fail; an empty tag matches nothing.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.bytes()) else { return Vec::new() };
    parts.for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Hexadecimal, in either case.
    #[default]
    Hex,
    /// Base64, standard alphabet.
    Base64,
    /// Base64, URL-safe alphabet.
    Base64url,
}

impl Encoding {
    /// The bytes of a written signature; none where it is not so written.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64.decode(text).ok(),
            Self::Base64url => BASE64_URL.decode(text).ok(),
        }
    }

    /// A signature, written.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64url => BASE64_URL.encode(bytes),
        }
    }
}
