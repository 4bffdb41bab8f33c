//! What a signature signs: text with the raw body and named fields in it, `{id}.{timestamp}.{body}`.

use std::collections::BTreeMap;

use super::field::Field;

/// A parsed template. It is never put together in memory: its parts are fed to the MAC one by one, so
/// that a 4 MB body is not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands there as it is.
    Literal(String),
    /// The request's body.
    Body,
    /// The value of a named field.
    Field(String),
}

/// Why a text is not a template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplate {
    /// A brace that is never closed.
    #[error("`{{` without `}}`")]
    Unclosed,
    /// A variable that names no field.
    #[error("there is no field `{0}`")]
    UnknownField(String),
    /// Nothing that ties the signature to the body.
    #[error("does not contain {{body}}")]
    NoBody,
}

impl Template {
    /// Parses a template whose variables are `{body}` and the names of `fields`.
    pub fn parse(text: &str, fields: &BTreeMap<String, Field>) -> Result<Self, InvalidTemplate> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, variable)) = rest.split_once('{') {
            let (name, after) = variable.split_once('}').ok_or(InvalidTemplate::Unclosed)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(variable_part(name, fields)?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        if !parts.contains(&Part::Body) {
            return Err(InvalidTemplate::NoBody);
        }
        Ok(Self(parts))
    }

    /// The parts in their order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

fn variable_part(name: &str, fields: &BTreeMap<String, Field>) -> Result<Part, InvalidTemplate> {
    match name {
        "body" => Ok(Part::Body),
        name if fields.contains_key(name) => Ok(Part::Field(name.to_owned())),
        name => Err(InvalidTemplate::UnknownField(name.to_owned())),
    }
}
