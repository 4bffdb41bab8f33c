//! With what a signature is made, and how it is written.

use std::borrow::Cow;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::public_key;
use crate::webhook::secret::{BASE64, BASE64_URL, Secret};

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
    /// The secret itself: nothing is signed.
    Token,
    /// SHA-256 of a content that has the secret in it.
    Sha256,
    /// Ed25519 (RFC 8032), the key its 32 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, the signature in DER, the key a SubjectPublicKeyInfo.
    EcdsaP256Sha256,
    /// The same with the signature as in JWTs (RFC 7518, 3.4), the key an uncompressed point.
    EcdsaP256Sha256Fixed,
    /// RSA, PKCS #1 v1.5, with SHA-256, the key a SubjectPublicKeyInfo of 2048 to 8192 bits.
    RsaSha256,
    /// The same with SHA-1, for old SNS topics.
    RsaSha1,
}

/// A piece of what is signed. A 4 MB body is borrowed, never copied, for a MAC.
#[derive(Clone)]
pub enum Piece<'a> {
    /// Bytes of the request, or that stand between them.
    Bytes(Cow<'a, [u8]>),
    /// The secret.
    Secret,
}

/// It may be a payload, or a token.
impl std::fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Secret => f.write_str("Secret"),
        }
    }
}

impl Algorithm {
    /// Whether it is symmetric: who can verify can also sign.
    pub fn is_symmetric(self) -> bool {
        matches!(
            self,
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512 | Self::Token | Self::Sha256
        )
    }

    /// Whether any of the signatures was made with a key over a content. A MAC is computed once,
    /// however many signatures are listed, and compared in constant time.
    pub fn verifies(self, key: &Secret, content: &[Piece<'_>], signatures: &[Vec<u8>]) -> bool {
        if let Some(tag) = self.tag(key, content) {
            return !tag.is_empty()
                && signatures.iter().any(|signature| signature.ct_eq(&tag).into());
        }
        let whole = whole(key, content);
        signatures.iter().any(|signature| public_key::verifies(self, key, &whole, signature))
    }

    /// The signature over a content, where the algorithm is symmetric.
    pub fn tag(self, key: &Secret, content: &[Piece<'_>]) -> Option<Vec<u8>> {
        let parts = bytes(key, content);
        Some(match self {
            Self::HmacSha1 => mac::<Hmac<Sha1>>(key, parts),
            Self::HmacSha256 => mac::<Hmac<Sha256>>(key, parts),
            Self::HmacSha512 => mac::<Hmac<Sha512>>(key, parts),
            Self::Token => key.bytes().to_vec(),
            Self::Sha256 => parts.fold(Sha256::new(), Digest::chain_update).finalize().to_vec(),
            _ => return None,
        })
    }
}

/// A content in one piece.
pub(super) fn whole(key: &Secret, content: &[Piece<'_>]) -> Vec<u8> {
    bytes(key, content).collect::<Vec<_>>().concat()
}

fn bytes<'p>(key: &'p Secret, content: &'p [Piece<'p>]) -> impl Iterator<Item = &'p [u8]> {
    content.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => &bytes[..],
        Piece::Secret => key.bytes(),
    })
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
    /// As it stands, for tokens.
    Utf8,
}

impl Encoding {
    /// The bytes of a written signature; none where it is not so written.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64.decode(text).ok(),
            Self::Base64url => BASE64_URL.decode(text).ok(),
            Self::Utf8 => Some(text.as_bytes().to_vec()),
        }
    }

    /// A signature, written.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64url => BASE64_URL.encode(bytes),
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}
