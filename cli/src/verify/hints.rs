//! Why a request was refused: what would have matched, one change at a time.

mod body;
mod json_text;
mod others;
mod secret;
mod signature;
mod time;
mod url;

use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::scheme::{Refusal, Scheme, SignatureClaim};

use super::judge::Moment;
use super::report::Step;
use crate::source::Source;
use crate::way::Way;

/// A refused request, and all of which something may be varied.
pub(super) struct Case<'a> {
    source: &'a Source,
    request: &'a Request,
    /// The schemes of which the request carries a signature; all, where it carries none.
    ways: Vec<&'a Way>,
    moment: Moment,
    /// Whether the request itself names the hash of another body.
    other_body: bool,
}

impl<'a> Case<'a> {
    /// The case after these steps.
    pub(super) fn new(
        source: &'a Source,
        request: &'a Request,
        steps: &[Step],
        moment: Moment,
    ) -> Self {
        let carried = steps.iter().filter(|step| step.decided());
        let mut ways: Vec<_> = carried.filter_map(|step| source.ways.get(step.position)).collect();
        if ways.is_empty() {
            ways = source.ways.iter().collect();
        }
        let other_body = steps.iter().any(|step| step.other_body);
        Self { source, request, ways, moment, other_body }
    }

    fn texts(&self) -> &'a [String] {
        &self.source.secrets.texts
    }

    /// Whether another request would have matched.
    fn matches(&self, request: &Request) -> bool {
        self.ways.iter().any(|way| made(&way.scheme, request, self.texts()))
    }

    /// Whether the request would have matched by another scheme.
    fn matches_by(&self, scheme: &Scheme) -> bool {
        made(scheme, self.request, self.texts())
    }

    /// The request with another body.
    fn with_body(&self, body: Vec<u8>) -> Request {
        Request { body, ..self.request.clone() }
    }

    fn only_tokens(&self) -> bool {
        self.ways.iter().all(|way| way.scheme.algorithm == Algorithm::Token)
    }
}

/// Whether a request is signed by a scheme with one of the secrets, whenever that was.
fn made(scheme: &Scheme, request: &Request, texts: &[String]) -> bool {
    match SignatureClaim::read(scheme, request) {
        Ok(Some(claim)) => claim.matching_key(&scheme.secret.keys(texts)).is_some(),
        _ => false,
    }
}

/// Hints for a refusal.
pub(super) fn of(case: &Case<'_>, refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Mismatch => mismatch(case),
        Refusal::Stale(age) => time::stale(case, *age),
        Refusal::Malformed(_) => {
            let mut hints = signature::hints(case);
            hints.extend(time::unit(case));
            hints.extend(others::hints(case));
            hints.extend(signature::candidates(case));
            hints
        }
        Refusal::Missing(_) => {
            let found = [others::hints(case), signature::elsewhere(case)];
            let found: Vec<_> = found.into_iter().flatten().collect();
            if found.is_empty() { signature::candidates(case).into_iter().collect() } else { found }
        }
        Refusal::Forbidden(_) => Vec::new(),
    }
}

/// A hint for a handshake whose token is not the one that is configured.
pub(super) fn token(source: &Source) -> String {
    let given: Vec<_> = source.params.keys().map(String::as_str).collect();
    let known: Vec<_> = source.provider.params.keys().map(String::as_str).collect();
    match given.is_empty() {
        true => format!("no --param is given; the provider has: {}", known.join(", ")),
        false => format!("compare what the provider was told with --param {}", given.join(", ")),
    }
}

/// Hints for a secret that is no key.
pub(super) fn of_secret(case: &Case<'_>) -> Vec<String> {
    secret::hints(case)
}

fn mismatch(case: &Case<'_>) -> Vec<String> {
    let mut hints = secret::hints(case);
    hints.extend(signature::hints(case));
    if !case.only_tokens() {
        hints.extend(body::hints(case));
        hints.extend(url::hints(case));
    }
    hints.extend(others::hints(case));
    hints.extend(signature::elsewhere(case));
    if hints.is_empty() { vec![nobody_knows(case)] } else { hints }
}

/// What can be said where nothing explains it.
fn nobody_knows(case: &Case<'_>) -> String {
    if case.only_tokens() {
        return "the token is not the secret: one of the two is another's".to_owned();
    }
    if case.other_body {
        return "the request names the hash of the body that was signed, and it is not this body's: \
                the body was altered, or is another request's. The secret has no part in that"
            .to_owned();
    }
    let params = case.ways.iter().flat_map(|way| way.fields());
    let params = params.filter_map(|(_, field)| field.get("param")?.as_str());
    let or: String = params.map(|param| format!(", or another {param}")).collect();
    format!(
        "wrong secret or an altered body{or}; nobody can tell which. None of the usual mistakes \
         explains it: encodings, line ends, JSON written anew, another URL, another provider"
    )
}
