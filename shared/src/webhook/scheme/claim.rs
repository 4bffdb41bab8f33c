//! What an unverified request states about its signature: the signatures, and the contents that they should
//! sign.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::algorithm::{Algorithm, Piece, join};
use super::field::{Field, Found};
use super::jwt::Validity;
use super::template::Part;
use super::{Content, Refusal, Scheme, sorted_form};
use crate::webhook::body::{Format, is_json};
use crate::webhook::handshake::is_plain;
use crate::webhook::request::Request;
use crate::webhook::secret::Secret;

/// The most signatures that a request may have. OpenAI's SDK has the same limit.
pub const MAX_SIGNATURES: usize = 32;

/// The most signatures by public keys. Each costs a pass over the whole body for every key.
const MAX_PUBLIC_KEY_SIGNATURES: usize = 8;

/// The values of a scheme's fields, by name.
pub(super) type Fields<'a> = BTreeMap<String, Cow<'a, str>>;

/// What a request states about its signature by one scheme, before the signature is verified.
pub struct SignatureClaim<'a> {
    /// The scheme.
    pub scheme: &'a Scheme,
    /// The proofs. The signature is valid if all of them hold.
    pub proofs: Vec<Proof<'a>>,
    /// The provider's timestamp, if the scheme has one.
    pub signed_at: Option<Timestamp>,
    /// The times of the JWT, if the signature is one.
    validity: Option<Validity>,
    fields: Fields<'a>,
}

/// A proof holds if any of its signatures is valid for any of its contents.
pub struct Proof<'a> {
    /// The signature algorithm.
    pub algorithm: Algorithm,
    /// The signatures, decoded.
    pub signatures: Vec<Vec<u8>>,
    /// The contents that may have been signed. Twilio needs several, because it signs the URL in several
    /// forms.
    pub contents: Vec<Vec<Piece<'a>>>,
}

/// Shows names and numbers only: a signature may be a token, and a field may be confidential.
impl std::fmt::Debug for SignatureClaim<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignatureClaim")
            .field("proofs", &self.proofs)
            .field("signed_at", &self.signed_at)
            .field("fields", &self.fields.keys())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof")
            .field("algorithm", &self.algorithm)
            .field("signatures", &self.signatures.len())
            .field("contents", &self.contents)
            .finish()
    }
}

impl<'a> Proof<'a> {
    /// A proof by a scheme's algorithm. `written` are the signatures as text; those that cannot be decoded
    /// are left out.
    pub(super) fn new(
        scheme: &Scheme,
        written: &[Cow<'_, str>],
        contents: Vec<Vec<Piece<'a>>>,
    ) -> Self {
        Self {
            algorithm: scheme.algorithm,
            signatures: written.iter().filter_map(|text| scheme.encoding.decode(text)).collect(),
            contents,
        }
    }

    /// Whether a signature is valid for the key. `challenged` is [`Scheme::challenged`]: a content that anyone could have
    /// had signed as a handshake's challenge proves nothing.
    fn holds(&self, key: &Secret, challenged: bool) -> bool {
        let could_be_challenge = |content: &[_]| challenged && is_plain(&join(key, content));
        self.contents.iter().any(|content| {
            self.algorithm.verifies(key, content, &self.signatures) && !could_be_challenge(content)
        })
    }
}

impl<'a> SignatureClaim<'a> {
    /// Reads a request by a scheme. `None` if the scheme does not apply, or the request has no signature of it.
    pub fn read(scheme: &'a Scheme, request: &'a Request) -> Result<Option<Self>, Refusal> {
        if !scheme.applies_to(request) {
            return Ok(None);
        }
        let malformed = || Refusal::Malformed(scheme.signature.describe());
        let limit = match scheme.algorithm.is_symmetric() {
            true => MAX_SIGNATURES,
            false => MAX_PUBLIC_KEY_SIGNATURES,
        };
        let written = match scheme.signature.read(request, &scheme.params, limit) {
            Found::Missing => return Ok(None),
            Found::Malformed => return Err(malformed()),
            // A list whose entries all belong to another scheme, such as another version.
            Found::Entries(written) if written.is_empty() => return Ok(None),
            Found::Entries(written) => written,
        };
        check_body(scheme, request)?;
        let mut fields = read_fields(scheme, request)?;
        let mut validity = None;
        let proofs = match &scheme.content {
            Content::Template(_) if scheme.algorithm == Algorithm::Token => {
                token_proofs(scheme, &written)
            }
            Content::Template(template) => {
                let value = |name: &str| fields.get(name).cloned().unwrap_or_default();
                vec![Proof::new(scheme, &written, vec![template.pieces(request, value)])]
            }
            Content::Canonical(canonical) => {
                canonical.read(scheme, request, &written, &mut fields)?
            }
            Content::Jwt(jwt) => {
                let claim = jwt.read(scheme, request, &written, &mut fields)?;
                validity = Some(claim.validity);
                vec![claim.proof]
            }
        };
        if proofs.iter().any(|proof| proof.signatures.is_empty()) || proofs.is_empty() {
            return Err(malformed());
        }
        let signed_at = match &validity {
            Some(validity) => validity.issued_at(),
            None => parse_timestamp(scheme, &fields)?,
        };
        Ok(Some(Self { scheme, proofs, signed_at, validity, fields }))
    }

