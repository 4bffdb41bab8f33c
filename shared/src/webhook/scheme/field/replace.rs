//! Replaces a field's values in a request.

use std::borrow::Cow;

use super::{Field, Location, sent_once};
use crate::webhook::body::{Replacement, replace_parameter};
use crate::webhook::request::Request;

/// Authentication schemes (RFC 9110, 11.1) that may stand before a token: those that IANA registers for one value, and
/// those of providers. They are no secrets.
const AUTHENTICATION_SCHEMES: [&str; 10] =
    ["apikey", "basic", "bearer", "dpop", "key", "oauth", "privatetoken", "ssws", "token", "vapid"];

impl Field {
    /// Replaces each value of the field, wherever the request has it: in every header of its name, every query parameter
    /// of its name, the path and the URL, or the body. What surrounds a value stays, such as the prefix of an entry, or
    /// the name of an authentication scheme.
    pub(in crate::webhook::scheme) fn replace(
        &self,
        request: &mut Request,
        with: &mut Replacement<'_>,
    ) {
        match &self.location {
            Location::Headers(names) => {
                self.replace_headers(request, |header| names.iter().any(|it| it == header), with);
            }
            Location::NumberedHeader(stem) => {
                let is_numbered = |header: &str| {
                    header.strip_prefix(stem.as_str()).is_some_and(|end| end.parse::<u16>().is_ok())
                };
                self.replace_headers(request, is_numbered, with);
            }
            Location::Query(name) => {
                let mut with = |value: &str| self.replace_entries(value, with);
                request.query = replace_parameter(&request.query, name, &mut with);
                if let Some((base, query)) = request.url.split_once('?') {
                    request.url = format!("{base}?{}", replace_parameter(query, name, &mut with));
                }
            }
            Location::Path => {
                replace_last_segment(request, &mut |value| self.replace_entries(value, with));
            }
            Location::Body(path) => {
                path.replace(request, &mut |value| self.replace_entries(value, with));
            }
            Location::Param(_) => {}
        }
    }

    fn replace_headers(
        &self,
        request: &mut Request,
        is_named: impl Fn(&str) -> bool,
        with: &mut Replacement<'_>,
    ) {
        for (_, value) in request.headers.iter_mut().filter(|(name, _)| is_named(name)) {
            *value = self.replace_entries(value, with);
        }
    }

    /// Replaces the entries of a value. Of a list from which only one entry is read, the others stay.
    fn replace_entries(&self, value: &str, with: &mut Replacement<'_>) -> String {
        let once = sent_once(value);
        if once.len() < value.len() {
            let replaced = self.replace_entries(once, with);
            return format!("{replaced},{replaced}");
        }
        let Some(separator) = &self.separator else { return self.replace_entry(value, with) };
        let entries: Vec<&str> = value.split(separator.as_str()).collect();
        let only = self.entry.filter(|only| *only < entries.len());
        let replaced = entries.into_iter().enumerate().map(|(index, padded)| {
            let entry = padded.trim();
            match only.is_none_or(|only| only == index) && !entry.is_empty() {
                true => Cow::Owned(padded.replacen(entry, &self.replace_entry(entry, with), 1)),
                false => Cow::Borrowed(padded),
            }
        });
        replaced.collect::<Vec<_>>().join(separator)
    }

    /// Replaces an entry, except for its prefix. An entry without one of the field's prefixes is replaced as well: it may
    /// be a credential of another kind.
    fn replace_entry(&self, entry: &str, with: &mut Replacement<'_>) -> String {
        if entry.is_empty() {
            return String::new();
        }
        match self.strip_prefix(entry).filter(|_| !self.prefixes.is_empty()) {
            Some("") => entry.to_owned(),
            Some(token) => entry[..entry.len() - token.len()].to_owned() + &with(token),
            None => authentication_scheme(entry).to_owned() + &with(entry),
        }
    }
}

/// The name of an authentication scheme at the start of a text, with the white space after it. Empty if there is none.
pub(in crate::webhook::scheme) fn authentication_scheme(text: &str) -> &str {
    let Some((name, token)) = text.split_once(' ') else { return "" };
    let token = token.trim_start();
    let is_known = AUTHENTICATION_SCHEMES.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is_known && !token.is_empty() { &text[..text.len() - token.len()] } else { "" }
}

/// Replaces the last segment of a path with several segments, and the same segment in the URL. The value is decoded.
fn replace_last_segment(request: &mut Request, with: &mut Replacement<'_>) {
    let path = request.path.trim_end_matches('/');
    let Some((before, last)) = path.rsplit_once('/').filter(|(before, _)| !before.is_empty())
    else {
        return;
    };
    let token = decoded(last).into_owned();
    let replaced = with(&token);
    let (url, query) = match request.url.split_once('?') {
        Some((url, query)) => (url, format!("?{query}")),
        None => (&request.url[..], String::new()),
    };
    if let Some((base, segment)) = url.trim_end_matches('/').rsplit_once('/')
        && decoded(segment) == token
    {
        request.url = format!("{base}/{replaced}{query}");
    }
    request.path = format!("{before}/{replaced}");
}

fn decoded(segment: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy()
}
