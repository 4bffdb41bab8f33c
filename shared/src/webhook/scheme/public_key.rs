//! Signatures by public keys, verified by ring.

use ring::signature::{
    self, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer,
    alg_id,
};
use webpki::RawPublicKeyEntity;

use crate::webhook::secret::Secret;

/// A verification algorithm, and with it the form in which it takes the key.
#[derive(Clone, Copy)]
pub(super) enum Verifier {
    /// The key's bytes alone: 32 bytes for Ed25519, an uncompressed point for ECDSA.
    Raw(&'static dyn VerificationAlgorithm),
    /// A SubjectPublicKeyInfo in DER (RFC 5280, 4.1), whose algorithm must fit.
    Spki(&'static dyn SignatureVerificationAlgorithm),
}

/// Ed25519 (RFC 8032) with a raw key.
pub(super) const ED25519: Verifier = Verifier::Raw(&signature::ED25519);
/// ECDSA on P-256 with SHA-256, a raw key and a signature of 64 bytes (RFC 7518, 3.4).
pub(super) const ECDSA_P256_SHA256_FIXED: Verifier =
    Verifier::Raw(&signature::ECDSA_P256_SHA256_FIXED);
/// ECDSA on P-256 with SHA-256, a SubjectPublicKeyInfo and a signature in DER.
pub(super) const ECDSA_P256_SHA256: Verifier = Verifier::Spki(webpki::ring::ECDSA_P256_SHA256);
/// RSA with PKCS #1 v1.5 padding and SHA-256, and a SubjectPublicKeyInfo.
pub(super) const RSA_SHA256: Verifier = Verifier::Spki(webpki::ring::RSA_PKCS1_2048_8192_SHA256);
/// RSA with PKCS #1 v1.5 padding and SHA-1, and a SubjectPublicKeyInfo.
pub(super) const RSA_SHA1: Verifier = Verifier::Spki(&RsaSha1);

/// Whether the owner of `key` signed `content`. A key in another form than the verifier takes verifies
/// nothing.
pub(super) fn verify(verifier: Verifier, key: &Secret, content: &[u8], signature: &[u8]) -> bool {
    match verifier {
        Verifier::Raw(algorithm) => {
            UnparsedPublicKey::new(algorithm, key.bytes()).verify(content, signature).is_ok()
        }
        Verifier::Spki(algorithm) => {
            let key = SubjectPublicKeyInfoDer::from(key.bytes());
            let entity = RawPublicKeyEntity::try_from(&key);
            entity.is_ok_and(|key| key.verify_signature(algorithm, content, signature).is_ok())
        }
    }
}

/// RSA with SHA-1. webpki does not offer it, because certificates must not be signed with it. SNS topics of
/// SignatureVersion 1 sign their messages with it.
#[derive(Debug)]
struct RsaSha1;

/// The content of an AlgorithmIdentifier for `sha1WithRSAEncryption` (RFC 8017, A.2.4).
const SHA1_WITH_RSA: &[u8] =
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00];

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(SHA1_WITH_RSA)
    }
}
