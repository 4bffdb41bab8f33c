//! Asymmetric signatures, verified by ring.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer,
    alg_id,
};
use webpki::RawPublicKeyEntity;

use super::algorithm::Algorithm;
use crate::webhook::secret::Secret;

/// Whether a signature over a content is the key's.
pub(super) fn verifies(
    algorithm: Algorithm,
    key: &Secret,
    content: &[u8],
    signature: &[u8],
) -> bool {
    match algorithm {
        Algorithm::Ed25519 => raw(&ED25519, key, content, signature),
        Algorithm::EcdsaP256Sha256Fixed => raw(&ECDSA_P256_SHA256_FIXED, key, content, signature),
        Algorithm::EcdsaP256Sha256 => {
            by_spki(webpki::ring::ECDSA_P256_SHA256, key, content, signature)
        }
        Algorithm::RsaSha256 => {
            by_spki(webpki::ring::RSA_PKCS1_2048_8192_SHA256, key, content, signature)
        }
        Algorithm::RsaSha1 => by_spki(&RsaSha1, key, content, signature),
        _ => false,
    }
}

fn raw(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &Secret,
    content: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key.bytes()).verify(content, signature).is_ok()
}

fn by_spki(
    algorithm: &dyn SignatureVerificationAlgorithm,
    key: &Secret,
    content: &[u8],
    signature: &[u8],
) -> bool {
    let key = SubjectPublicKeyInfoDer::from(key.bytes());
    let entity = RawPublicKeyEntity::try_from(&key);
    entity.is_ok_and(|key| key.verify_signature(algorithm, content, signature).is_ok())
}

/// What webpki leaves out, since no certificate may be signed so any more; SNS topics of signature
/// version 1 still sign their messages so.
#[derive(Debug)]
struct RsaSha1;

/// `sha1WithRSAEncryption` (RFC 8017, A.2.4), the inside of its AlgorithmIdentifier.
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
