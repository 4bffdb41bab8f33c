//! Parses and checks what a provider file demands of its JWTs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::claim::{Claim, Expected, Scalar};
use super::{ISSUED_AT, Jwt};

/// The leeway of a file that sets none, in seconds: a minute, as most JWT libraries suggest.
const DEFAULT_LEEWAY: u32 = 60;

/// `jwt` of a scheme in a provider file. `shared/providers/README.md` documents the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtFile {
    #[serde(default)]
    claims: BTreeMap<String, ClaimFile>,
    body_hash: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    leeway: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimFile {
    is: Option<Vec<Scalar>>,
    param: Option<String>,
    #[serde(default)]
    optional: bool,
}

/// Why `jwt` is invalid. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum InvalidJwt {
    /// A claim has neither values nor a param, or both, or values that may be missing.
    #[error(
        "jwt.claims.{0}: exactly one of is and param must be given, and optional only with param"
    )]
    Claim(String),
    /// The JWT does not cover the body, so that its claims say nothing about one request.
    #[error("jwt.fields: a JWT without body_hash signs no fields")]
    Fields,
    /// JWTs have no such algorithm.
    #[error(
        "jwt: the algorithm must be hmac-sha256, hmac-sha512, rsa-sha256 or ecdsa-p256-sha256-fixed"
    )]
    Algorithm,
    /// JWTs are written in base64url.
    #[error("jwt: the encoding must be base64url")]
    Encoding,
    /// An attribute that says what is signed, or reads an unsigned field.
    #[error("jwt: content, canonical, body_unsigned and fields cannot be set together with it")]
    Content,
    /// The time of a JWT is its claim `iat`, in seconds.
    #[error("timestamp: the field of a JWT must be {ISSUED_AT}, and its unit seconds")]
    Timestamp,
}

impl TryFrom<JwtFile> for Jwt {
    type Error = InvalidJwt;

    fn try_from(file: JwtFile) -> Result<Self, Self::Error> {
        if file.body_hash.is_none() && !file.fields.is_empty() {
            return Err(InvalidJwt::Fields);
        }
        let claim = |(name, file): (String, ClaimFile)| match file {
            ClaimFile { is: Some(values), param: None, optional: false } if !values.is_empty() => {
                Ok(Claim { name, expected: Expected::OneOf(values) })
            }
            ClaimFile { is: None, param: Some(param), optional } => {
                Ok(Claim { name, expected: Expected::Param { name: param, optional } })
            }
            _ => Err(InvalidJwt::Claim(name)),
        };
        Ok(Self {
            claims: file.claims.into_iter().map(claim).collect::<Result<_, _>>()?,
            body_hash: file.body_hash,
            fields: file.fields,
            leeway: file.leeway.unwrap_or(DEFAULT_LEEWAY),
        })
    }
}
