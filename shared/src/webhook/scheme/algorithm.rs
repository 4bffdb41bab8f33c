//! Signature algorithms, and how signatures are encoded as text.

use std::borrow::Cow;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::public_key::{self, Verifier};
use crate::webhook::secret::{BASE64, BASE64_URL, Secret};

/// A signature algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC-SHA-1, for providers that offer nothing stronger.
    HmacSha1,
    /// HMAC-SHA-256.
    #[default]
    HmacSha256,
    /// HMAC-SHA-512.
    HmacSha512,
    /// The secret itself, sent with the request. It signs nothing.
    Token,
    /// SHA-256 of a content that contains the secret.
    Sha256,
    /// Ed25519 (RFC 8032). The key is 32 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256. The signature is in DER, the key is a SubjectPublicKeyInfo.
    EcdsaP256Sha256,
    /// ECDSA on P-256 with SHA-256, as in JWTs (RFC 7518, 3.4). The signature is 64 bytes, the key is an
    /// uncompressed point.
    EcdsaP256Sha256Fixed,
    /// RSA with PKCS #1 v1.5 padding and SHA-256. The key is a SubjectPublicKeyInfo of 2048 to 8192 bits.
    RsaSha256,
    /// RSA with PKCS #1 v1.5 padding and SHA-1, for SNS topics of SignatureVersion 1. The key is as above.
    RsaSha1,
}

/// A piece of a signed content. Bodies of several MB are borrowed: a MAC is computed piece by piece, without
/// a copy.
#[derive(Clone)]
pub enum Piece<'a> {
    /// Bytes of the request, or literal text of the template.
    Bytes(Cow<'a, [u8]>),
    /// The secret.
    Secret,
}

/// Shows the length only: the bytes may be a payload or a token.
impl std::fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Secret => f.write_str("Secret"),
        }
    }
}

impl Algorithm {
    /// Whether the algorithm is symmetric: the key that verifies can also sign.
    pub fn is_symmetric(self) -> bool {
        matches!(
            self,
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512 | Self::Token | Self::Sha256
        )
    }

    /// Whether the algorithm is an HMAC.
    pub fn is_hmac(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512)
    }

    /// The algorithm's name in a JWT (RFC 7518, 3.1). `None` if JWTs are not signed by it here.
    pub fn jwt_name(self) -> Option<&'static str> {
        match self {
            Self::HmacSha256 => Some("HS256"),
            Self::HmacSha512 => Some("HS512"),
            Self::RsaSha256 => Some("RS256"),
            Self::EcdsaP256Sha256Fixed => Some("ES256"),
            Self::HmacSha1
            | Self::Token
            | Self::Sha256
            | Self::Ed25519
            | Self::EcdsaP256Sha256
            | Self::RsaSha1 => None,
        }
    }

    /// Whether any of the signatures is valid for a key and a content. A symmetric signature is computed once
    /// and compared with each in constant time. A public key is tried on each.
    pub fn verifies(self, key: &Secret, content: &[Piece<'_>], signatures: &[Vec<u8>]) -> bool {
        if let Some(tag) = self.tag(key, content) {
            return !tag.is_empty()
                && signatures.iter().any(|signature| signature.ct_eq(&tag).into());
        }
        let Some(verifier) = self.verifier() else { return false };
        let whole = join(key, content);
        signatures.iter().any(|signature| public_key::verify(verifier, key, &whole, signature))
    }

    /// How signatures by public keys are verified. `None` for the symmetric algorithms.
    fn verifier(self) -> Option<Verifier> {
        match self {
            Self::Ed25519 => Some(public_key::ED25519),
            Self::EcdsaP256Sha256 => Some(public_key::ECDSA_P256_SHA256),
            Self::EcdsaP256Sha256Fixed => Some(public_key::ECDSA_P256_SHA256_FIXED),
            Self::RsaSha256 => Some(public_key::RSA_SHA256),
            Self::RsaSha1 => Some(public_key::RSA_SHA1),
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512 | Self::Token | Self::Sha256 => {
                None
            }
        }
    }

    /// The signature of a content, if the algorithm is symmetric.
    pub fn tag(self, key: &Secret, content: &[Piece<'_>]) -> Option<Vec<u8>> {
        let parts = pieces(key, content);
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

/// The bytes of a content.
pub(super) fn join(key: &Secret, content: &[Piece<'_>]) -> Vec<u8> {
    pieces(key, content).collect::<Vec<_>>().concat()
}

fn pieces<'p>(key: &'p Secret, content: &'p [Piece<'p>]) -> impl Iterator<Item = &'p [u8]> {
    content.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => &bytes[..],
        Piece::Secret => key.bytes(),
    })
}

fn mac<'p, M: Mac + KeyInit>(key: &Secret, parts: impl Iterator<Item = &'p [u8]>) -> Vec<u8> {
    // HMAC takes keys of any length (RFC 2104), so this cannot fail. An empty tag would match nothing.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.bytes()) else { return Vec::new() };
    parts.for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// How a signature is encoded as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Hexadecimal, in lower or upper case.
    #[default]
    Hex,
    /// Base64 with the standard alphabet, with or without padding.
    Base64,
    /// Base64 with the URL-safe alphabet, with or without padding.
    Base64url,
    /// Base64 of the hexadecimal text.
    Base64hex,
    /// The text itself, for tokens.
    Utf8,
}

impl Encoding {
    /// Decodes a signature. `None` if the text does not have this encoding.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64.decode(text).ok(),
            Self::Base64url => BASE64_URL.decode(text).ok(),
            Self::Base64hex => hex::decode(BASE64.decode(text).ok()?).ok(),
            Self::Utf8 => Some(text.as_bytes().to_vec()),
        }
    }

    /// Encodes a signature.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64url => BASE64_URL.encode(bytes),
            Self::Base64hex => BASE64.encode(hex::encode(bytes)),
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}
