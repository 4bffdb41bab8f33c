//! Signature schemes as data, and the one verifier that reads them.
//!
//! A [`Scheme`] says where a signature stands ([`field`]), what it signs ([`template`]), how fresh it
//! must be ([`timestamp`]) and with what it is made. [`verify()`] is pure: scheme, secrets, request
//! and the time in; a [`Verified`] request or a named [`Refusal`] out.

pub mod field;
pub mod mac;
pub mod template;
pub mod timestamp;
mod verify;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::field::{Field, FieldFile, InvalidField};
use self::mac::{Algorithm, Encoding};
use self::template::{InvalidTemplate, Part, Template};
use self::timestamp::TimestampRule;
pub use self::verify::{Match, Refusal, Refused, Verified, verify};
use crate::secret::SecretRule;

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
    pub content: Template,
    /// The named parts of the request that the content and the timestamp refer to.
    pub fields: BTreeMap<String, Field>,
    /// How fresh the request must be; none where the provider sends no time.
    pub timestamp: Option<TimestampRule>,
    /// What the provider's secrets look like.
    pub secret: SecretRule,
}

/// A scheme as written in a provider file, or inline in a source's `scheme`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeFile {
    header: Option<String>,
    query: Option<String>,
    body: Option<String>,
    separator: Option<String>,
    prefix: Option<Vec<String>>,
    algorithm: Option<Algorithm>,
    encoding: Option<Encoding>,
    content: Option<String>,
    fields: Option<BTreeMap<String, FieldFile>>,
    timestamp: Option<TimestampRule>,
    secret: Option<SecretRule>,
}

/// Why a scheme cannot be used, naming the field at fault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidScheme {
    /// The place of the signature is wrong.
    #[error("signature: {0}")]
    Signature(InvalidField),
    /// A named field is wrong.
    #[error("fields.{0}: {1}")]
    Field(String, InvalidField),
    /// The content is not a template over the fields.
    #[error("content: {0}")]
    Content(#[from] InvalidTemplate),
    /// The timestamp refers to a field that does not exist.
    #[error("timestamp.field: there is no field `{0}`")]
    Timestamp(String),
    /// Anyone could send an old request with a new time.
    #[error("timestamp.field: `{0}` is not signed; it must be in content, or in the body")]
    UnsignedTimestamp(String),
}

impl TryFrom<SchemeFile> for Scheme {
    type Error = InvalidScheme;

    fn try_from(file: SchemeFile) -> Result<Self, Self::Error> {
        let place = FieldFile {
            header: file.header,
            query: file.query,
            body: file.body,
            separator: file.separator,
            prefix: file.prefix,
            forbid: None,
        };
        let signature = Field::try_from(place).map_err(InvalidScheme::Signature)?;
        let fields = named(file.fields.unwrap_or_default())?;
        let content = Template::parse(file.content.as_deref().unwrap_or("{body}"), &fields)?;
        if let Some(TimestampRule { field, .. }) = &file.timestamp {
            let place = fields.get(field).ok_or_else(|| InvalidScheme::Timestamp(field.clone()))?;
            if !place.is_in_body() && !content.parts().contains(&Part::Field(field.clone())) {
                return Err(InvalidScheme::UnsignedTimestamp(field.clone()));
            }
        }
        Ok(Self {
            signature,
            encoding: file.encoding.unwrap_or_default(),
            algorithm: file.algorithm.unwrap_or_default(),
            content,
            fields,
            timestamp: file.timestamp,
            secret: file.secret.unwrap_or_default(),
        })
    }
}

fn named(files: BTreeMap<String, FieldFile>) -> Result<BTreeMap<String, Field>, InvalidScheme> {
    let field = |(name, file)| match Field::try_from(file) {
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidScheme::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(json: &str) -> String {
        serde_json::from_str::<Scheme>(json).unwrap_err().to_string()
    }

    #[test]
    fn a_header_is_all_that_must_be_said() {
        let scheme: Scheme = serde_json::from_str(r#"{"header":"X-Signature"}"#).unwrap();
        assert_eq!(scheme.algorithm, Algorithm::HmacSha256);
        assert_eq!(scheme.encoding, Encoding::Hex);
    }

    #[test]
    fn mistakes_are_named_with_their_field() {
        let cases = [
            (r#"{}"#, "signature: exactly one of header, query and body"),
            (r#"{"header":"a","query":"b"}"#, "signature: exactly one"),
            (r#"{"header":"a","oops":1}"#, "unknown field `oops`"),
            (r#"{"header":"a","content":"{ts}.{body}"}"#, "content: there is no field `ts`"),
            (r#"{"header":"a","content":"{body"}"#, "content: `{` without `}`"),
            (r#"{"header":"a","content":"v1"}"#, "content: does not contain {body}"),
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
