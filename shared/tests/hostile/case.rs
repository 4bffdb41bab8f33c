//! A valid request of a provider, its hostile variants, and the limits of time and memory for refusing them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use shared::provider::{self, Provider};
use shared::webhook::request::{Headers, Request};
use shared::webhook::scheme::field::{Found, Params};
use shared::webhook::scheme::{Refusal, Scheme, SignatureClaim, verify};
use url::form_urlencoded;

use crate::vectors::{Vector, covers_every_byte, folder, vectors};

/// A refusal may have at most this many bytes allocated at a time, plus [`MAX_MULTIPLE`] times the request's
/// size.
const MAX_BASE: usize = 256 * 1024;
const MAX_MULTIPLE: usize = 8;
/// The largest request that Lambda accepts, in bytes.
pub(crate) const LARGEST: usize = 6 << 20;
/// The longest CPU time of a refusal, in a build without optimisation.
const MAX_TIME: Duration = Duration::from_secs(5);

/// A valid request, and what is needed to verify it.
#[derive(Clone)]
pub(crate) struct Case {
    /// The provider's name.
    pub(crate) name: &'static str,
    /// The request.
    pub(crate) request: Request,
    /// The separator and the prefix of signatures, if the scheme allows a list of them.
    pub(crate) list: Option<(String, String)>,
    schemes: Vec<Scheme>,
    provider: Provider,
    secrets: Vec<String>,
    params: Params,
    now: Timestamp,
}

/// The cases of all providers, one for each valid vector. Those that tell events apart differ in nothing that matters
/// here.
pub(crate) fn cases() -> Vec<Case> {
    provider::names().into_iter().flat_map(cases_of).collect()
}

/// The first case of each provider, for tests that would take too long with all cases.
pub(crate) fn first_cases() -> impl Iterator<Item = Case> {
    provider::names().into_iter().map(case_of)
}

/// The providers whose signature, or a field that it covers, is read from the unverified body.
pub(crate) const SIGNATURE_IN_BODY: [&str; 9] = [
    "adyen",
    "aws-sns",
    "braintree",
    "dropbox-sign",
    "linear",
    "mailgun",
    "mandrill",
    "microsoft-graph",
    "twilio",
];
/// The providers whose handshakes are recognised by the unverified body.
const HANDSHAKE_IN_BODY: [&str; 6] = ["discord", "monday", "slack", "twitch", "xero", "zoom"];

/// The cases of all providers for which an unverified body is parsed.
pub(crate) fn body_parsing_cases() -> impl Iterator<Item = Case> {
    SIGNATURE_IN_BODY.into_iter().chain(HANDSHAKE_IN_BODY).map(case_of)
}

/// The first case of a provider.
pub(crate) fn case_of(name: &'static str) -> Case {
    cases_of(name).swap_remove(0)
}

fn cases_of(name: &'static str) -> Vec<Case> {
    let valid =
        vectors(name).into_iter().filter(|it| it.expect == "valid" && !it.is_about_identity());
    valid.map(|vector| Case::of(name, &vector)).collect()
}

impl Case {
    fn of(name: &'static str, vector: &Vector) -> Self {
        let provider = provider::find(name).unwrap();
        let (schemes, secrets) = (vector.schemes(&provider), vector.secrets());
        let verified = verify(&schemes, &secrets, vector.request(), vector.now()).unwrap();
        Self {
            name,
            request: verified.unwrap().into_request(),
            list: list(&vector.inline.clone().unwrap_or_else(|| first_scheme(name))),
            schemes,
            provider,
            secrets,
            params: vector.params(),
            now: vector.now(),
        }
    }

    /// The schemes of which the request has a signature.
    pub(crate) fn used_schemes(&self) -> impl Iterator<Item = &Scheme> {
        let is_used = |scheme: &&Scheme| {
            SignatureClaim::read(scheme, &self.request).is_ok_and(|c| c.is_some())
        };
        self.schemes.iter().filter(is_used)
    }

    /// Whether a signature covers every byte of the body.
    pub(crate) fn covers_body(&self) -> bool {
        self.used_schemes().all(covers_every_byte)
    }

    /// Whether the request has a token, which signs nothing, or a JWT that does not cover the body.
    pub(crate) fn has_token(&self) -> bool {
        self.used_schemes().any(Scheme::signs_nothing)
    }

    /// Whether the unverified body is parsed, or decoded.
    fn reads_body(&self) -> bool {
        SIGNATURE_IN_BODY.contains(&self.name)
            || HANDSHAKE_IN_BODY.contains(&self.name)
            || self.schemes.iter().any(Scheme::signs_decoded_body)
    }

    /// Asserts that a request is refused within the limits of time and memory.
    #[track_caller]
    pub(crate) fn refuses(&self, request: Request) {
        let result = self.measure(request);
        assert!(result.is_err(), "{} accepts it", self.name);
    }

    /// Asserts that a request with another body is refused within the limits of time and memory. A token signs nothing, so
    /// that its request is accepted, but within the same limits.
    #[track_caller]
    pub(crate) fn withstands(&self, request: Request) {
        match self.has_token() {
            true => drop(self.measure(request)),
            false => self.refuses(request),
        }
    }

