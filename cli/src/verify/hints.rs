//! Hints about a refusal: which single change to the request, the secret or the scheme would have matched.

mod content;
mod json_text;
mod signature;

use jiff::Timestamp;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::Algorithm;
use shared::webhook::scheme::{Refusal, Scheme, SignatureClaim};

use super::report::{ReceivedAt, Step};
use crate::describe;
use crate::scheme_file::ParsedScheme;
use crate::source::Source;

/// A refused request, with everything that a hint may vary.
pub(super) struct Case<'a> {
    source: &'a Source,
    request: &'a Request,
    /// The schemes of which the request carries a signature, or all schemes if it carries none.
    schemes: Vec<&'a ParsedScheme>,
    received_at: ReceivedAt,
    /// Whether the request has the hash of another body in it.
    other_body: bool,
}

impl<'a> Case<'a> {
    /// The case of a request that was verified in these steps.
    pub(super) fn new(
        source: &'a Source,
        request: &'a Request,
        steps: &[Step],
        received_at: ReceivedAt,
    ) -> Self {
        let carried = steps.iter().filter(|step| step.decided());
        let mut schemes: Vec<_> =
            carried.filter_map(|step| source.schemes.get(step.position)).collect();
        if schemes.is_empty() {
            schemes = source.schemes.iter().collect();
        }
        let other_body = steps.iter().any(|step| step.other_body);
        Self { source, request, schemes, received_at, other_body }
    }

    fn texts(&self) -> &'a [String] {
        &self.source.secrets.texts
    }

    /// Whether another request would have matched.
    fn matches(&self, request: &Request) -> bool {
        self.schemes.iter().any(|parsed| matches(&parsed.scheme, request, self.texts()))
    }

    /// Whether the request would have matched by another scheme.
    fn matches_by(&self, scheme: &Scheme) -> bool {
        matches(scheme, self.request, self.texts())
    }

    /// The request with another body.
    fn with_body(&self, body: Vec<u8>) -> Request {
        Request { body, ..self.request.clone() }
    }

    fn only_tokens(&self) -> bool {
        self.schemes.iter().all(|parsed| parsed.scheme.algorithm == Algorithm::Token)
    }
}

/// Whether one of the secrets matches a request's signature, whatever its age.
fn matches(scheme: &Scheme, request: &Request, texts: &[String]) -> bool {
    match SignatureClaim::read(scheme, request) {
        Ok(Some(claim)) => claim.matching_key(&scheme.secret.keys(texts)).is_some(),
        _ => false,
    }
}

/// Hints for a request whose signature is refused.
pub(super) fn of(case: &Case<'_>, refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Mismatch => mismatch(case),
        Refusal::Stale(age) => stale(case, *age),
        Refusal::Malformed(_) => {
            let mut hints = signature::formats(case);
            hints.extend(timestamp_unit(case));
            hints.extend(signature::other_providers(case));
            hints.extend(signature::candidates(case));
            hints
        }
        Refusal::Missing(_) => {
            let found = [signature::other_providers(case), signature::elsewhere(case)];
            let found: Vec<_> = found.into_iter().flatten().collect();
            if found.is_empty() { signature::candidates(case).into_iter().collect() } else { found }
        }
        Refusal::Forbidden(_) => Vec::new(),
    }
}

/// Hints for secrets that are not keys of any scheme.
pub(super) fn of_secret(case: &Case<'_>) -> Vec<String> {
    signature::secrets(case)
}

/// A hint for a handshake whose token is not the configured one.
pub(super) fn token(source: &Source) -> String {
    let given: Vec<_> = source.rules.params.keys().map(String::as_str).collect();
    let known: Vec<_> = source.provider.params.keys().map(String::as_str).collect();
    match given.is_empty() {
        true => format!("no --param is given; the provider has: {}", known.join(", ")),
        false => {
            format!("compare --param {} with what is configured at the provider", given.join(", "))
        }
    }
}

