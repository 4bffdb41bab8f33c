//! Fingerprints of secrets, by which an operator distinguishes them in log lines and stored events.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::Secret;

/// The random value of a stack that its fingerprints depend on. Without it, anyone who reads a fingerprint in a log cannot
/// confirm a guess of the secret from a list of words. It must not be logged itself.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FingerprintKey(String);

/// The key of fingerprints is empty.
#[derive(Debug, thiserror::Error)]
#[error("it is empty")]
pub struct EmptyKey;

impl TryFrom<String> for FingerprintKey {
    type Error = EmptyKey;

    fn try_from(key: String) -> Result<Self, EmptyKey> {
        if key.is_empty() { Err(EmptyKey) } else { Ok(Self(key)) }
    }
}

/// Hides the key.
impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

impl FingerprintKey {
    /// Eight hex digits by which an operator distinguishes the secrets of a stack: the first 32 bits of an HMAC of the
    /// secret's bytes with the stack's key.
    pub fn fingerprint(&self, secret: &[u8]) -> String {
        // HMAC takes keys of any length (RFC 2104), so this cannot fail.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_bytes()) else {
            return String::new();
        };
        mac.update(b"catchment secret fingerprint:");
        mac.update(secret);
        hex::encode(&mac.finalize().into_bytes()[..4])
    }
}

impl Secret {
    /// The secret's [fingerprint](FingerprintKey::fingerprint) in the stack that has this key.
    pub fn fingerprint(&self, key: &FingerprintKey) -> String {
        key.fingerprint(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::secret::SecretRule;

    fn key(text: &str) -> FingerprintKey {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_fingerprint_depends_on_the_secret_and_on_the_stacks_key() {
        let fingerprint = |text, of| SecretRule::default().key(text).unwrap().fingerprint(&key(of));
        assert_eq!(fingerprint("a", "stack").len(), 8);
        assert_eq!(fingerprint("a", "stack"), fingerprint("a", "stack"));
        assert_ne!(fingerprint("a", "stack"), fingerprint("b", "stack"));
        assert_ne!(fingerprint("a", "stack"), fingerprint("a", "another stack"));
    }

    #[test]
    fn the_key_is_not_empty_and_not_printed() {
        assert!(FingerprintKey::try_from(String::new()).is_err());
        assert_eq!(format!("{:?}", key("hunter2")), "FingerprintKey(…)");
    }
}
