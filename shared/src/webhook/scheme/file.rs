//! Parses and checks a scheme.
//!
//! `infra/schemes.tf` has the same rules for a source's own `scheme`, so that Terraform reports mistakes at plan.
//! Both copies are needed: Terraform cannot call this code, and provider files and the CLI's input do not pass
//! through Terraform. Change both together.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::algorithm::{Algorithm, Encoding};
use super::canonical::Canonical;
use super::condition::{Condition, ConditionFile};
use super::field::{Field, FieldFile, InvalidField, Params};
use super::jwt::{self, InvalidJwt, Jwt, JwtFile};
use super::template::{InvalidTemplate, Part, Template};
use super::timestamp::{TimestampRule, Unit};
use super::{Content, Scheme};
use crate::webhook::secret::SecretRule;

/// A scheme as a provider file or a source's `scheme` contains it. `shared/providers/README.md` documents the
/// fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeFile {
    name: Option<String>,
    when: Option<Vec<ConditionFile>>,
    exclusive: Option<bool>,
    header: Option<String>,
    query: Option<String>,
    path: Option<bool>,
    body: Option<String>,
    separator: Option<String>,
    entry: Option<usize>,
    prefix: Option<Vec<String>>,
    after: Option<String>,
    algorithm: Option<Algorithm>,
    encoding: Option<Encoding>,
    content: Option<String>,
    canonical: Option<Canonical>,
    jwt: Option<JwtFile>,
    body_unsigned: Option<bool>,
    fields: Option<BTreeMap<String, FieldFile>>,
    timestamp: Option<TimestampRule>,
    secret: Option<SecretRule>,
}

/// Why a scheme is invalid. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum InvalidScheme {
    /// The signature's field is invalid.
    #[error("signature: {0}")]
    Signature(InvalidField),
    /// A condition is invalid.
    #[error("when: {0}")]
    When(InvalidField),
    /// A named field is invalid.
    #[error("fields.{0}: {1}")]
    Field(String, InvalidField),
    /// A field has the name of a built-in variable.
    #[error("fields.{0}: the name is reserved")]
    Reserved(String),
    /// The content is not a template, or refers to a field that does not exist.
    #[error("content: {0}")]
    Content(#[from] InvalidTemplate),
    /// Both `content` and `canonical` are set.
    #[error("content: cannot be set together with canonical")]
    Both,
    /// The signature does not cover the body, and `body_unsigned` is not set.
    #[error(
        "content: does not contain {{body}}; if the provider does not sign the body, set body_unsigned"
    )]
    NoBody,
    /// `body_unsigned` is set, and the content contains the body.
    #[error("body_unsigned: content contains {{body}}")]
    BodySigned,
    /// The content lacks the secret with the algorithm `sha256`, which has no other key, or has it with
    /// another algorithm.
    #[error("content: {{secret}} must be part of it with algorithm sha256, and with no other")]
    Secret,
    /// A content is set with the algorithm `token`, which compares the secret and signs nothing.
    #[error("content: a token signs nothing")]
    Token,
    /// What is demanded of JWTs is invalid, or set together with what JWTs do not have.
    #[error(transparent)]
    Jwt(#[from] InvalidJwt),
    /// The timestamp refers to a field that does not exist.
    #[error("timestamp.field: there is no field `{0}`")]
    Timestamp(String),
    /// The signature does not cover the timestamp, so that anyone could send an old request with a new time.
    #[error("timestamp.field: `{0}` is not signed; it must be in content, or in the body")]
    UnsignedTimestamp(String),
}

/// The built-in variables of signed contents, and `mac`, that of replies.
const RESERVED: [&str; 9] = [
    "body",
    "body_crc32",
    "decoded_body",
    "hubspot_url",
    "mac",
    "method",
    "secret",
    "sorted_form",
    "url",
];

impl TryFrom<SchemeFile> for Scheme {
    type Error = InvalidScheme;

