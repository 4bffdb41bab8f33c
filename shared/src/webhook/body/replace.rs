//! Replaces the values at the end of a path in a body, and no other byte of it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::{BodyPath, Format, content_coding, decode, essence};
use crate::webhook::request::Request;

/// Returns what a value is replaced by.
pub(crate) type Replacement<'r> = dyn FnMut(&str) -> String + 'r;

/// JSON is followed to this depth only, as serde_json does where it reads values.
const MAX_DEPTH: usize = 128;
/// The shortest value that is replaced wherever it occurs, in a format that cannot be edited in place. A shorter one
/// could be a part of other text.
pub(crate) const MIN_LITERAL: usize = 8;

impl BodyPath {
    /// Replaces the values at the end of all alternatives of the path.
    ///
    /// - JSON and URL-encoded forms are edited in place, and every other byte stays. That includes values that do not
    ///   count because their name is repeated.
    /// - In XML and multipart forms, a value of at least eight characters is replaced wherever it occurs.
    /// - A body with a content coding, or in another encoding than UTF-8, is replaced by its text in UTF-8, and the
    ///   headers that said otherwise are corrected.
    pub(crate) fn replace(&self, request: &mut Request, with: &mut Replacement<'_>) {
        let content = request.content();
        let edited = match content.format() {
            Format::Json => std::str::from_utf8(content.text(request))
                .ok()
                .and_then(|json| self.in_json(json, with)),
            Format::Fields(_) => std::str::from_utf8(content.text(request))
                .ok()
                .filter(|_| !is_multipart(request))
                .and_then(|form| self.in_form(form, with)),
            Format::Xml | Format::Opaque | Format::NotDecoded => None,
        };
        match edited {
            Some(text) => {
                let is_json = *content.format() == Format::Json;
                let converted = content.text.is_some();
                request.body = text.into_bytes();
                if converted {
                    request.headers.remove("content-encoding");
                }
                if converted && is_json {
                    drop_parameters(request);
                }
            }
            None => self.in_bytes(request, with),
        }
    }

    fn in_json(&self, json: &str, with: &mut Replacement<'_>) -> Option<String> {
        let paths: Vec<&[String]> = self.alternatives().collect();
        edit(json, &paths, true, with)
    }

    fn in_form(&self, form: &str, with: &mut Replacement<'_>) -> Option<String> {
        let mut edited = Cow::Borrowed(form);
        for names in self.alternatives() {
            let Some((field, rest)) = names.split_first() else { continue };
            let replaced = replace_parameter(&edited, field, &mut |value| match rest {
                [] => with(value),
                rest => edit(value, &[rest], true, with).unwrap_or_else(|| value.to_owned()),
            });
            if replaced != *edited {
                edited = Cow::Owned(replaced);
            }
        }
        match edited {
            Cow::Borrowed(_) => None,
            Cow::Owned(edited) => Some(edited),
        }
    }

    /// Replaces the values wherever they occur in the body.
    fn in_bytes(&self, request: &mut Request, with: &mut Replacement<'_>) {
        let found = self.find(request).unwrap_or_default();
        let found = found.into_iter().filter(|value| value.len() >= MIN_LITERAL);
        let mut values: Vec<String> = found.map(Cow::into_owned).collect();
        values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        if values.is_empty() {
            return;
        }
        let Some(body) = decode(content_coding(request), &request.body) else { return };
        let mut body = body.into_owned();
        for value in values {
            let replacement = with(&value);
            let written = [escape_xml(&value), value];
            body = replace_bytes(&body, &written, replacement.as_bytes());
        }
        request.body = body;
        request.headers.remove("content-encoding");
    }
}

