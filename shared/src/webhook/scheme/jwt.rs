//! Signatures that are JSON Web Tokens (RFC 7519): the header with the signature has a JWT, signed with the source's
//! secret or with a key that the provider publishes.
//!
//! A JWT proves nothing but its own claims. It covers the body only if a claim has the body's hash; any other JWT is
//! treated like a token, because anyone who has one can send it with any body until it expires.
//!
//! The checks follow RFC 8725 (JWT best current practices): the scheme fixes the algorithm, and the JWT must name it;
//! claims that say for whom the JWT was made are demanded; and the text has one form only.

mod claim;
mod file;
mod sample;
mod token;
mod validity;

use std::borrow::Cow;

use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use self::claim::Claim;
pub use self::file::{InvalidJwt, JwtFile};
use self::token::Token;
pub(super) use self::validity::Validity;
use super::algorithm::Piece;
use super::claim::Fields;
use super::{Content, Proof, Refusal, Scheme};
use crate::webhook::request::Request;

/// The claim with the time at which a JWT was made.
pub(super) const ISSUED_AT: &str = "iat";

/// What a scheme demands of its JWTs.
#[derive(Clone, Debug)]
pub struct Jwt {
    claims: Vec<Claim>,
    /// The claim that has the body's SHA-256 in hexadecimal.
    body_hash: Option<String>,
    /// The claims that become signed fields, besides the time.
    fields: Vec<String>,
    /// How far clocks may differ, in seconds.
    leeway: u32,
}

/// What a request's JWT states.
pub(super) struct JwtClaim<'a> {
    pub(super) proof: Proof<'a>,
    pub(super) validity: Validity,
}

impl Jwt {
    /// Whether the JWT has the body's hash.
    pub fn covers_body(&self) -> bool {
        self.body_hash.is_some()
    }

    /// Reads the JWT of a request, and checks its claims. Adds the fields that it signs to `fields`, if it covers the
    /// body: a JWT that several requests may have says nothing about one of them.
    ///
    /// Fails with [`Refusal::Forbidden`] if a claim is not that of the source, and with [`Refusal::Mismatch`] if the
    /// JWT has the hash of another body.
    pub(super) fn read<'a>(
        &self,
        scheme: &Scheme,
        request: &'a Request,
        written: &[Cow<'a, str>],
        fields: &mut Fields<'a>,
    ) -> Result<JwtClaim<'a>, Refusal> {
        let place = scheme.signature.describe();
        let malformed = || Refusal::Malformed(place.clone());
        let [text] = written else { return Err(malformed()) };
        let token = Token::parse(text, scheme.algorithm).ok_or_else(malformed)?;
        for claim in &self.claims {
            claim.check(&token.claims, &scheme.params, &place)?;
        }
        let is_timed = scheme.timestamp.as_ref().is_some_and(|rule| rule.is_checked());
        let validity = Validity::of(&token.claims, scheme.timestamp.as_ref(), self.leeway)
            .ok_or_else(malformed)?;
        // Without an end, anyone who sees such a JWT could send requests with it forever.
        if !self.covers_body() && !is_timed && !validity.ends() {
            return Err(lacks("exp", &place));
        }
        if is_timed && validity.issued_at().is_none() {
            return Err(lacks(ISSUED_AT, &place));
        }
        if let Some(name) = &self.body_hash {
            let hash = token.claims.get(name).ok_or_else(|| lacks(name, &place))?;
            check_body(request, hash.as_str().ok_or_else(malformed)?)?;
            let signed = self.fields.iter().map(String::as_str).chain([ISSUED_AT]);
            let value = |name: &str| Some((name.to_owned(), text_of(token.claims.get(name)?)?));
            fields.extend(signed.filter_map(value));
        }
        let proof = Proof {
            algorithm: scheme.algorithm,
            signatures: vec![token.signature],
            contents: vec![vec![Piece::Bytes(token.signed.to_owned().into_bytes().into())]],
        };
        Ok(JwtClaim { proof, validity })
    }
}

/// Why the key that a request names cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeyId {
    /// The request has no JWT of a scheme.
    #[error("the JWT is missing")]
    Missing,
    /// It is not a JWT that is signed by the scheme's algorithm.
    #[error("not a JWT of the scheme's algorithm")]
    Malformed,
    /// The JWT does not name its key.
    #[error("the JWT has no key id")]
    Absent,
}

/// The id (`kid`) of the key that a request's JWT claims to be signed with, by the first scheme of which it has a JWT.
pub fn claimed_key_id(schemes: &[Scheme], request: &Request) -> Result<String, NoKeyId> {
    let jwts = schemes.iter().filter(|scheme| matches!(scheme.content, Content::Jwt(_)));
    let mut jwts = jwts.filter(|scheme| scheme.applies_to(request));
    let found = jwts.find_map(|scheme| {
        Some((scheme.algorithm, scheme.signature.value(request, &scheme.params)?))
    });
    let (algorithm, text) = found.ok_or(NoKeyId::Missing)?;
    let header = token::parse_header(&text, algorithm).ok_or(NoKeyId::Malformed)?;
    header.kid.ok_or(NoKeyId::Absent)
}

/// The refusal of a JWT that lacks a claim, or has it in another form than the scheme defines.
fn lacks(claim: &str, place: &str) -> Refusal {
    Refusal::Malformed(format!("claim {claim} of {place}"))
}

/// Compares the body's SHA-256 with the claim's, in constant time.
fn check_body(request: &Request, claimed: &str) -> Result<(), Refusal> {
    let expected = hex::decode(claimed).unwrap_or_default();
    let is_equal: bool = Sha256::digest(&request.body)[..].ct_eq(&expected).into();
    if is_equal { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// A claim as the text of a field. `None` for null, lists and objects.
fn text_of(claim: &Value) -> Option<Cow<'static, str>> {
    match claim {
        Value::String(text) => Some(text.clone().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(is) => Some(is.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