    fn try_from(mut file: SchemeFile) -> Result<Self, Self::Error> {
        let signature =
            Field::try_from(file.take_signature_field()).map_err(InvalidScheme::Signature)?;
        let fields = parse_fields(file.fields.take().unwrap_or_default())?;
        let content = file.parse_content(&fields)?;
        let when = file.when.take().unwrap_or_default().into_iter().map(Condition::try_from);
        if let Some(rule) = &file.timestamp {
            check_timestamp(rule, &fields, &content)?;
        }
        let encoding = match &content {
            Content::Jwt(_) => Encoding::Base64url,
            Content::Template(_) | Content::Canonical(_) => file.encoding.unwrap_or_default(),
        };
        Ok(Self {
            name: file.name.unwrap_or_default(),
            when: when.collect::<Result<_, _>>().map_err(InvalidScheme::When)?,
            exclusive: file.exclusive.unwrap_or_default(),
            signature,
            encoding,
            algorithm: file.algorithm.unwrap_or_default(),
            content,
            fields,
            timestamp: file.timestamp,
            secret: file.secret.unwrap_or_default(),
            params: Params::new(),
            challenged: false,
        })
    }
}

impl SchemeFile {
    /// The field that contains the signature. Its attributes are beside the scheme's own.
    fn take_signature_field(&mut self) -> FieldFile {
        FieldFile {
            header: self.header.take(),
            query: self.query.take(),
            path: self.path,
            body: self.body.take(),
            param: None,
            separator: self.separator.take(),
            entry: self.entry,
            prefix: self.prefix.take(),
            after: self.after.take(),
            forbid: None,
        }
    }

    fn parse_content(
        &mut self,
        fields: &BTreeMap<String, Field>,
    ) -> Result<Content, InvalidScheme> {
        if let Some(jwt) = self.jwt.take() {
            self.check_jwt(fields)?;
            return Ok(Content::Jwt(Jwt::try_from(jwt)?));
        }
        match (self.canonical, self.content.as_deref()) {
            (Some(_), Some(_)) => return Err(InvalidScheme::Both),
            (Some(canonical), None) => return Ok(Content::Canonical(canonical)),
            (None, _) => {}
        }
        let text = self.content.as_deref().unwrap_or("{body}");
        let template = Template::of_request(text, |name| fields.contains_key(name))?;
        let algorithm = self.algorithm.unwrap_or_default();
        if algorithm == Algorithm::Token && text != "{body}" {
            return Err(InvalidScheme::Token);
        }
        if template.has(&Part::Secret) != (algorithm == Algorithm::Sha256) {
            return Err(InvalidScheme::Secret);
        }
        match (template.covers_body(), self.body_unsigned.unwrap_or_default()) {
            (false, false) => Err(InvalidScheme::NoBody),
            (true, true) => Err(InvalidScheme::BodySigned),
            _ => Ok(Content::Template(template)),
        }
    }

    /// Checks that nothing is set that JWTs do not have.
    fn check_jwt(&self, fields: &BTreeMap<String, Field>) -> Result<(), InvalidJwt> {
        let has_content = self.content.is_some() || self.canonical.is_some() || !fields.is_empty();
        if has_content || self.body_unsigned.is_some() {
            return Err(InvalidJwt::Content);
        }
        if self.algorithm.unwrap_or_default().jwt_name().is_none() {
            return Err(InvalidJwt::Algorithm);
        }
        match self.encoding {
            None | Some(Encoding::Base64url) => Ok(()),
            Some(_) => Err(InvalidJwt::Encoding),
        }
    }
}

/// Checks that the timestamp's field exists and is signed. The functions of [`Canonical`] check their own
/// timestamps. That of a JWT is one of its claims.
fn check_timestamp(
    TimestampRule { field, unit, .. }: &TimestampRule,
    fields: &BTreeMap<String, Field>,
    content: &Content,
) -> Result<(), InvalidScheme> {
    let template = match content {
        Content::Template(template) => template,
        Content::Canonical(_) => return Ok(()),
        Content::Jwt(_) if field == jwt::ISSUED_AT && *unit == Unit::Seconds => return Ok(()),
        Content::Jwt(_) => return Err(InvalidJwt::Timestamp.into()),
    };
    let found = fields.get(field).ok_or_else(|| InvalidScheme::Timestamp(field.to_owned()))?;
    let in_signed_body = found.is_in_body() && template.covers_body();
    match in_signed_body || template.has(&Part::Field(field.to_owned())) {
        true => Ok(()),
        false => Err(InvalidScheme::UnsignedTimestamp(field.to_owned())),
    }
}

fn parse_fields(
    files: BTreeMap<String, FieldFile>,
) -> Result<BTreeMap<String, Field>, InvalidScheme> {
    let field = |(name, file): (String, FieldFile)| match Field::try_from(file) {
        Ok(_) if RESERVED.contains(&name.as_str()) => Err(InvalidScheme::Reserved(name)),
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidScheme::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}
