//! What a request says of itself: its signatures, and what they would be over. Read, not yet believed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::algorithm::{Algorithm, Piece, whole};
use super::field::{Field, Found};
use super::template::Part;
use super::{Content, Refusal, Scheme};
use crate::webhook::body::Body;
use crate::webhook::handshake::is_plain;
use crate::webhook::request::Request;
use crate::webhook::secret::Secret;

/// At most this many signatures are tried on a request (OpenAI's SDK draws the same line).
pub const MAX_SIGNATURES: usize = 32;

/// Of those by public keys fewer: each goes over the whole body once for every key.
const MAX_PUBLIC_KEY_SIGNATURES: usize = 8;

/// The values of named fields.
pub(super) type Fields<'a> = BTreeMap<String, Cow<'a, str>>;

/// A request's claim to be signed by a scheme.
pub struct SignatureClaim<'a> {
    /// The scheme.
    pub scheme: &'a Scheme,
    /// What must be proven: all of it.
    pub proofs: Vec<Proof<'a>>,
    /// The provider's own timestamp, where the scheme has one.
    pub signed_at: Option<Timestamp>,
    fields: Fields<'a>,
}

/// One thing to be proven: that any of the signatures was made over any of the contents.
pub struct Proof<'a> {
    /// With what.
    pub algorithm: Algorithm,
    /// The signatures.
    pub signatures: Vec<Vec<u8>>,
    /// What may have been signed: several for Twilio, which is not sure of its URLs.
    pub contents: Vec<Vec<Piece<'a>>>,
}

/// A signature may be a token, and a field anything: only names and numbers are shown.
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
    /// That a scheme made any of the signatures, as written, over any of the contents.
    pub(super) fn over(
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

    fn holds(&self, key: &Secret, challenged: bool) -> bool {
        let could_be_asked_for = |content: &[_]| challenged && is_plain(&whole(key, content));
        self.contents.iter().any(|content| {
            self.algorithm.verifies(key, content, &self.signatures) && !could_be_asked_for(content)
        })
    }
}

impl<'a> SignatureClaim<'a> {
    /// Reads a request by a scheme; none where it carries no signature of that scheme.
    pub fn read(scheme: &'a Scheme, request: &'a Request) -> Result<Option<Self>, Refusal> {
        let malformed = || Refusal::Malformed(scheme.signature.describe());
        let limit = match scheme.algorithm.is_symmetric() {
            true => MAX_SIGNATURES,
            false => MAX_PUBLIC_KEY_SIGNATURES,
        };
        let written = match scheme.signature.read(request, &scheme.params, limit) {
            Found::Missing => return Ok(None),
            Found::Malformed => return Err(malformed()),
            // A list whose entries are all of another scheme, such as another version.
            Found::Entries(written) if written.is_empty() => return Ok(None),
            Found::Entries(written) => written,
        };
        check_body(scheme, request)?;
        let mut fields = fields(scheme, request)?;
        let proofs = match &scheme.content {
            Content::Template(_) if scheme.algorithm == Algorithm::Token => {
                tokens(scheme, &written)
            }
            Content::Template(template) => {
                let value = |name: &str| fields.get(name).cloned().unwrap_or_default();
                vec![Proof::over(scheme, &written, vec![template.pieces(request, value)])]
            }
            Content::Canonical(canonical) => {
                canonical.read(scheme, request, &written, &mut fields)?
            }
        };
        if proofs.iter().any(|proof| proof.signatures.is_empty()) || proofs.is_empty() {
            return Err(malformed());
        }
        let signed_at = signed_at(scheme, &fields)?;
        Ok(Some(Self { scheme, proofs, signed_at, fields }))
    }

    /// How many signatures there are to try.
    pub fn signature_count(&self) -> usize {
        self.proofs.iter().map(|proof| proof.signatures.len()).sum()
    }

    /// Refuses what was signed too long ago, or too far ahead.
    pub fn check_freshness(&self, now: Timestamp) -> Result<(), Refusal> {
        let (Some(rule), Some(signed_at)) = (&self.scheme.timestamp, self.signed_at) else {
            return Ok(());
        };
        rule.staleness(signed_at, now).map_or(Ok(()), |age| Err(Refusal::Stale(age.as_secs())))
    }

    /// Whether all of it was made with one of the keys; which one made the first.
    pub fn matching_key<'k>(&self, keys: &'k [(usize, Secret)]) -> Option<&'k (usize, Secret)> {
        let mut first = None;
        for proof in &self.proofs {
            let key = keys.iter().find(|(_, key)| proof.holds(key, self.scheme.challenged))?;
            first = first.or(Some(key));
        }
        first
    }

    /// The fields that are part of the signed content. What else was read is as the sender pleases.
    pub fn signed_fields(&self) -> BTreeMap<String, String> {
        let signed = |(name, value): (&String, &Cow<'_, str>)| {
            let covered = match &self.scheme.content {
                Content::Template(template) => template.has(&Part::Field(name.clone())),
                Content::Canonical(_) => !self.scheme.fields.contains_key(name),
            };
            covered.then(|| (name.clone(), value.to_string()))
        };
        self.fields.iter().filter_map(signed).collect()
    }

    /// Where it was read, in words.
    pub fn described_fields(&self) -> impl Iterator<Item = String> {
        let fields = self.scheme.fields.values().map(Field::describe);
        std::iter::once(self.scheme.signature.describe()).chain(fields)
    }
}

/// A plain hash of the secret and a text is one of a longer text too, for whoever has it (length
/// extension), and does not tell where the body begins. What they can make of that is no JSON.
fn check_body(scheme: &Scheme, request: &Request) -> Result<(), Refusal> {
    let believed = scheme.algorithm != Algorithm::Sha256
        || request.body.is_empty()
        || matches!(Body::of(request), Body::Json(_));
    if believed { Ok(()) } else { Err(Refusal::Malformed("body (no JSON)".to_owned())) }
}

/// Every token that is there must be good: a batch has one in each of its items. In the path there is
/// one, which may be written in two ways.
fn tokens<'a>(scheme: &Scheme, written: &[Cow<'_, str>]) -> Vec<Proof<'a>> {
    let proof = |texts: &[Cow<'_, str>]| Proof::over(scheme, texts, vec![Vec::new()]);
    match scheme.signature.is_in_path() {
        true => vec![proof(written)],
        false => written.chunks(1).map(proof).collect(),
    }
}

fn fields<'a>(scheme: &'a Scheme, request: &'a Request) -> Result<Fields<'a>, Refusal> {
    let value = |(name, field): (&String, &'a Field)| match field.read(request, &scheme.params, 1) {
        Found::Entries(mut entries) if entries.len() == 1 => Ok((name.clone(), entries.remove(0))),
        Found::Missing => Err(Refusal::Missing(field.describe())),
        Found::Entries(_) | Found::Malformed => Err(Refusal::Malformed(field.describe())),
    };
    scheme.fields.iter().map(value).collect()
}

/// The time that a request claims. It must be one where nothing is checked either: where it stands beside
/// the body with nothing between them, the body could else begin in it.
fn signed_at(scheme: &Scheme, fields: &Fields<'_>) -> Result<Option<Timestamp>, Refusal> {
    let Some(rule) = &scheme.timestamp else { return Ok(None) };
    let signed_at = fields.get(rule.field.as_str()).and_then(|text| rule.parse(text));
    signed_at.map(Some).ok_or_else(|| Refusal::Malformed(format!("timestamp {}", rule.field)))
}
