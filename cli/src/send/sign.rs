//! Signing in a provider's name, for those where the secret that verifies can also sign.

use jiff::Timestamp;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Algorithm, Encoding};
use shared::webhook::scheme::{Refusal, SignatureClaim, verify};
use shared::webhook::secret::Secret;

use super::draft::Draft;
use super::place::{Placement, place};
use super::{fields, sample};
use crate::Failure;
use crate::event::Event;
use crate::source::Source;
use crate::way::Way;
use crate::words;

/// A scheme with the key to sign by it.
pub(super) struct Signer<'a> {
    source: &'a Source,
    way: &'a Way,
    key: Secret,
    secret: &'a str,
}

/// A signed request, ready to be sent.
pub(super) struct Signed {
    /// The request.
    pub(super) request: Request,
    /// What it is, in words.
    pub(super) description: String,
}

impl<'a> Signer<'a> {
    /// The first scheme that the newest secret can sign by.
    pub(super) fn of(source: &'a Source) -> Result<Self, Failure> {
        let title = &source.provider.title;
        let symmetric = || source.ways.iter().filter(|way| way.scheme.algorithm.is_symmetric());
        if symmetric().next().is_none() {
            let made = source.ways.first().map_or("", |way| words::algorithm(way.scheme.algorithm));
            return Err(Failure::unusable(format!(
                "{title} signs by {made}, with a private key that nobody else has: a sample of its cannot \
                 be signed"
            )));
        }
        let secret = source.secrets.texts.first().map_or("", String::as_str);
        let fits = |way: &'a Way| {
            let key = way.scheme.secret.key(secret).ok()?;
            way.scheme.algorithm.is_symmetric().then_some((way, key))
        };
        let first = source.ways.get(sample::scheme(&source.name)).into_iter();
        let (way, key) = first.chain(symmetric()).find_map(fits).ok_or_else(|| {
            let only_verifies =
                if source.has_usable_secret() { "a public key only verifies. " } else { "" };
            Failure::unusable(only_verifies.to_owned() + &source.unusable_secret())
        })?;
        Ok(Self { source, way, key, secret })
    }

    /// Signs a draft at a time, and verifies the result as ingest would.
    pub(super) fn sign(&self, mut draft: Draft, now: Timestamp) -> Result<Signed, Failure> {
        let written = fields::missing(self.way, &draft.request(), now);
        let of_body = |(field, _): &Placement<'_>| field.contains_key("body");
        if written.iter().any(of_body) || self.way.file.contains_key("body") {
            draft.body = fields::open(draft.body)?;
        }
        let claimed = self.placed(draft.clone(), &written, vec![self.dummy()])?;
        let signatures = self.signatures(&claimed.request())?;
        let request = self.placed(draft, &written, signatures)?.request();
        let event = self.check(&request, now)?;
        let (bytes, scheme) = (request.body.len(), words::scheme(self.way));
        let kind = event.kind.as_deref().unwrap_or("none");
        let id = event.id.unwrap_or_default().into_iter().flatten().collect::<Vec<_>>().join(", ");
        let id = if id.is_empty() { "none" } else { &id };
        let description =
            format!("{bytes} bytes, signed by {scheme}\n  event type {kind}, id {id}");
        Ok(Signed { request, description })
    }

    fn placed(
        &self,
        mut draft: Draft,
        fields: &[Placement<'a>],
        signatures: Vec<String>,
    ) -> Result<Draft, Failure> {
        let mut placements = fields.to_vec();
        placements.push((&self.way.file, signatures));
        match place(&mut draft, &placements) {
            true => Ok(draft),
            false => {
                Err(Failure::unusable("the body has no place for the signature that it must have"))
            }
        }
    }

    /// What the request would be signed with, an entry for each of its signatures.
    fn signatures(&self, request: &Request) -> Result<Vec<String>, Failure> {
        let scheme = &self.way.scheme;
        let claim =
            SignatureClaim::read(scheme, request).map_err(|refusal| unsignable(&refusal))?;
        let proofs = claim.map(|claim| claim.proofs).unwrap_or_default();
        let tags = proofs.iter().map(|proof| {
            let content = proof.contents.first().map_or(&[][..], Vec::as_slice);
            proof.algorithm.tag(&self.key, content).map(|tag| scheme.encoding.encode(&tag))
        });
        tags.collect::<Option<_>>().ok_or_else(|| unsignable(&Refusal::Mismatch))
    }

    /// Something that is written like a signature.
    fn dummy(&self) -> String {
        let Way { scheme, .. } = self.way;
        match scheme.encoding {
            _ if scheme.algorithm == Algorithm::Token => scheme.encoding.encode(self.key.bytes()),
            Encoding::Hex => "00".to_owned(),
            Encoding::Base64 | Encoding::Base64url => "AAAA".to_owned(),
            Encoding::Utf8 => "-".to_owned(),
        }
    }

    /// A sample that does not verify is not sent.
    fn check(&self, request: &Request, now: Timestamp) -> Result<Event, Failure> {
        let schemes = [self.way.scheme.clone()];
        match verify(&schemes, &[self.secret.to_owned()], request.clone(), now) {
            Ok(Ok(proven)) => Ok(Event::of(self.source, &self.source.name, &proven)),
            Ok(Err(refused)) => Err(unsignable(&refused.refusal)),
            Err(_) => Err(Failure::unusable(self.source.unusable_secret())),
        }
    }
}

/// Why a sample cannot be made.
fn unsignable(refusal: &Refusal) -> Failure {
    Failure::unusable(match refusal {
        Refusal::Missing(place) => match place.strip_prefix("parameter ") {
            Some(param) => format!("the scheme needs --param {param}=…"),
            None => format!("the request cannot be signed: {refusal}"),
        },
        refusal => format!("the request cannot be signed: {refusal}"),
    })
}