/// Replaces the values of all parameters of a name in a query or a URL-encoded form. Every other byte stays.
pub(crate) fn replace_parameter(query: &str, name: &str, with: &mut Replacement<'_>) -> String {
    let mut replace = |pair: &str| {
        let (key, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
        let (written, _) = pair.split_once('=')?;
        if key != name || value.is_empty() {
            return None;
        }
        let encoded: String = form_urlencoded::byte_serialize(with(&value).as_bytes()).collect();
        Some(format!("{written}={encoded}"))
    };
    let pairs = query.split('&').map(|pair| replace(pair).unwrap_or_else(|| pair.to_owned()));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text as XML escapes it between tags.
fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn is_multipart(request: &Request) -> bool {
    essence(request.headers.get("content-type").unwrap_or_default()).starts_with("multipart/")
}

/// Removes the parameters of `Content-Type`, such as `charset`.
fn drop_parameters(request: &mut Request) {
    for (_, value) in request.headers.iter_mut().filter(|(name, _)| *name == "content-type") {
        *value = essence(value);
    }
}

/// Replaces all occurrences of several texts.
fn replace_bytes(bytes: &[u8], from: &[String], to: &[u8]) -> Vec<u8> {
    let (mut replaced, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some((first, after)) = rest.split_first() {
        let occurrence = from.iter().find_map(|text| rest.strip_prefix(text.as_bytes()));
        match occurrence {
            Some(_) => replaced.extend_from_slice(to),
            None => replaced.push(*first),
        }
        rest = occurrence.unwrap_or(after);
    }
    replaced
}

/// JSON with the values at the ends of `paths` replaced by strings. `None` if there are none.
fn edit(
    json: &str,
    paths: &[&[String]],
    into_strings: bool,
    with: &mut Replacement<'_>,
) -> Option<String> {
    let mut editor = Editor { json, into_strings, with, edits: Vec::new() };
    for names in paths {
        editor.follow(json.trim_matches([' ', '\t', '\r', '\n']), names, 0);
    }
    let mut edits = editor.edits;
    // Two alternatives may lead to the same value.
    edits.sort_by_key(|(range, _)| range.start);
    edits.dedup_by_key(|(range, _)| range.start);
    if edits.is_empty() {
        return None;
    }
    let (mut edited, mut end) = (String::with_capacity(json.len()), 0);
    for (range, replacement) in edits {
        edited.push_str(json.get(end..range.start)?);
        edited.push_str(&replacement);
        end = range.end;
    }
    edited.push_str(json.get(end..)?);
    Some(edited)
}

/// Collects edits of a JSON text.
struct Editor<'j, 'w, 'r> {
    json: &'j str,
    /// Whether paths go into strings that are themselves JSON.
    into_strings: bool,
    with: &'w mut Replacement<'r>,
    /// Ranges of bytes, and the JSON that replaces them.
    edits: Vec<(Range<usize>, String)>,
}

impl<'j> Editor<'j, '_, '_> {
    /// Follows `names` through one value, which is a part of the JSON text.
    fn follow(&mut self, value: &'j str, names: &[String], depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let is_end = names.is_empty();
        // An error means that the rest is not JSON, so that no path leads through it.
        let _ = match value.as_bytes().first() {
            Some(b'{') => Deserializer::from_str(value).deserialize_map(Follow(self, names, depth)),
            Some(b'[') => Deserializer::from_str(value).deserialize_seq(Follow(self, names, depth)),
            Some(b'"') if is_end => {
                let text = serde_json::from_str::<String>(value);
                self.replace(value, &text.unwrap_or_else(|_| value.trim_matches('"').to_owned()));
                Ok(())
            }
            Some(b'"') if self.into_strings => {
                self.follow_into_string(value, names);
                Ok(())
            }
            None | Some(b'n' | b'"') => Ok(()),
            Some(_) if is_end => {
                self.replace(value, value);
                Ok(())
            }
            Some(_) => Ok(()),
        };
    }

    fn follow_into_string(&mut self, value: &'j str, names: &[String]) {
        let Ok(text) = serde_json::from_str::<String>(value) else { return };
        if let Some(edited) = edit(&text, &[names], false, self.with) {
            self.add(value, &edited);
        }
    }

    fn replace(&mut self, value: &'j str, text: &str) {
        let replacement = (self.with)(text);
        self.add(value, &replacement);
    }

    /// Adds the edit that replaces a value by a string.
    fn add(&mut self, value: &'j str, text: &str) {
        let start = value.as_ptr().addr() - self.json.as_ptr().addr();
        let string = serde_json::Value::from(text).to_string();
        self.edits.push((start..start + value.len(), string));
    }
}

/// Follows names through an object or a list.
struct Follow<'e, 'j, 'w, 'r>(&'e mut Editor<'j, 'w, 'r>, &'e [String], usize);

impl<'j> Visitor<'j> for Follow<'_, 'j, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(editor, names, depth) = self;
        while let Some(item) = list.next_element::<&'j RawValue>()? {
            editor.follow(item.get(), names, depth + 1);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(editor, names, depth) = self;
        while let Some(key) = map.next_key::<Cow<'j, str>>()? {
            match names.split_first() {
                Some((name, rest)) if *name == key => {
                    editor.follow(map.next_value::<&'j RawValue>()?.get(), rest, depth + 1);
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
