//! A way into a body, `data.items.id`: what verification reads of one that nobody has vouched for.
//!
//! JMESPath would have the whole body as a tree, many times its size. This keeps what stands at the
//! end of the path, and skips over the rest.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Body;
use crate::webhook::request::Request;

/// More values than this at the end of a path are too many to be told from an attack.
const MAX_VALUES: usize = 4096;

/// Names joined by dots, and alternatives of such joined by ` || `: the first that finds something
/// counts. It goes through lists into each item, and on into a string that is itself JSON, but not into
/// a string in that: each may be nested as deeply again, until the stack overflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPath {
    text: String,
    alternatives: Vec<Vec<String>>,
}

/// Why a text is not a path.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path of names joined by dots")]
pub struct InvalidPath(String);

impl BodyPath {
    /// Parses a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let names = |path: &str| path.trim().split('.').map(str::to_owned).collect::<Vec<_>>();
        let alternatives: Vec<_> = text.split("||").map(names).collect();
        let usable = |name: &String| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        };
        match alternatives.iter().flatten().all(usable) {
            true => Ok(Self { text: text.to_owned(), alternatives }),
            false => Err(InvalidPath(text.to_owned())),
        }
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// All values at the end of the path; none where there are too many to be meant.
    pub fn find<'r>(&self, request: &'r Request) -> Option<Vec<Cow<'r, str>>> {
        let body = Body::of(request);
        let found = self.alternatives.iter().map(|names| find(&body, names));
        found
            .into_iter()
            .find(|found| !matches!(found, Ok(values) if values.is_empty()))
            .map_or_else(
                || Some(Vec::new()),
                |found| found.ok().map(|values| values.into_iter().map(Cow::Owned).collect()),
            )
    }
}

/// The values at the end of `names`, or [`TooMany`].
fn find(body: &Body<'_>, names: &[String]) -> Result<Vec<String>, TooMany> {
    let mut found = Vec::new();
    match body {
        Body::Json(json) => seek(json, names, &mut found, true),
        // Of a repeated field the last value counts, as most frameworks have it.
        Body::Fields(fields) => match fields.iter().rfind(|(name, _)| *name == names[0]) {
            Some((_, value)) if names.len() == 1 => found.push(value.clone().into_owned()),
            Some((_, value)) => seek(value.as_bytes(), &names[1..], &mut found, true),
            None => {}
        },
        Body::Opaque => {}
    }
    if found.len() > MAX_VALUES { Err(TooMany) } else { Ok(found) }
}

struct TooMany;

/// Reads JSON along a path. What is not JSON has nothing at its end.
fn seek(json: &[u8], names: &[String], found: &mut Vec<String>, into_strings: bool) {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // An error is either that, or that there is too much, which `found` says as well.
    let _ = Seek { names, found, into_strings }.deserialize(&mut reader);
}

/// Follows `names` through one value.
struct Seek<'p> {
    names: &'p [String],
    found: &'p mut Vec<String>,
    into_strings: bool,
}

impl Seek<'_> {
    /// The same for what stands inside, by the names that are left.
    fn inside<'s>(&'s mut self, names: &'s [String]) -> Seek<'s> {
        Seek { names, found: self.found, into_strings: self.into_strings }
    }

    fn keep<E: Error>(self, scalar: impl ToString) -> Result<(), E> {
        if self.names.is_empty() {
            self.found.push(scalar.to_string());
        }
        self.bounded()
    }

    /// One value beyond the limit is kept, to tell by.
    fn bounded<E: Error>(&self) -> Result<(), E> {
        if self.found.len() > MAX_VALUES { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.keep(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.keep(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.keep(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.keep(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        if self.names.is_empty() {
            return self.keep(value);
        }
        if self.into_strings && value.trim_start().starts_with(['{', '[']) {
            seek(value.as_bytes(), self.names, self.found, false);
        }
        self.bounded()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let names = self.names;
        while list.next_element_seed(self.inside(names))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let names = self.names;
        let before = self.found.len();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match names.split_first() {
                Some((name, rest)) if *name == key => {
                    // Of a repeated key the last value counts, as in every JSON library.
                    self.found.truncate(before);
                    map.next_value_seed(self.inside(rest))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
