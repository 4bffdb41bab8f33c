//! The head of the JWT in `plaid-verification`: which key it claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use shared::webhook::request::Request;

use crate::keys::KeyError;
use crate::keys::address::is_name;

/// The most characters that a token's head may have. Plaid's has some 120.
const MAX_HEAD: usize = 1024;

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

/// The id of the key that a webhook claims. Plaid signs by ES256 and says to refuse anything else.
pub(super) fn key_id(request: &Request) -> Result<String, KeyError> {
    let token = request.headers.get("plaid-verification");
    let token = token.ok_or(KeyError::Refused("there is no plaid-verification"))?;
    let head = head(token).ok_or(KeyError::Refused("plaid-verification is no JWT"))?;
    if head.alg != "ES256" {
        return Err(KeyError::Refused("plaid-verification is not signed by ES256"));
    }
    Some(head.kid).filter(|id| is_name(id)).ok_or(KeyError::Refused("its key id is none"))
}

fn head(token: &str) -> Option<Head> {
    let (head, _) = token.split_once('.').filter(|(head, _)| head.len() <= MAX_HEAD)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()
}
