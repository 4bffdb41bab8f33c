//! Plaid: a JWT, signed by ES256, that contains the body's SHA-256.
//! Source: plaid.com/docs/api/webhooks/webhook-verification.

use std::borrow::Cow;

use base64::Engine;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::webhook::request::Request;
use crate::webhook::scheme::algorithm::Piece;
use crate::webhook::scheme::claim::Fields;
use crate::webhook::scheme::{Proof, Refusal, Scheme};
use crate::webhook::secret::BASE64_URL;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    request_body_sha256: String,
}

/// The proof for a JWT. Compares the body's hash with the JWT's here, and fails with [`Refusal::Mismatch`] if
/// they differ. Adds the field `iat`, in Unix seconds.
pub(super) fn read<'a>(
    scheme: &Scheme,
    request: &'a Request,
    written: &[Cow<'a, str>],
    fields: &mut Fields<'a>,
) -> Result<Vec<Proof<'a>>, Refusal> {
    let malformed = || Refusal::Malformed(scheme.signature.describe());
    let [jwt] = written else { return Err(malformed()) };
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let header: Header = decode(header).ok_or_else(malformed)?;
    let claims: Claims = decode(claims).ok_or_else(malformed)?;
    // The sender must not choose the algorithm (RFC 8725, 3.1).
    if header.alg != "ES256" {
        return Err(malformed());
    }
    let hash = hex::encode(Sha256::digest(&request.body));
    if !bool::from(hash.as_bytes().ct_eq(claims.request_body_sha256.as_bytes())) {
        return Err(Refusal::Mismatch);
    }
    fields.insert("iat".to_owned(), claims.iat.to_string().into());
    Ok(vec![Proof {
        algorithm: scheme.algorithm,
        signatures: scheme.encoding.decode(signature).into_iter().collect(),
        contents: vec![vec![Piece::Bytes(signed.to_owned().into_bytes().into())]],
    }])
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL.decode(part).ok()?).ok()
}
