//! Templates: texts with parts of a request in them, such as `{id}.{timestamp}.{body}`.

use std::borrow::Cow;

use super::algorithm::Piece;
use crate::webhook::request::Request;

/// A parsed template. A MAC is computed part by part, so that a body of several MB is not copied into one
/// text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text.
    Literal(String),
    /// The request's body.
    Body,
    /// The CRC-32 of the body, in decimal.
    BodyCrc32,
    /// The request's method.
    Method,
    /// The public URL, query included.
    Url,
    /// The secret.
    Secret,
    /// The value of a named field.
    Field(String),
}

/// Why a text is not a valid template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// A brace that is never closed.
    #[error("`{{` without `}}`")]
    Unclosed,
    /// A variable that is neither built in nor the name of a field.
    #[error("there is no field `{0}`")]
    UnknownField(String),
}

impl Template {
    /// Parses a signed content. Its variables are the parts of the request, the secret and the names for
    /// which `exists` is true.
    pub fn of_request(text: &str, exists: impl Fn(&str) -> bool) -> Result<Self, InvalidTemplate> {
        Self::parse(text, |name| match request_part(name) {
            Some(part) => Ok(part),
            None => field(name, &exists),
        })
    }

    /// Parses the template of an answer. Its variables are the names for which `exists` is true.
    pub fn of_fields(text: &str, exists: impl Fn(&str) -> bool) -> Result<Self, InvalidTemplate> {
        Self::parse(text, |name| field(name, &exists))
    }

    fn parse(
        text: &str,
        variable: impl Fn(&str) -> Result<Part, InvalidTemplate>,
    ) -> Result<Self, InvalidTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, opened)) = rest.split_once('{') {
            let (name, after) = opened.split_once('}').ok_or(InvalidTemplate::Unclosed)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(variable(name)?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether the template contains a part.
    pub fn has(&self, part: &Part) -> bool {
        self.0.contains(part)
    }

    /// Fills the template in from a request. `field` returns a field's value by name.
    pub fn pieces<'r>(
        &self,
        request: &'r Request,
        field: impl Fn(&str) -> Cow<'r, str>,
    ) -> Vec<Piece<'r>> {
        let piece = |part: &Part| {
            Piece::Bytes(match part {
                Part::Literal(text) => Cow::Owned(text.clone().into_bytes()),
                Part::Body => Cow::Borrowed(&request.body[..]),
                Part::BodyCrc32 => {
                    Cow::Owned(crc32fast::hash(&request.body).to_string().into_bytes())
                }
                Part::Method => Cow::Borrowed(request.method.as_bytes()),
                Part::Url => Cow::Borrowed(request.url.as_bytes()),
                Part::Secret => return Piece::Secret,
                Part::Field(name) => into_bytes(field(name)),
            })
        };
        self.0.iter().map(piece).collect()
    }
}

fn request_part(name: &str) -> Option<Part> {
    Some(match name {
        "body" => Part::Body,
        "body_crc32" => Part::BodyCrc32,
        "method" => Part::Method,
        "url" => Part::Url,
        "secret" => Part::Secret,
        _ => return None,
    })
}

fn field(name: &str, exists: impl Fn(&str) -> bool) -> Result<Part, InvalidTemplate> {
    match exists(name) {
        true => Ok(Part::Field(name.to_owned())),
        false => Err(InvalidTemplate::UnknownField(name.to_owned())),
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