    /// Verifies a request, and asserts that it takes no more time and memory than allowed. Returns the
    /// result.
    #[track_caller]
    pub(crate) fn measure(&self, request: Request) -> Result<(), Refusal> {
        let size = size(&request);
        // What is made of such a body may take as much as the largest body, but no more.
        let counted = if self.reads_body() && is_converted(&request) { LARGEST } else { size };
        let (start, mut result) = (cpu_time(), Ok(()));
        let allocated = allocation_counter::measure(|| result = self.process(request)).bytes_max;
        let took = cpu_time().saturating_sub(start);
        let limit = MAX_BASE + MAX_MULTIPLE * counted;
        let name = self.name;
        assert!(allocated <= limit as u64, "{name}: {allocated} bytes for a request of {size}");
        assert!(took < MAX_TIME, "{name}: {took:?} for a request of {size} bytes");
        result
    }

    /// Does what ingest does with a request before it stores it.
    fn process(&self, request: Request) -> Result<(), Refusal> {
        let mut handshakes = self.provider.handshakes.iter();
        if let Some(handshake) = handshakes.find(|h| h.matches(&request, &self.params)) {
            let key = self.schemes.first().and_then(|s| s.secret.key(&self.secrets[0]).ok());
            let _ = handshake.has_token(&request, &self.params);
            let _ = handshake.answer(&request, &self.params, key.as_ref());
        }
        let verified = verify(&self.schemes, &self.secrets, request, self.now).unwrap();
        let verified = verified.map_err(|refused| refused.refusal)?;
        let reply = self.provider.reply.answer(verified.request(), &self.params, &BTreeMap::new());
        drop(reply);
        Ok(())
    }

    /// The request's signatures as text.
    pub(crate) fn signatures(&self) -> Vec<String> {
        let read = |scheme: &Scheme| match scheme.signature.read(&self.request, &self.params, 32) {
            Found::Entries(entries) => entries.iter().map(ToString::to_string).collect(),
            found => panic!("{}: {found:?}", self.name),
        };
        self.used_schemes().flat_map(|scheme| -> Vec<String> { read(scheme) }).collect()
    }

    /// The request with another text in place of each of its signatures.
    pub(crate) fn signed_with(&self, signature: impl Fn(&str) -> String) -> Request {
        let mut request = self.request.clone();
        for written in self.signatures() {
            let other = signature(&written);
            let replace = |text: &str| text.replace(&written, &other);
            let headers = request.headers.iter();
            request.headers = headers.map(|(name, value)| (name, replace(value))).collect();
            let pairs = form_urlencoded::parse(request.query.as_bytes());
            let pairs = pairs.map(|(name, value)| (name, replace(&value)));
            request.query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let path = percent_encoding::percent_decode_str(&request.path).decode_utf8().unwrap();
            request.path = replace(&path);
            if let Ok(body) = std::str::from_utf8(&request.body) {
                let content_type = self.request.headers.get("content-type").unwrap_or_default();
                request.body = match content_type.ends_with("x-www-form-urlencoded") {
                    true => body.replace(&written, &in_form(&other)),
                    false => replace(body),
                }
                .into_bytes();
            }
        }
        request
    }

    /// The headers that verification reads.
    pub(crate) fn headers(&self) -> Vec<String> {
        let claims =
            self.schemes.iter().filter_map(|s| SignatureClaim::read(s, &self.request).ok()?);
        let fields = claims.flat_map(|claim| claim.described_fields().collect::<Vec<_>>());
        fields.filter_map(|field| field.strip_prefix("header ").map(str::to_owned)).collect()
    }

    /// The request with a header added or replaced.
    pub(crate) fn with(&self, name: &str, value: &str) -> Request {
        Request { headers: with(&self.request.headers, name, value), ..self.request.clone() }
    }

    /// This case with a header added to its request, or replaced.
    pub(crate) fn with_header(self, &(name, value): &(&str, &str)) -> Self {
        Self { request: self.with(name, value), ..self }
    }

    /// The request with another body.
    pub(crate) fn with_body(&self, body: &[u8]) -> Request {
        Request { body: body.to_vec(), ..self.request.clone() }
    }

    /// The request with another body and content type.
    pub(crate) fn sending(&self, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
        Request { body: body.into(), ..self.with("content-type", content_type) }
    }
}

/// The JSON of a provider's first scheme.
fn first_scheme(name: &str) -> Value {
    let file = std::fs::read(folder().join(format!("{name}.json"))).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    file["schemes"][0].clone()
}

/// A text as a value in a form.
fn in_form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The separator and the prefix of a scheme's list of signatures. `None` if the scheme reads a single entry.
fn list(scheme: &Value) -> Option<(String, String)> {
    let separator = scheme["separator"].as_str().filter(|_| scheme["entry"].is_null())?;
    let before = scheme["after"].as_str().map(|after| format!("x{after}"));
    let prefix = scheme["prefix"][0].as_str().unwrap_or_default();
    Some((separator.to_owned(), prefix.to_owned() + &before.unwrap_or_default()))
}

/// The CPU time of this thread. Unlike wall time, it does not depend on other processes.
fn cpu_time() -> Duration {
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(nanos.split(' ').next().unwrap().parse().unwrap())
}

/// Whether a request's body has a content coding or is XML, so that something larger may be made of it.
fn is_converted(request: &Request) -> bool {
    let content_type = request.headers.get("content-type").unwrap_or_default();
    request.headers.get("content-encoding").is_some() || content_type.contains("xml")
}

/// The size of a request in bytes.
fn size(request: &Request) -> usize {
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let url = request.url.len().max(request.path.len() + request.query.len());
    request.method.len() + url + headers + request.body.len()
}

fn with(headers: &Headers, name: &str, value: &str) -> Headers {
    let others = headers.iter().filter(|(other, _)| *other != name);
    others.chain([(name, value)]).collect()
}