    /// The number of signatures, over all proofs.
    pub fn signature_count(&self) -> usize {
        self.proofs.iter().map(|proof| proof.signatures.len()).sum()
    }

    /// Fails with [`Refusal::Stale`] if the timestamp is out of tolerance, or if a JWT has expired or is not valid yet.
    pub fn check_freshness(&self, now: Timestamp) -> Result<(), Refusal> {
        if let (Some(rule), Some(signed_at)) = (&self.scheme.timestamp, self.signed_at)
            && let Some(age) = rule.staleness(signed_at, now)
        {
            return Err(Refusal::Stale(age.as_secs()));
        }
        self.validity.map_or(Ok(()), |validity| validity.check(now))
    }

    /// The key that the first proof holds for, if each proof holds for one of the keys; they need not be the same.
    /// Keys come with their indexes.
    pub fn matching_key<'k>(&self, keys: &'k [(usize, Secret)]) -> Option<&'k (usize, Secret)> {
        let mut first = None;
        for proof in &self.proofs {
            let key = keys.iter().find(|(_, key)| proof.holds(key, self.scheme.challenged))?;
            first = first.or(Some(key));
        }
        first
    }

    /// The fields that the signature covers, by name. The sender could change any other.
    pub fn signed_fields(&self) -> BTreeMap<String, String> {
        let signed = |(name, value): (&String, &Cow<'_, str>)| {
            let covered = match &self.scheme.content {
                Content::Template(template) => template.has(&Part::Field(name.clone())),
                Content::Canonical(_) | Content::Jwt(_) => !self.scheme.fields.contains_key(name),
            };
            covered.then(|| (name.clone(), value.to_string()))
        };
        self.fields.iter().filter_map(signed).collect()
    }

    /// Descriptions of the fields that were read, the signature's first.
    pub fn described_fields(&self) -> impl Iterator<Item = String> {
        let fields = self.scheme.fields.values().map(Field::describe);
        std::iter::once(self.scheme.signature.describe()).chain(fields)
    }
}

/// If the decoded body is signed, the body must have the coding that `Content-Encoding` names: otherwise a signature of
/// an empty body would verify any other.
///
/// If the form is signed, the body must be one.
///
/// With a plain hash of the secret and the content, the body must be empty or JSON.
///
/// A sender who knows one such hash can compute that of a longer content (length extension), and can move
/// bytes between the body and what precedes it. Neither yields JSON.
fn check_body(scheme: &Scheme, request: &Request) -> Result<(), Refusal> {
    let accepted =
        scheme.algorithm != Algorithm::Sha256 || request.body.is_empty() || is_json(&request.body);
    if scheme.signs_decoded_body() && *request.content().format() == Format::NotDecoded {
        return Err(Refusal::Malformed("body (not in its Content-Encoding)".to_owned()));
    }
    if matches!(&scheme.content, Content::Template(template) if template.has(&Part::SortedForm))
        && sorted_form::fields(request).is_none()
    {
        return Err(Refusal::Malformed("body (not a URL-encoded form)".to_owned()));
    }
    if accepted { Ok(()) } else { Err(Refusal::Malformed("body (not JSON)".to_owned())) }
}

/// The proofs for tokens. All tokens must be valid: a batch has one in each item. The path has a single
/// token, in up to two forms, of which one must be valid.
fn token_proofs<'a>(scheme: &Scheme, written: &[Cow<'_, str>]) -> Vec<Proof<'a>> {
    let proof = |texts: &[Cow<'_, str>]| Proof::new(scheme, texts, vec![Vec::new()]);
    match scheme.signature.is_in_path() {
        true => vec![proof(written)],
        false => written.chunks(1).map(proof).collect(),
    }
}

/// The values of all fields of a scheme. Each must have exactly one value, which may be repeated: a proxy that
/// sends a header twice makes a list of it.
fn read_fields<'a>(scheme: &'a Scheme, request: &'a Request) -> Result<Fields<'a>, Refusal> {
    let value = |(name, field): (&String, &'a Field)| {
        let mut entries = match field.read(request, &scheme.params, MAX_SIGNATURES) {
            Found::Missing => return Err(Refusal::Missing(field.describe())),
            Found::Malformed => return Err(Refusal::Malformed(field.describe())),
            Found::Entries(entries) => entries,
        };
        entries.dedup();
        match entries.pop() {
            Some(entry) if entries.is_empty() => Ok((name.clone(), entry)),
            _ => Err(Refusal::Malformed(field.describe())),
        }
    };
    scheme.fields.iter().map(value).collect()
}

/// The request's timestamp, if the scheme has one. It must be valid even if its age is not checked: in a
/// content without a separator, the body could otherwise start within it.
fn parse_timestamp(scheme: &Scheme, fields: &Fields<'_>) -> Result<Option<Timestamp>, Refusal> {
    let Some(rule) = &scheme.timestamp else { return Ok(None) };
    let signed_at = fields.get(rule.field.as_str()).and_then(|text| rule.parse(text));
    signed_at.map(Some).ok_or_else(|| Refusal::Malformed(format!("timestamp {}", rule.field)))
}
