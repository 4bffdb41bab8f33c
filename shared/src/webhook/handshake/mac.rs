//! A MAC by the secret, for whoever must see that it is known here.

use serde::Deserialize;

use crate::webhook::reply::ReplyError;
use crate::webhook::scheme::algorithm::{Algorithm, Encoding, Piece};
use crate::webhook::secret::Secret;

/// The longest value that a MAC is made of for anyone who asks, in bytes.
const MAX_CHALLENGE: usize = 512;

/// How `{mac}` in a reply is made: of a field, with the secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MacRule {
    /// The field that it is made of.
    pub(super) of: String,
    #[serde(default)]
    algorithm: Algorithm,
    #[serde(default)]
    encoding: Encoding,
}

impl MacRule {
    /// Whether it is made by an HMAC: nothing else keeps the secret.
    pub(super) fn is_hmac(&self) -> bool {
        self.algorithm.is_symmetric()
            && !matches!(self.algorithm, Algorithm::Token | Algorithm::Sha256)
    }

    pub(super) fn mac(&self, challenge: &str, key: Option<&Secret>) -> Result<String, ReplyError> {
        let key = key.ok_or_else(|| ReplyError("there is no secret".to_owned()))?;
        let content = [Piece::Bytes(challenge.as_bytes().into())];
        let tag = self.algorithm.tag(key, &content);
        tag.map(|tag| self.encoding.encode(&tag)).ok_or_else(|| ReplyError("no MAC".to_owned()))
    }
}

/// The same secret signs events, and by some schemes over just the body. A MAC is therefore made for
/// whoever asks of what is plain only, and what is plain is never taken for a signed event.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(byte);
    (1..=MAX_CHALLENGE).contains(&text.len()) && text.iter().all(plain)
}
