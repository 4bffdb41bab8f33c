//! MACs in answers to handshakes, by which a provider checks that the receiver knows the secret.

use serde::Deserialize;

use crate::webhook::reply::ReplyError;
use crate::webhook::scheme::algorithm::{Algorithm, Encoding, Piece};
use crate::webhook::secret::Secret;

/// The longest unsigned challenge that is answered with a MAC, in bytes.
const MAX_CHALLENGE: usize = 512;

/// How `{mac}` in a reply is computed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MacRule {
    /// The name of the field that the MAC is computed over. `of` in the file.
    #[serde(rename = "of")]
    pub(super) field: String,
    #[serde(default)]
    algorithm: Algorithm,
    #[serde(default)]
    encoding: Encoding,
}

impl MacRule {
    /// Whether the algorithm is an HMAC. Any other would reveal the secret, or needs a private key.
    pub(super) fn is_hmac(&self) -> bool {
        self.algorithm.is_symmetric()
            && !matches!(self.algorithm, Algorithm::Token | Algorithm::Sha256)
    }

    /// The MAC over a challenge, encoded.
    pub(super) fn compute(
        &self,
        challenge: &str,
        key: Option<&Secret>,
    ) -> Result<String, ReplyError> {
        let key = key.ok_or_else(|| ReplyError("the secret is missing".to_owned()))?;
        let content = [Piece::Bytes(challenge.as_bytes().into())];
        let tag = self.algorithm.tag(key, &content);
        tag.map(|tag| self.encoding.encode(&tag))
            .ok_or_else(|| ReplyError("the algorithm is not a MAC".to_owned()))
    }
}

/// Whether a challenge is a plain token: 1 to 512 letters, digits and `+/=_-.~`.
///
/// The same secret signs events, in some schemes over the body alone. A sender without the secret could ask
/// for the MAC of a forged body, and then send that body as an event. Therefore unsigned challenges are
/// answered only if they are plain, and a signed content that is plain is not accepted as an event.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(byte);
    (1..=MAX_CHALLENGE).contains(&text.len()) && text.iter().all(plain)
}
