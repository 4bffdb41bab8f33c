//! Signature schemes as data, and the verifier that interprets them.
//!
//! A [`Scheme`] names the field that contains the signature ([`field`]), the signed content ([`template`], or
//! a function of [`Canonical`] if a template cannot express it, or a [`Jwt`]), the algorithm and encoding
//! ([`algorithm`]) and the allowed age ([`timestamp`]). [`verify()`] is pure: it takes schemes, secrets, a request and the
//! time, and returns a [`Verified`] request or a [`Refusal`]. [`SignatureClaim`] is what a request states
//! about its signature before it is verified.

pub mod algorithm;
mod at_rest;
mod canonical;
mod claim;
pub mod condition;
pub mod field;
mod file;
pub mod jwt;
mod public_key;
mod sorted_form;
pub mod template;
pub mod timestamp;
mod verify;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::algorithm::{Algorithm, Encoding};
pub use self::at_rest::RequestAtRest;
pub use self::canonical::Canonical;
pub use self::claim::{MAX_SIGNATURES, Proof, SignatureClaim};
use self::condition::Condition;
use self::field::{Field, Params};
pub use self::file::{InvalidScheme, SchemeFile};
use self::jwt::Jwt;
use self::template::Template;
use self::timestamp::TimestampRule;
pub use self::verify::{
    Match, Refusal, Refused, Verified, check_before_keys, check_usable, verify,
};
use crate::webhook::forward::HeaderPattern;
use crate::webhook::handshake::Handshake;
use crate::webhook::request::Request;
use crate::webhook::secret::SecretRule;

/// How a provider signs. A provider may have several schemes.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "SchemeFile")]
pub struct Scheme {
    /// Its name among the schemes of its provider. Empty if the provider has only one.
    pub name: String,
    /// Conditions that a request must meet. To any other request, the scheme does not apply.
    pub when: Vec<Condition>,
    /// Whether no later scheme is tried for a request that has this signature.
    pub exclusive: bool,
    /// The part of the request that contains the signature.
    pub signature: Field,
    /// How the signature is encoded as text.
    pub encoding: Encoding,
    /// The signature algorithm.
    pub algorithm: Algorithm,
    /// The signed content.
    pub content: Content,
    /// The named parts of the request that `content` and `timestamp` refer to.
    pub fields: BTreeMap<String, Field>,
    /// The timestamp to check, if the provider sends one.
    pub timestamp: Option<TimestampRule>,
    /// How the provider's secrets are decoded into keys.
    pub secret: SecretRule,
    /// The source's configured values besides secrets.
    pub params: Params,
    /// Whether an unsigned handshake is answered with a MAC made with the same secret. A signed content that
    /// could be such a challenge is then not accepted, because anyone can obtain its MAC.
    pub challenged: bool,
}

/// The signed content of a scheme.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text with parts of the request in it.
    Template(Template),
    /// A named function, for content that a template cannot express.
    Canonical(Canonical),
    /// The signature is a JWT, which has its own content: its claims.
    Jwt(Jwt),
}

impl Scheme {
    /// The scheme with a source's params and handshakes.
    pub fn configured(self, params: &Params, handshakes: &[Handshake]) -> Self {
        let challenged = handshakes.iter().any(Handshake::answers_anyone);
        Self { params: params.clone(), challenged, ..self }
    }

    /// Whether the scheme applies to a request.
    pub(super) fn applies_to(&self, request: &Request) -> bool {
        self.when.iter().all(|condition| condition.holds(request, &self.params))
    }

    /// Whether it reads the path segment after the source's name.
    pub fn reads_path(&self) -> bool {
        self.signature.is_in_path() || self.fields.values().any(Field::is_in_path)
    }

    /// The headers in which the sender sends the secret itself. Empty if it sends a signature.
    pub fn secret_headers(&self) -> Vec<HeaderPattern> {
        match self.algorithm {
            Algorithm::Token => self.signature.headers(),
            _ => Vec::new(),
        }
    }

    /// Whether the signature covers the whole body.
    pub fn covers_body(&self) -> bool {
        match &self.content {
            _ if self.algorithm == Algorithm::Token => false,
            Content::Template(template) => template.covers_body(),
            Content::Canonical(canonical) => canonical.covers_body(),
            Content::Jwt(jwt) => jwt.covers_body(),
        }
    }

    /// Whether the signature covers no part of the request. It is then a credential, such as a token, or a JWT without the
    /// body's hash: anyone who reads it can send any other body with it.
    pub fn signs_nothing(&self) -> bool {
        match &self.content {
            _ if self.algorithm == Algorithm::Token => true,
            Content::Template(template) => template.is_constant(),
            Content::Jwt(jwt) => !jwt.covers_body(),
            Content::Canonical(
                Canonical::Adyen | Canonical::Contentful | Canonical::Sns | Canonical::Twilio,
            ) => false,
        }
    }

