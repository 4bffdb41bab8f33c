//! Secrets that no input knows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use shared::webhook::scheme::Scheme;
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::secret::SecretEncoding;

use crate::senders::Sender;

/// Public keys of which nobody has the private ones: they were thrown away.
const RSA: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkNdLS/FWGDt68CKM3pd0
nmpMxX5KL0UYutziQ3o0/DgS5aVoK5hUumV54KbeOfcUvK7sArEGycfyecvVEjCS
dd7rZJmqgaEAPmTDhKoBkSjE/3TkG/HvUQFDcNclPhjOZPi4g1vJ6g2T31DTKHkA
L8dq2es3zZjSYU/oT/lx5oNbZQmpWrIJq9yXM+GH58u4ib1Sl6LgtplYs2atQp9s
akKNe3DC1oEL5GkPdX4h5ziTLBso/b5cUqmSNiUhEYKIAnRarKQ+ZkayWIopCDuB
qxgZSpwQUqnMO/6MkGWQhNZdgQJja+4vW/qBSOylvL8B3wEMS+r20+4hnBHXGTeO
eQIDAQAB
-----END PUBLIC KEY-----";
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEepaYu2+l07vAPBS084x7z+QUnjaZnF4F\
    E+zRr4hi952EW7J8YEL0ONFCn4f993jpl/9BlwQrkNzl5R11jwmpfg==";
const P256_JWK: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"epaYu2-l07vAPBS084x7z-QUnjaZnF4FE-zRr4hi950",
    "y":"hFuyfGBC9DjRQp-H_fd46Zf_QZcEK5Dc5eUddY8JqX4"}"#;

/// As many secrets as asked for, in the forms that the sender's schemes want. They hang on every byte of
/// the input: none that holds its own secret can be found.
pub(crate) fn secrets(sender: &Sender, input: &[u8], count: usize) -> Vec<String> {
    let schemes = sender.schemes.iter().cycle();
    (0..).zip(schemes).take(count).map(|(at, scheme)| secret(scheme, input, at)).collect()
}

fn secret(scheme: &Scheme, input: &[u8], at: u8) -> String {
    let hash = Sha256::new().chain_update(b"unknown").chain_update([at]).chain_update(input);
    let hash = hash.finalize();
    let text = match (scheme.secret.encoding, scheme.algorithm) {
        (SecretEncoding::Pem, _) => RSA.to_owned(),
        (SecretEncoding::Jwk, _) => P256_JWK.to_owned(),
        (_, Algorithm::EcdsaP256Sha256) => P256.to_owned(),
        (SecretEncoding::Base64, _) => STANDARD.encode(hash),
        _ => hex::encode(hash),
    };
    scheme.secret.strip_prefix.clone().unwrap_or_default() + &text
}
