//! Signature schemes as data, and the one verifier that reads them.
//!
//! A [`Scheme`] says where a signature stands ([`field`]), what it signs ([`template`], or by a named
//! function `canonical`), how fresh it must be ([`timestamp`]) and with what it is made
//! ([`algorithm`]). [`verify()`] is pure: schemes, secrets, request and the time in; a [`Verified`]
//! request or a named [`Refusal`] out. [`SignatureClaim`] is what a request says of itself, before it is
//! believed.

pub mod algorithm;
mod canonical;
mod claim;
pub mod field;
mod file;
mod public_key;
pub mod template;
pub mod timestamp;
mod verify;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::algorithm::{Algorithm, Encoding};
pub use self::canonical::Canonical;
pub use self::claim::{MAX_SIGNATURES, Proof, SignatureClaim};
use self::field::{Field, Params};
pub use self::file::{InvalidScheme, SchemeFile};
use self::template::Template;
use self::timestamp::TimestampRule;
pub use self::verify::{Match, Refusal, Refused, Verified, check_before_keys, verify};
use crate::webhook::handshake::Handshake;
use crate::webhook::secret::SecretRule;

/// One way in which a provider signs.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "SchemeFile")]
pub struct Scheme {
    /// Where the signature stands.
    pub signature: Field,
    /// How a signature is written.
    pub encoding: Encoding,
    /// With what it is made.
    pub algorithm: Algorithm,
    /// What is signed.
    pub content: Content,
    /// The named parts of the request that the content and the timestamp refer to.
    pub fields: BTreeMap<String, Field>,
    /// How fresh the request must be; none where the provider sends no time.
    pub timestamp: Option<TimestampRule>,
    /// What the provider's secrets look like.
    pub secret: SecretRule,
    /// What the source is configured with besides secrets.
    pub params: Params,
    /// Whether the secret also answers a challenge of anyone's: then nothing that could be one is taken
    /// for signed.
    pub challenged: bool,
}

/// What is signed.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text with parts of the request in it.
    Template(Template),
    /// What a template cannot say.
    Canonical(Canonical),
}

impl Scheme {
    /// The scheme as a source is configured for it.
    pub fn configured(self, params: &Params, handshakes: &[Handshake]) -> Self {
        let challenged = handshakes.iter().any(Handshake::answers_anyone);
        Self { params: params.clone(), challenged, ..self }
    }

    /// Whether it reads what stands behind the source's name in the path.
    pub fn reads_path(&self) -> bool {
        self.signature.is_in_path() || self.fields.values().any(Field::is_in_path)
    }

    /// Whether the signature covers the public URL.
    pub fn signs_url(&self) -> bool {
        match &self.content {
            Content::Template(template) => template.has(&template::Part::Url),
            Content::Canonical(canonical) => canonical.signs_url(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::webhook::request::Request;

    fn error(json: &str) -> String {
        serde_json::from_str::<Scheme>(json).unwrap_err().to_string()
    }

    #[test]
    fn a_header_is_all_that_must_be_said() {
        let scheme: Scheme = serde_json::from_str(r#"{"header":"X-Signature"}"#).unwrap();
        assert_eq!(scheme.algorithm, Algorithm::HmacSha256);
        assert_eq!(scheme.encoding, Encoding::Hex);
    }

    /// Whatever the number of schemes, and fewer where each goes over the whole body.
    #[test]
    fn no_more_signatures_are_tried_than_the_limit() {
        let refusal = |v1: usize, v1a: usize| {
            let schemes = crate::provider::find("svix").unwrap().schemes;
            let list: Vec<_> = (0..v1)
                .map(|n| format!("v1,{n:04}"))
                .chain((0..v1a).map(|n| format!("v1a,{n:04}")))
                .collect();
            let names = ["svix", "webhook"].into_iter();
            let headers = names.flat_map(|name| {
                let list = list.join(" ");
                [("id", "m".into()), ("timestamp", "1700000000".into()), ("signature", list)]
                    .map(|(part, value)| (format!("{name}-{part}"), value))
            });
            let request = Request { headers: headers.collect(), ..Request::default() };
            let now = Timestamp::from_second(1_700_000_000).unwrap();
            verify(&schemes, &["whsec_YQ==".into()], request, now).unwrap().unwrap_err().refusal
        };
        assert_eq!(refusal(15, 0), Refusal::Mismatch);
        assert!(matches!(refusal(17, 0), Refusal::Malformed(_)), "17 under each of two names");
        assert!(matches!(refusal(0, 9), Refusal::Malformed(_)));
        assert_eq!(refusal(0, 8), Refusal::Mismatch);
    }

    #[test]
    fn mistakes_are_named_with_their_field() {
        let cases = [
            (r#"{}"#, "signature: exactly one of header, query, path, body and param"),
            (r#"{"header":"a","query":"b"}"#, "signature: exactly one"),
            (r#"{"header":"a","oops":1}"#, "unknown field `oops`"),
            (r#"{"header":"a","content":"{ts}.{body}"}"#, "content: there is no field `ts`"),
            (r#"{"header":"a","content":"{body"}"#, "content: `{` without `}`"),
            (r#"{"header":"a","content":"v1"}"#, "content: does not contain {body}"),
            (r#"{"header":"a","content":"{secret}{body}"}"#, "content: {secret} is for"),
            (r#"{"header":"a","algorithm":"sha256"}"#, "content: {secret} is for"),
            (
                r#"{"header":"a","algorithm":"token","content":"x"}"#,
                "content: a token signs nothing",
            ),
            (
                r#"{"header":"a","content":"{body}","canonical":"sns"}"#,
                "content: not with canonical",
            ),
            (r#"{"header":"a","fields":{"url":{"header":"u"}}}"#, "fields.url: the name is taken"),
            (r#"{"header":"a","body_unsigned":true}"#, "body_unsigned: content contains {body}"),
            (r#"{"header":"a","fields":{"id":{}}}"#, "fields.id: exactly one"),
            (r#"{"header":"a","timestamp":{"field":"t"}}"#, "timestamp.field: there is no field"),
            (
                r#"{"header":"a","fields":{"t":{"header":"t"}},"timestamp":{"field":"t"}}"#,
                "timestamp.field: `t` is not signed",
            ),
            (r#"{"header":"a","algorithm":"md5"}"#, "unknown variant `md5`"),
        ];
        for (json, expected) in cases {
            assert!(error(json).contains(expected), "{json}: {}", error(json));
        }
    }
}