    /// Whether the signature covers the body without its content coding, instead of its bytes.
    pub fn signs_decoded_body(&self) -> bool {
        matches!(&self.content, Content::Template(template) if template.has(&template::Part::DecodedBody))
    }

    /// Whether the signature covers the public URL.
    pub fn signs_url(&self) -> bool {
        match &self.content {
            Content::Template(template) => {
                template.has(&template::Part::Url) || template.has(&template::Part::HubspotUrl)
            }
            Content::Canonical(canonical) => canonical.signs_url(),
            Content::Jwt(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        serde_json::from_str::<Scheme>(json).unwrap_err().to_string()
    }

    #[test]
    fn a_scheme_with_a_header_alone_has_defaults_for_the_rest() {
        let scheme: Scheme = serde_json::from_str(r#"{"header":"X-Signature"}"#).unwrap();
        assert_eq!(scheme.algorithm, Algorithm::HmacSha256);
        assert_eq!(scheme.encoding, Encoding::Hex);
    }

    #[test]
    fn errors_name_the_invalid_field() {
        let cases = [
            (r#"{}"#, "signature: exactly one of header, query, path, body and param"),
            (r#"{"header":"a","query":"b"}"#, "signature: exactly one"),
            (r#"{"header":"a","oops":1}"#, "unknown field `oops`"),
            (r#"{"header":"a","content":"{ts}.{body}"}"#, "content: there is no field `ts`"),
            (r#"{"header":"a","content":"{body"}"#, "content: `{` without `}`"),
            (r#"{"header":"a","content":"v1"}"#, "content: does not contain {body}"),
            (r#"{"header":"a","content":"{secret}{body}"}"#, "content: {secret} must be"),
            (r#"{"header":"a","algorithm":"sha256"}"#, "content: {secret} must be"),
            (
                r#"{"header":"a","algorithm":"token","content":"x"}"#,
                "content: a token signs nothing",
            ),
            (
                r#"{"header":"a","content":"{body}","canonical":"sns"}"#,
                "content: cannot be set together with canonical",
            ),
            (
                r#"{"header":"a","fields":{"url":{"header":"u"}}}"#,
                "fields.url: the name is reserved",
            ),
            (r#"{"header":"a","body_unsigned":true}"#, "body_unsigned: content contains {body}"),
            (r#"{"header":"a","fields":{"id":{}}}"#, "fields.id: exactly one"),
            (r#"{"header":"a","timestamp":{"field":"t"}}"#, "timestamp.field: there is no field"),
            (
                r#"{"header":"a","fields":{"t":{"header":"t"}},"timestamp":{"field":"t"}}"#,
                "timestamp.field: `t` is not signed",
            ),
            (r#"{"header":"a","algorithm":"md5"}"#, "unknown variant `md5`"),
            (r#"{"header":"a","algorithm":"hmac-sha1","jwt":{}}"#, "jwt: the algorithm must be"),
            (r#"{"header":"a","algorithm":"token","jwt":{}}"#, "jwt: the algorithm must be"),
            (r#"{"header":"a","encoding":"hex","jwt":{}}"#, "jwt: the encoding must be base64url"),
            (r#"{"header":"a","content":"{body}","jwt":{}}"#, "jwt: content, canonical"),
            (r#"{"header":"a","canonical":"sns","jwt":{}}"#, "jwt: content, canonical"),
            (r#"{"header":"a","body_unsigned":true,"jwt":{}}"#, "jwt: content, canonical"),
            (r#"{"header":"a","fields":{"t":{"header":"t"}},"jwt":{}}"#, "jwt: content, canonical"),
            (r#"{"header":"a","jwt":{"fields":["jti"]}}"#, "jwt.fields: a JWT without body_hash"),
            (r#"{"header":"a","jwt":{"claims":{"iss":{}}}}"#, "jwt.claims.iss: exactly one of"),
            (r#"{"header":"a","jwt":{"claims":{"iss":{"is":[]}}}}"#, "jwt.claims.iss: exactly one"),
            (
                r#"{"header":"a","jwt":{"claims":{"iss":{"is":["a"],"param":"b"}}}}"#,
                "jwt.claims.iss: exactly one",
            ),
            (
                r#"{"header":"a","jwt":{"claims":{"iss":{"is":["a"],"optional":true}}}}"#,
                "jwt.claims.iss: exactly one",
            ),
            (r#"{"header":"a","jwt":{"claims":{"iss":{"is":[1]}}}}"#, "did not match"),
            (r#"{"header":"a","jwt":{"oops":1}}"#, "unknown field `oops`"),
            (r#"{"header":"a","jwt":{},"timestamp":{"field":"exp"}}"#, "must be iat"),
            (
                r#"{"header":"a","jwt":{},"timestamp":{"field":"iat","unit":"milliseconds"}}"#,
                "its unit seconds",
            ),
        ];
        for (json, expected) in cases {
            assert!(error(json).contains(expected), "{json}: {}", error(json));
        }
    }
}
