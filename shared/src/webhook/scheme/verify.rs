//! The verifier.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::field::Found;
use super::{MAX_SIGNATURES, Scheme, SignatureClaim};
use crate::webhook::request::Request;
use crate::webhook::secret::{Secret, UnusableSecret};

/// A request whose signature was found good. Only [`verify()`] makes one, and everything behind
/// verification takes nothing else:
///
/// ```compile_fail,E0451
/// # use shared::webhook::{request::Request, scheme::{Match, Verified}};
/// fn forge(request: Request, matched: Match) -> Verified {
///     Verified { request, matched }
/// }
/// ```
#[derive(Debug)]
pub struct Verified {
    request: Request,
    matched: Match,
}

impl Verified {
    /// The request, as it was signed.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The request alone, where no more is to be proven by it.
    pub fn into_request(self) -> Request {
        self.request
    }

    /// What verification found.
    pub fn matched(&self) -> &Match {
        &self.matched
    }
}

/// What verification found.
#[derive(Clone, PartialEq, Eq)]
pub struct Match {
    /// The position of the scheme that it was signed by, among its provider's.
    pub scheme: usize,
    /// The position of the secret that matched, 0 being the newest.
    pub secret: usize,
    /// The secret's fingerprint, [`Secret::fingerprint`].
    pub fingerprint: String,
    /// The provider's own timestamp, where its scheme has one.
    pub signed_at: Option<Timestamp>,
    /// The fields that the signature covers besides the body, by name.
    pub fields: BTreeMap<String, String>,
}

impl Match {
    fn new(claim: &SignatureClaim<'_>, scheme: usize, secret: usize, key: &Secret) -> Self {
        Self {
            scheme,
            secret,
            fingerprint: key.fingerprint(),
            signed_at: claim.signed_at,
            fields: claim.signed_fields(),
        }
    }
}

/// A field may be a token: only names are shown.
impl std::fmt::Debug for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Match")
            .field("secret", &self.secret)
            .field("signed_at", &self.signed_at)
            .field("fields", &self.fields.keys())
            .finish()
    }
}

/// Why a request was refused. Every class is answered alike but for its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A signature, or a field that it covers, is not there.
    #[error("missing: {0}")]
    Missing(String),
    /// It is there and not written as the scheme says.
    #[error("malformed: {0}")]
    Malformed(String),
    /// It was signed too long ago, or too far in the future.
    #[error("stale: signed {0} s ago")]
    Stale(i64),
    /// It is signed, but by or for someone whom the source is not configured for.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// No active secret makes this signature over this request.
    #[error("no secret matches")]
    Mismatch,
}

/// A refused request, handed back so that it can be tried again with fresher secrets.
#[derive(Debug)]
pub struct Refused {
    /// The request, still unverified.
    pub request: Request,
    /// Why.
    pub refusal: Refusal,
}

/// Verifies a request against the schemes of which it carries a signature, in their order. Only a
/// mismatch lets the next one decide: what is stale or malformed by one is not saved by another.
///
/// `secrets` are the active ones as text, the newest first. The outer error is ours, not the
/// sender's: no secret, or not the newest one, can be a key for any of the schemes.
pub fn verify(
    schemes: &[Scheme],
    secrets: &[String],
    request: Request,
    now: Timestamp,
) -> Result<Result<Verified, Box<Refused>>, UnusableSecret> {
    Ok(match judge(schemes, secrets, &request, now)? {
        Ok(matched) => Ok(Verified { request, matched }),
        Err(refusal) => Err(Box::new(Refused { request, refusal })),
    })
}

/// What can be said of a request before there are keys: that it is not signed, not so as it must be, or
/// not in time. Keys that a provider publishes are fetched for no such request.
pub fn check_before_keys(
    schemes: &[Scheme],
    request: &Request,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut carried = false;
    for scheme in schemes {
        if let Some(claim) = SignatureClaim::read(scheme, request)? {
            claim.check_freshness(now)?;
            carried = true;
        }
    }
    if carried { Ok(()) } else { Err(not_carried(schemes, request)) }
}

fn judge(
    schemes: &[Scheme],
    secrets: &[String],
    request: &Request,
    now: Timestamp,
) -> Result<Result<Match, Refusal>, UnusableSecret> {
    let (mut carried, mut signatures) = (false, 0);
    for (position, scheme) in schemes.iter().enumerate() {
        // Its time is looked at before any MAC is computed: a replayed request costs us nothing.
        let claim = match SignatureClaim::read(scheme, request) {
            Ok(None) => continue,
            Ok(Some(claim)) => claim.check_freshness(now).map(|()| claim),
            Err(refusal) => Err(refusal),
        };
        let claim = match claim {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Err(refusal)),
        };
        carried = true;
        signatures += claim.signature_count();
        if signatures > MAX_SIGNATURES {
            return Ok(Err(Refusal::Malformed(scheme.signature.describe())));
        }
        let keys = scheme.secret.keys(secrets);
        if let Some((secret, key)) = claim.matching_key(&keys) {
            return Ok(Ok(Match::new(&claim, position, *secret, key)));
        }
    }
    if !carried {
        return Ok(Err(not_carried(schemes, request)));
    }
    // With a newest secret that is of no use, the mismatch may be our own mistake.
    usable(schemes, secrets.first().map_or("", String::as_str)).map(|()| Err(Refusal::Mismatch))
}

/// Whether a secret can be a key for any of the schemes.
fn usable(schemes: &[Scheme], secret: &str) -> Result<(), UnusableSecret> {
    let keys = schemes.iter().map(|scheme| scheme.secret.key(secret).map(drop));
    keys.reduce(Result::or).unwrap_or(Ok(()))
}

/// No entry that counts is malformed where something stands that does not, and else missing.
fn not_carried(schemes: &[Scheme], request: &Request) -> Refusal {
    let present = |scheme: &&Scheme| {
        scheme.signature.read(request, &scheme.params, MAX_SIGNATURES) != Found::Missing
    };
    match schemes.iter().find(present) {
        Some(scheme) => Refusal::Malformed(scheme.signature.describe()),
        None => Refusal::Missing(places(schemes)),
    }
}

/// Where a signature would have stood.
fn places(schemes: &[Scheme]) -> String {
    let places: Vec<_> = schemes.iter().map(|scheme| scheme.signature.describe()).collect();
    places.join(" or ")
}
