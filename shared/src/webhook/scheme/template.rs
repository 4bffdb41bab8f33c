//! Templates: texts with parts of a request in them, such as `{id}.{timestamp}.{body}`.

use std::borrow::Cow;

use super::algorithm::Piece;
use super::sorted_form;
use crate::webhook::body;
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
    /// The body without its content coding (`Content-Encoding`).
    DecodedBody,
    /// The names and values of the URL-encoded form, sorted by name.
    SortedForm,
    /// The CRC-32 of the body, in decimal.
    BodyCrc32,
    /// The request's method.
    Method,
    /// The public URL, query included.
    Url,
    /// The public URL with twelve characters percent-decoded, as HubSpot signs it.
    HubspotUrl,
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

    /// Whether the template contains the body: its bytes, with or without its content coding, or all fields of a form.
    pub fn covers_body(&self) -> bool {
        self.has(&Part::Body) || self.has(&Part::DecodedBody) || self.has(&Part::SortedForm)
    }

    /// Whether the template is filled in alike for every request with the same method.
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Literal(_) | Part::Secret | Part::Method))
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
                Part::DecodedBody => decoded_body(request),
                Part::SortedForm => Cow::Owned(sorted_form::sorted_by_name(request).into_bytes()),
                Part::BodyCrc32 => {
                    Cow::Owned(crc32fast::hash(&request.body).to_string().into_bytes())
                }
                Part::Method => Cow::Borrowed(request.method.as_bytes()),
                Part::Url => Cow::Borrowed(request.url.as_bytes()),
                Part::HubspotUrl => Cow::Owned(decode_for_hubspot(&request.url).into_bytes()),
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
        "decoded_body" => Part::DecodedBody,
        "hubspot_url" => Part::HubspotUrl,
        "method" => Part::Method,
        "url" => Part::Url,
        "secret" => Part::Secret,
        "sorted_form" => Part::SortedForm,
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

/// The body without its content coding. Empty if it does not have that coding: then no signature matches.
fn decoded_body(request: &Request) -> Cow<'_, [u8]> {
    body::decode(body::content_coding(request), &request.body).unwrap_or_default()
}

/// The characters that HubSpot decodes in a URL before it signs it. Source: developers.hubspot.com, "Validating
/// requests", the table of "Validate the v3 request signature" (read in 2026-11).
const HUBSPOT_DECODED: &str = ":/?@!$'()*,;";

/// A URL with the percent-encodings of [`HUBSPOT_DECODED`] decoded, in either case, and no others.
fn decode_for_hubspot(url: &str) -> String {
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.map(char::from).filter(|byte| HUBSPOT_DECODED.contains(*byte)) {
            Some(character) => {
                decoded.push(character);
                rest = &after[2..];
            }
            None => {
                decoded.push('%');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubspot_decodes_twelve_characters_in_either_case() {
        let encoded = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(decode_for_hubspot(encoded), HUBSPOT_DECODED);
        assert_eq!(decode_for_hubspot(&encoded.to_lowercase()), HUBSPOT_DECODED);
        for other in ["%20%3D%26%25", "%", "%3", "%zz", "%é", "%253A"] {
            assert_eq!(decode_for_hubspot(other), other);
        }
    }
}
