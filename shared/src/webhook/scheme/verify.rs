//! Verifies a request against the schemes of its source's provider.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::field::Found;
use super::{MAX_SIGNATURES, Scheme, SignatureClaim};
use crate::webhook::request::Request;
use crate::webhook::secret::{FingerprintKey, Secret, UnusableSecret};

/// A request whose signature is valid. Only [`verify()`] creates one, because the fields are private. Code that
/// must not see unverified requests takes this type:
///
/// ```compile_fail,E0451
/// use shared::webhook::request::Request;
/// use shared::webhook::scheme::{Match, Verified};
///
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
    /// The verified request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The request, without the proof that it is verified.
    pub fn into_request(self) -> Request {
        self.request
    }

    /// Which scheme and secret matched, and what the signature covers.
    pub fn matched(&self) -> &Match {
        &self.matched
    }
}

/// Which scheme and secret matched a request, and what the signature covers.
#[derive(Clone, PartialEq, Eq)]
pub struct Match {
    /// The index of the matching scheme among those of its provider.
    pub scheme: usize,
    /// The index of the matching secret. 0 is the newest.
    pub secret: usize,
    /// The provider's timestamp, if its scheme has one.
    pub signed_at: Option<Timestamp>,
    /// The values that the signature covers besides the body, by field name.
    pub fields: BTreeMap<String, String>,
    /// The matching secret.
    key: Secret,
}

impl Match {
    fn new(claim: &SignatureClaim<'_>, scheme: usize, secret: usize, key: &Secret) -> Self {
        Self {
            scheme,
            secret,
            signed_at: claim.signed_at,
            fields: claim.signed_fields(),
            key: key.clone(),
        }
    }

    /// The matching secret's [fingerprint](Secret::fingerprint) in the stack that has this key.
    pub fn fingerprint(&self, key: &FingerprintKey) -> String {
        self.key.fingerprint(key)
    }
}

/// Shows neither the secret nor the values of fields, which may be tokens.
impl std::fmt::Debug for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Match")
            .field("secret", &self.secret)
            .field("signed_at", &self.signed_at)
            .field("fields", &self.fields.keys())
            .finish()
    }
}

/// Why a request is refused. The answer to the sender names the variant and nothing else
/// ([`Rejection`](crate::webhook::rejection::Rejection)).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature, or a field that it covers, is missing. The text describes where it is expected.
    #[error("missing: {0}")]
    Missing(String),
    /// The signature, or a field that it covers, does not have the form that the scheme defines.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The timestamp is older than the tolerance, or too far in the future. The age in seconds is negative
    /// for a future timestamp.
    #[error("stale: signed {0} s ago")]
    Stale(i64),
    /// The request is for a topic, or has a token, that the source's params do not allow.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// No active secret produces this signature for this request.
    #[error("no secret matches")]
    Mismatch,
}

/// A refused request. The caller gets it back to verify it again with newer secrets.
#[derive(Debug)]
pub struct Refused {
    /// The request, still unverified.
    pub request: Request,
    /// Why it is refused.
    pub refusal: Refusal,
}

/// Verifies a request by the schemes of which it has a signature, in their order. The next scheme is tried
/// only after a mismatch, and not if the scheme is exclusive: a request that is stale or malformed by one
/// scheme is refused.
///
/// `secrets` are the texts of the active secrets, the newest first. Fails with [`UnusableSecret`] if none of
/// them is a key for any of the schemes.
pub fn verify(
    schemes: &[Scheme],
    secrets: &[String],
    request: Request,
    now: Timestamp,
) -> Result<Result<Verified, Box<Refused>>, UnusableSecret> {
    Ok(match find_match(schemes, secrets, &request, now)? {
        Ok(matched) => Ok(Verified { request, matched }),
        Err(refusal) => Err(Box::new(Refused { request, refusal })),
    })
}

/// Checks what can be checked without a key: that the request is signed, well-formed and fresh. Ingest calls
/// this before it fetches keys that a provider publishes, so that a request without a signature causes no
/// fetch.
pub fn check_before_keys(
    schemes: &[Scheme],
    request: &Request,
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut is_signed = false;
    for scheme in schemes {
        if let Some(claim) = SignatureClaim::read(scheme, request)? {
            claim.check_freshness(now)?;
            is_signed = true;
        }
    }
    if is_signed { Ok(()) } else { Err(refuse_unsigned(schemes, request)) }
}

/// The first scheme and secret that match the request, or the reason for a refusal.
fn find_match(
    schemes: &[Scheme],
    secrets: &[String],
    request: &Request,
    now: Timestamp,
) -> Result<Result<Match, Refusal>, UnusableSecret> {
    let (mut is_signed, mut signatures) = (false, 0);
    for (position, scheme) in schemes.iter().enumerate() {
        // The timestamp is checked first, so that a replayed request costs no MAC.
        let claim = match SignatureClaim::read(scheme, request) {
            Ok(None) => continue,
            Ok(Some(claim)) => claim.check_freshness(now).map(|()| claim),
            Err(refusal) => Err(refusal),
        };
        let claim = match claim {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Err(refusal)),
        };
        is_signed = true;
        signatures += claim.signature_count();
        if signatures > MAX_SIGNATURES {
            return Ok(Err(Refusal::Malformed(scheme.signature.describe())));
        }
        let keys = scheme.secret.keys(secrets);
        if let Some((secret, key)) = claim.matching_key(&keys) {
            return Ok(Ok(Match::new(&claim, position, *secret, key)));
        }
        if scheme.exclusive {
            break;
        }
    }
    if !is_signed {
        return Ok(Err(refuse_unsigned(schemes, request)));
    }
    let usable = secrets.iter().map(|secret| check_usable(schemes, secret)).reduce(Result::or);
    usable.unwrap_or(Err(UnusableSecret::Empty)).map(|()| Err(Refusal::Mismatch))
}

/// Fails if a secret is a key for none of the schemes.
pub fn check_usable(schemes: &[Scheme], secret: &str) -> Result<(), UnusableSecret> {
    let keys = schemes.iter().map(|scheme| scheme.secret.key(secret).map(drop));
    keys.reduce(Result::or).unwrap_or(Ok(()))
}

/// The refusal of a request without a signature of any scheme. It is malformed if a signature's field is there, but
/// none of its entries has the scheme's prefix; otherwise the signature is missing.
fn refuse_unsigned(schemes: &[Scheme], request: &Request) -> Refusal {
    let present = |scheme: &&Scheme| {
        scheme.signature.read(request, &scheme.params, MAX_SIGNATURES) != Found::Missing
    };
    match schemes.iter().find(present) {
        Some(scheme) => Refusal::Malformed(scheme.signature.describe()),
        None => Refusal::Missing(describe_signature_fields(schemes)),
    }
}

fn describe_signature_fields(schemes: &[Scheme]) -> String {
    let fields: Vec<_> = schemes.iter().map(|scheme| scheme.signature.describe()).collect();
    fields.join(" or ")
}
