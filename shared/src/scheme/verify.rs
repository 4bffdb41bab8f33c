//! The verifier.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::Scheme;
use super::field::{Field, Found};
use super::template::Part;
use crate::request::Request;
use crate::secret::{Secret, UnusableSecret};

/// At most this many signatures are tried on a request (OpenAI's SDK draws the same line).
const MAX_SIGNATURES: usize = 32;

/// A request whose signature was found good. Only [`verify()`] makes one, and everything behind
/// verification takes nothing else:
///
/// ```compile_fail,E0451
/// # use shared::{request::Request, scheme::{Match, Verified}};
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

    /// What verification found.
    pub fn matched(&self) -> &Match {
        &self.matched
    }
}

/// What verification found.
#[derive(Clone, PartialEq, Eq)]
pub struct Match {
    /// The position of the secret that matched, 0 being the newest.
    pub secret: usize,
    /// The provider's own timestamp, where its scheme has one.
    pub signed_at: Option<Timestamp>,
    /// The fields that the signature covers besides the body, by name.
    pub fields: BTreeMap<String, String>,
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

/// Verifies a request against the first of a provider's schemes whose signature it carries.
///
/// `secrets` are the active ones as text, the newest first. The outer error is ours, not the
/// sender's: a secret that cannot be a key for the scheme.
pub fn verify(
    schemes: &[Scheme],
    secrets: &[String],
    request: Request,
    now: Timestamp,
) -> Result<Result<Verified, Box<Refused>>, UnusableSecret> {
    let matched = match attempt(schemes, &request, now) {
        Ok(signed) => signed.matching(secrets, &request)?,
        Err(refusal) => Err(refusal),
    };
    Ok(match matched {
        Ok(matched) => Ok(Verified { request, matched }),
        Err(refusal) => Err(Box::new(Refused { request, refusal })),
    })
}

/// A request's claim to be signed, read and fresh, but not yet believed.
struct Claim<'a> {
    scheme: &'a Scheme,
    signatures: Vec<Vec<u8>>,
    fields: BTreeMap<&'a str, Cow<'a, str>>,
    signed_at: Option<Timestamp>,
}

fn attempt<'a>(
    schemes: &'a [Scheme],
    request: &'a Request,
    now: Timestamp,
) -> Result<Claim<'a>, Refusal> {
    let (scheme, written) = carried(schemes, request)?;
    let signatures: Vec<_> =
        written.iter().filter_map(|written| scheme.encoding.decode(written)).collect();
    if signatures.is_empty() {
        return Err(Refusal::Malformed(scheme.signature.describe()));
    }
    let fields = fields(scheme, request)?;
    let signed_at = fresh(scheme, &fields, now)?;
    Ok(Claim { scheme, signatures, fields, signed_at })
}

/// The first scheme whose signature the request carries, with the signatures as written.
fn carried<'a>(
    schemes: &'a [Scheme],
    request: &'a Request,
) -> Result<(&'a Scheme, Vec<Cow<'a, str>>), Refusal> {
    for scheme in schemes {
        match scheme.signature.read(request, MAX_SIGNATURES) {
            Found::Missing => {}
            Found::Entries(written) => return Ok((scheme, written)),
            Found::Malformed => return Err(Refusal::Malformed(scheme.signature.describe())),
        }
    }
    let places: Vec<_> = schemes.iter().map(|scheme| scheme.signature.describe()).collect();
    Err(Refusal::Missing(places.join(" or ")))
}

fn fields<'a>(
    scheme: &'a Scheme,
    request: &'a Request,
) -> Result<BTreeMap<&'a str, Cow<'a, str>>, Refusal> {
    let value = |(name, field): (&'a String, &Field)| match field.read(request, 1) {
        Found::Entries(mut entries) if entries.len() == 1 => Ok((name.as_str(), entries.remove(0))),
        Found::Missing => Err(Refusal::Missing(field.describe())),
        Found::Entries(_) | Found::Malformed => Err(Refusal::Malformed(field.describe())),
    };
    scheme.fields.iter().map(value).collect()
}

/// Checks the timestamp before any MAC is computed: a replayed request costs us nothing.
fn fresh(
    scheme: &Scheme,
    fields: &BTreeMap<&str, Cow<'_, str>>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let Some(rule) = &scheme.timestamp else { return Ok(None) };
    let text = fields.get(rule.field.as_str()).map_or("", |text| text);
    let signed_at =
        rule.parse(text).ok_or_else(|| Refusal::Malformed(format!("timestamp {}", rule.field)))?;
    match rule.staleness(signed_at, now) {
        Some(age) => Err(Refusal::Stale(age.as_secs())),
        None => Ok(Some(signed_at)),
    }
}

impl Claim<'_> {
    fn matching(
        &self,
        secrets: &[String],
        request: &Request,
    ) -> Result<Result<Match, Refusal>, UnusableSecret> {
        let keys = self.scheme.secret.keys(secrets)?;
        let matching = keys.iter().find(|(_, key)| self.made_with(key, request));
        Ok(match matching {
            Some((secret, _)) => Ok(Match {
                secret: *secret,
                signed_at: self.signed_at,
                fields: self.signed_fields(),
            }),
            None => {
                // With a newest secret that is of no use, the mismatch may be our own mistake.
                if let Some(newest) = secrets.first() {
                    self.scheme.secret.key(newest)?;
                }
                Err(Refusal::Mismatch)
            }
        })
    }

    /// The fields that are part of the signed content. What else was read is as the sender pleases.
    fn signed_fields(&self) -> BTreeMap<String, String> {
        let signed = |part: &Part| match part {
            Part::Field(name) => Some((name.clone(), self.fields.get(name.as_str())?.to_string())),
            Part::Literal(_) | Part::Body => None,
        };
        self.scheme.content.parts().iter().filter_map(signed).collect()
    }

    /// Whether any signature was made with a key. The MAC is computed once, however many signatures
    /// the request lists, and compared in constant time.
    fn made_with(&self, key: &Secret, request: &Request) -> bool {
        let parts = self.scheme.content.parts().iter().map(|part| match part {
            Part::Literal(text) => text.as_bytes(),
            Part::Body => &request.body,
            Part::Field(name) => {
                self.fields.get(name.as_str()).map_or(&[][..], |value| value.as_bytes())
            }
        });
        let tag = self.scheme.algorithm.mac(key, parts);
        !tag.is_empty() && self.signatures.iter().any(|signature| signature.ct_eq(&tag).into())
    }
}
