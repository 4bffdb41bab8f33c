//! Verified requests as they are stored: without the tokens that they carry.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::field::{Found, authentication_scheme};
use super::{MAX_SIGNATURES, Match, Scheme, Verified};
use crate::webhook::request::Request;
use crate::webhook::secret::FingerprintKey;

/// What stands before a fingerprint in place of a token.
const MARK: &str = "fingerprint:";
/// The shortest token that is replaced in other parts of the request as well. A shorter one could be a part of other
/// text.
const MIN_COPY: usize = 8;

/// A verified request whose tokens are replaced by their fingerprints. Only this is stored, so that anyone who reads the
/// archive cannot send requests of their own.
///
/// A token is the value of the field of a scheme that [signs nothing](Scheme::signs_nothing), whether it is the
/// secret or not. Where a signature is, nothing is replaced: it is of no use for another request.
#[derive(Debug)]
pub struct RequestAtRest<'v> {
    request: Cow<'v, Request>,
    matched: &'v Match,
    fingerprinted: Vec<String>,
    body_as_received: bool,
}

impl Verified {
    /// The request as it is stored. `schemes` are those that it was verified with, and `key` is that of the stack.
    ///
    /// The body stays as it is if the signature covers it.
    pub fn at_rest(&self, schemes: &[Scheme], key: &FingerprintKey) -> RequestAtRest<'_> {
        let (verified, matched) = (self.request(), self.matched());
        let matching = schemes.get(matched.scheme);
        let body_signed = matching.is_some_and(Scheme::covers_body);
        let tokens = schemes.iter().enumerate().filter(|(_, scheme)| {
            scheme.signs_nothing() && !(body_signed && scheme.signature.is_in_body())
        });
        let (mut request, mut fingerprinted) = (Cow::Borrowed(verified), Vec::new());
        // Two schemes may read the same field.
        let mut written: Vec<String> = Vec::new();
        for (position, scheme) in tokens {
            // Most requests of a provider that also signs have no token, and a body may have several MB to copy.
            if scheme.signature.read(&request, &scheme.params, MAX_SIGNATURES) == Found::Missing {
                continue;
            }
            let mut replaced = BTreeMap::new();
            let mut changed = request.as_ref().clone();
            scheme.signature.replace(&mut changed, &mut |token| {
                if written.iter().any(|fingerprint| token.ends_with(fingerprint)) {
                    return bare(token).to_owned();
                }
                let fingerprint = || fingerprint(scheme, token, key);
                replaced.entry(token.to_owned()).or_insert_with(fingerprint).clone()
            });
            if replaced.is_empty() {
                continue;
            }
            // Only the sender who knows the secret chooses what this replaces.
            if position == matched.scheme {
                replaced.iter().for_each(|(token, with)| replace_copies(&mut changed, token, with));
            }
            fingerprinted.push(scheme.signature.describe());
            written.extend(replaced.into_values());
            request = Cow::Owned(changed);
        }
        let body_as_received = request.body == verified.body;
        RequestAtRest { request, matched, fingerprinted, body_as_received }
    }
}

impl RequestAtRest<'_> {
    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Which scheme and secret matched.
    pub fn matched(&self) -> &Match {
        self.matched
    }

    /// Whether the body has no token.
    pub fn is_body_as_received(&self) -> bool {
        self.body_as_received
    }

    /// Where fingerprints stand in place of tokens, such as `header x-gitlab-token`.
    pub fn fingerprinted(&self) -> &[String] {
        &self.fingerprinted
    }
}

/// The text in place of a token. That of a secret has the secret's fingerprint.
fn fingerprint(scheme: &Scheme, token: &str, key: &FingerprintKey) -> String {
    let decoded = scheme.encoding.decode(token);
    let bytes = decoded.as_deref().unwrap_or(token.as_bytes());
    format!("{MARK}{}", key.fingerprint(bytes))
}

/// A token without the name of an authentication scheme before it.
fn bare(token: &str) -> &str {
    &token[authentication_scheme(token).len()..]
}

/// Replaces a token in the rest of the headers and in the URL: a proxy may copy the path or the query into a header.
fn replace_copies(request: &mut Request, token: &str, with: &str) {
    let bare = bare(token);
    let encoded: String = url::form_urlencoded::byte_serialize(bare.as_bytes()).collect();
    let copies = [token, bare, &encoded].into_iter().filter(|copy| copy.len() >= MIN_COPY);
    for copy in copies {
        let Request { path, query, url, headers, .. } = &mut *request;
        let values = headers.iter_mut().map(|(_, value)| value);
        for text in values.chain([path, query, url]) {
            if text.contains(copy) {
                *text = text.replace(copy, with);
            }
        }
    }
}

#[cfg(test)]
mod tests;
