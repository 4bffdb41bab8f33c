//! Paths into a body, such as `data.items.id`. Verification reads an unverified body by them.
//!
//! JMESPath would need the whole body as a tree, which takes many times its size. A path keeps the values at
//! its end only, and skips the rest while parsing.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Content;
use crate::webhook::request::Request;

/// A path that finds more values than this is malformed: no provider sends so many, and an attacker may.
const MAX_VALUES: usize = 4096;

/// How many levels of lists at the end of a path are read. Each level costs a pass over its text.
const MAX_LISTS: usize = 4;

/// Names joined by dots; alternatives are joined by ` || `, and the first that finds something counts.
///
/// A path goes through lists into each item, and into a string that is itself JSON. It does not go into a
/// string within such a string: with each level of strings an attacker could nest lists further, until the
/// stack overflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPath {
    text: String,
    alternatives: Vec<Vec<String>>,
}

/// A text is not a path.
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

    /// The text that the path was parsed from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of each alternative.
    pub(super) fn alternatives(&self) -> impl Iterator<Item = &[String]> {
        self.alternatives.iter().map(Vec::as_slice)
    }

    /// All values at the end of the path. `None` if there are more than 4096.
    pub fn find<'r>(&self, request: &'r Request) -> Option<Vec<Cow<'r, str>>> {
        let content = request.content();
        let found = self.alternatives.iter().map(|names| find(&content, request, names));
        found
            .into_iter()
            .find(|found| !matches!(found, Ok(values) if values.is_empty()))
            .map_or_else(
                || Some(Vec::new()),
                |found| found.ok().map(|values| values.into_iter().map(Cow::Owned).collect()),
            )
    }
}

/// The values at the end of `names`, or [`TooMany`] if there are more than [`MAX_VALUES`].
fn find(content: &Content, request: &Request, names: &[String]) -> Result<Vec<String>, TooMany> {
    let mut found = Vec::new();
    if let Some(json) = content.json(request) {
        seek(json, names, &mut found, true);
    }
    // The last value of a repeated field counts, as in most frameworks.
    let mut fields = content.fields().into_iter().flatten();
    match fields.rfind(|(name, _)| *name == names[0]) {
        Some((_, value)) if names.len() == 1 => found.push(value.clone()),
        Some((_, value)) => seek(value.as_bytes(), &names[1..], &mut found, true),
        None => {}
    }
    if found.len() > MAX_VALUES { Err(TooMany) } else { Ok(found) }
}

struct TooMany;

/// Collects the values at the end of a path in JSON. Finds nothing in anything else.
fn seek(json: &[u8], names: &[String], found: &mut Vec<String>, into_strings: bool) {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // An error means invalid JSON, or too many values, which the length of `found` shows as well.
    let _ = Seek { names, found, into_strings }.deserialize(&mut reader);
}

/// Follows `names` through one value. The visitor's methods are for values with names left to follow.
struct Seek<'p> {
    names: &'p [String],
    found: &'p mut Vec<String>,
    into_strings: bool,
}

impl Seek<'_> {
    /// A seed for a nested value, with the names that are left.
    fn nested<'s>(&'s mut self, names: &'s [String]) -> Seek<'s> {
        Seek { names, found: self.found, into_strings: self.into_strings }
    }

    /// Keeps the value at the end of the path. A number has the digits that it was written with: as a double,
    /// 18446744073709551616 and 18446744073709551617 would be one.
    fn keep<E: Error>(&mut self, json: &str, lists: usize) -> Result<(), E> {
        match json.as_bytes().first() {
            Some(b'"') => self.found.push(serde_json::from_str(json).map_err(E::custom)?),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => self.found.push(json.to_owned()),
            Some(b'[') if lists < MAX_LISTS => {
                let mut reader = serde_json::Deserializer::from_str(json);
                let items = Items { seek: self, lists: lists + 1 };
                reader.deserialize_seq(items).map_err(E::custom)?;
            }
            _ => {}
        }
        self.check_limit()
    }

    /// Stops with one value more than the limit, so that the caller sees that it was exceeded.
    fn check_limit<E: Error>(&self) -> Result<(), E> {
        if self.found.len() > MAX_VALUES { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        match self.names.is_empty() {
            true => self.keep(<&RawValue>::deserialize(deserializer)?.get(), 0),
            false => deserializer.deserialize_any(self),
        }
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

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        if self.into_strings && value.trim_start().starts_with(['{', '[']) {
            seek(value.as_bytes(), self.names, self.found, false);
        }
        self.check_limit()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let names = self.names;
        while list.next_element_seed(self.nested(names))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let names = self.names;
        let before = self.found.len();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match names.split_first() {
                Some((name, rest)) if *name == key => {
                    // The last value of a repeated key counts, as in every JSON library.
                    self.found.truncate(before);
                    map.next_value_seed(self.nested(rest))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Keeps the items of a list at the end of a path.
struct Items<'s, 'p> {
    seek: &'s mut Seek<'p>,
    /// How many lists the items are in.
    lists: usize,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<&RawValue>()? {
            self.seek.keep(item.get(), self.lists)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