fn mismatch(case: &Case<'_>) -> Vec<String> {
    let mut hints = signature::secrets(case);
    hints.extend(signature::formats(case));
    if !case.only_tokens() {
        hints.extend(content::body(case));
        hints.extend(content::url(case));
    }
    hints.extend(signature::other_providers(case));
    hints.extend(signature::elsewhere(case));
    if hints.is_empty() { vec![unexplained(case)] } else { hints }
}

/// The hint for a mismatch that no single change explains.
fn unexplained(case: &Case<'_>) -> String {
    if case.only_tokens() {
        return "the token is not the secret: one of the two belongs to another source".to_owned();
    }
    if case.other_body {
        return "the request has the hash of the signed body in it, and it is not the hash of this \
                body: the body was altered, or belongs to another request. The secret is not the \
                cause"
            .to_owned();
    }
    let params = case.schemes.iter().flat_map(|parsed| parsed.fields());
    let params = params.filter_map(|(_, field)| field.get("param")?.as_str());
    let or: String = params.map(|param| format!(", or another {param}")).collect();
    format!(
        "wrong secret or an altered body{or}: the signature cannot tell which. None of the usual \
         mistakes explains it: encodings, line ends, reformatted JSON, another URL, another provider"
    )
}

/// How stale a request is, in which direction, and whether its signature matches otherwise.
fn stale(case: &Case<'_>, age: i64) -> Vec<String> {
    let mut hints = Vec::new();
    let Some(parsed) = case.schemes.last() else { return hints };
    let scheme = &parsed.scheme;
    let tolerance = scheme.timestamp.as_ref().and_then(|rule| rule.tolerance).unwrap_or_default();
    let beyond = age.saturating_abs() - i64::from(tolerance);
    let direction = if age >= 0 { "too old" } else { "too far ahead" };
    let is_limited = scheme.timestamp.as_ref().is_some_and(|rule| rule.is_checked());
    hints.push(match (is_limited && beyond > 0, age >= 0) {
        (true, _) => {
            let beyond = describe::duration(beyond);
            format!("it is {beyond} {direction}: {tolerance} s are tolerated")
        }
        (false, true) => "its JWT has expired (exp), or was not valid yet (nbf)".to_owned(),
        (false, false) => "its JWT was made in the future (iat), or is not valid yet".to_owned(),
    });
    hints.push(match case.matches_by(scheme) {
        true => "except for its time, the signature is good".to_owned(),
        false => "and apart from its time, no secret makes this signature".to_owned(),
    });
    if let ReceivedAt::Now(now) = case.received_at {
        let claim = SignatureClaim::read(scheme, case.request).ok().flatten();
        let signed_at = claim.and_then(|claim| claim.signed_at);
        let example = signed_at.map(|at| format!(", such as --at {}", at.as_second()));
        hints.push(format!(
            "it was verified at the current time, {}: give the time of receipt by --at{}",
            now.as_second(),
            example.unwrap_or_default()
        ));
    }
    hints
}

/// A timestamp in another unit than the scheme's.
fn timestamp_unit(case: &Case<'_>) -> Option<String> {
    case.schemes.iter().find_map(|parsed| {
        let rule = parsed.scheme.timestamp.as_ref()?;
        let field = parsed.scheme.fields.get(&rule.field)?;
        let text = field.value(case.request, &parsed.scheme.params)?;
        if rule.parse(&text).is_some() {
            return None;
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let found = match (digits, text.len()) {
            (true, 13) => "looks like Unix milliseconds",
            (true, 10) => "looks like Unix seconds",
            (true, _) => "is a number",
            (false, _) if text.parse::<Timestamp>().is_ok() => "is written in RFC 3339",
            (false, _) => "is in no known format of time",
        };
        let expected = describe::unit(rule.unit);
        Some(format!("the timestamp in {} {found}; the scheme has {expected}", field.describe()))
    })
}
