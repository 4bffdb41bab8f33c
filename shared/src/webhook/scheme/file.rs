//! A scheme as written in a provider file, and what may be wrong with it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::algorithm::{Algorithm, Encoding};
use super::canonical::Canonical;
use super::field::{Field, FieldFile, InvalidField, Params};
use super::template::{InvalidTemplate, Part, Template};
use super::timestamp::TimestampRule;
use super::{Content, Scheme};
use crate::webhook::secret::SecretRule;

/// A scheme as written in a provider file, or inline in a source's `scheme`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeFile {
    header: Option<String>,
    query: Option<String>,
    path: Option<bool>,
    body: Option<String>,
    separator: Option<String>,
    entry: Option<usize>,
    prefix: Option<Vec<String>>,
    algorithm: Option<Algorithm>,
    encoding: Option<Encoding>,
    content: Option<String>,
    canonical: Option<Canonical>,
    body_unsigned: Option<bool>,
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
    /// A field that no template could refer to.
    #[error("fields.{0}: the name is taken")]
    Taken(String),
    /// The content is not a template over the fields.
    #[error("content: {0}")]
    Content(#[from] InvalidTemplate),
    /// Content and a function in its place.
    #[error("content: not with canonical, which stands in its place")]
    Both,
    /// Nothing that ties the signature to the body.
    #[error(
        "content: does not contain {{body}}; where the provider leaves it unsigned, say so by body_unsigned"
    )]
    NoBody,
    /// Said of a content that has it.
    #[error("body_unsigned: content contains {{body}}")]
    BodySigned,
    /// A plain hash without a secret is none, and elsewhere a secret has no place.
    #[error("content: {{secret}} is for algorithm sha256, and must be there")]
    Secret,
    /// A token is compared, and no more.
    #[error("content: a token signs nothing")]
    Token,
    /// The timestamp refers to a field that does not exist.
    #[error("timestamp.field: there is no field `{0}`")]
    Timestamp(String),
    /// Anyone could send an old request with a new time.
    #[error("timestamp.field: `{0}` is not signed; it must be in content, or in the body")]
    UnsignedTimestamp(String),
}

/// The variables of contents that are no fields, and the one of replies.
const TAKEN: [&str; 6] = ["body", "body_crc32", "method", "url", "secret", "mac"];

impl TryFrom<SchemeFile> for Scheme {
    type Error = InvalidScheme;

    fn try_from(mut file: SchemeFile) -> Result<Self, Self::Error> {
        let signature = Field::try_from(file.place()).map_err(InvalidScheme::Signature)?;
        let fields = named(file.fields.take().unwrap_or_default())?;
        let content = file.content(&fields)?;
        if let Some(TimestampRule { field, .. }) = &file.timestamp {
            check_timestamp(field, &fields, &content)?;
        }
        Ok(Self {
            signature,
            encoding: file.encoding.unwrap_or_default(),
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
    fn place(&mut self) -> FieldFile {
        FieldFile {
            header: self.header.take(),
            query: self.query.take(),
            path: self.path,
            body: self.body.take(),
            param: None,
            separator: self.separator.take(),
            entry: self.entry,
            prefix: self.prefix.take(),
            forbid: None,
        }
    }

    fn content(&self, fields: &BTreeMap<String, Field>) -> Result<Content, InvalidScheme> {
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
        match (template.has(&Part::Body), self.body_unsigned.unwrap_or_default()) {
            (false, false) => Err(InvalidScheme::NoBody),
            (true, true) => Err(InvalidScheme::BodySigned),
            _ => Ok(Content::Template(template)),
        }
    }
}

/// A named function sees to its own timestamp.
fn check_timestamp(
    field: &str,
    fields: &BTreeMap<String, Field>,
    content: &Content,
) -> Result<(), InvalidScheme> {
    let Content::Template(template) = content else { return Ok(()) };
    let place = fields.get(field).ok_or_else(|| InvalidScheme::Timestamp(field.to_owned()))?;
    let in_signed_body = place.is_in_body() && template.has(&Part::Body);
    match in_signed_body || template.has(&Part::Field(field.to_owned())) {
        true => Ok(()),
        false => Err(InvalidScheme::UnsignedTimestamp(field.to_owned())),
    }
}

fn named(files: BTreeMap<String, FieldFile>) -> Result<BTreeMap<String, Field>, InvalidScheme> {
    let field = |(name, file): (String, FieldFile)| match Field::try_from(file) {
        Ok(_) if TAKEN.contains(&name.as_str()) => Err(InvalidScheme::Taken(name)),
        Ok(field) => Ok((name, field)),
        Err(error) => Err(InvalidScheme::Field(name, error)),
    };
    files.into_iter().map(field).collect()
}
