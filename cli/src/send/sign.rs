//! Signs samples as the provider would. Only symmetric schemes can do that: their secret both signs and verifies.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use shared::webhook::request::Request;
use shared::webhook::scheme::algorithm::{Algorithm, Encoding, Piece};
use shared::webhook::scheme::jwt::Jwt;
use shared::webhook::scheme::{Content, Refusal, SignatureClaim, Verified, verify};
use shared::webhook::secret::Secret;
use uuid::Uuid;

use super::draft::Draft;
use super::place::{Placement, missing, place};
use super::sample;
use crate::Failure;
use crate::describe;
use crate::event::{self, Event};
use crate::scheme_file::ParsedScheme;
use crate::source::Source;

/// A scheme with a key that can sign by it.
pub(super) struct Signer<'a> {
    source: &'a Source,
    parsed: &'a ParsedScheme,
    key: Secret,
    secret: &'a str,
}

/// A signed request, ready to be sent.
pub(super) struct Signed {
    /// The request with its signature.
    pub(super) request: Request,
    /// A description of its body, scheme and event.
    pub(super) description: String,
    /// The `webhook-id` of its deliveries, with the name of the source for which that holds, if it can be known.
    pub(super) webhook_id: Option<(String, String)>,
}

impl<'a> Signer<'a> {
    /// A signer by the first scheme of which the newest secret is a key. The scheme of the built-in sample is tried
    /// first.
    pub(super) fn of(source: &'a Source) -> Result<Self, Failure> {
        let title = &source.provider.title;
        let symmetric =
            || source.schemes.iter().filter(|parsed| parsed.scheme.algorithm.is_symmetric());
        if symmetric().next().is_none() {
            let first = source.schemes.first();
            let algorithm = first.map_or("", |parsed| describe::algorithm(parsed.scheme.algorithm));
            return Err(Failure::unusable(format!(
                "{title} signs by {algorithm}, with a private key that only {title} has: a sample cannot be \
                 signed"
            )));
        }
        let secret = source.secrets.texts.first().map_or("", String::as_str);
        let with_key = |parsed: &'a ParsedScheme| {
            let key = parsed.scheme.secret.key(secret).ok()?;
            parsed.scheme.algorithm.is_symmetric().then_some((parsed, key))
        };
        let first = source.schemes.get(sample::scheme(&source.rules.provider)).into_iter();
        let (parsed, key) = first.chain(symmetric()).find_map(with_key).ok_or_else(|| {
            let only_verifies =
                if source.has_usable_secret() { "a public key only verifies. " } else { "" };
            Failure::unusable(only_verifies.to_owned() + &source.unusable_secret())
        })?;
        Ok(Self { source, parsed, key, secret })
    }

    /// Signs a draft at a time, and verifies the result as ingest would.
    pub(super) fn sign(&self, mut draft: Draft, now: Timestamp) -> Result<Signed, Failure> {
        let written = missing(self.parsed, &draft.request(), now);
        let of_body = |(field, _): &Placement<'_>| field.contains_key("body");
        if written.iter().any(of_body) || self.parsed.file.contains_key("body") {
            draft.body = draft.body.parsed()?;
        }
        let dummy = self.dummy(&draft, now)?;
        let claimed = self.placed(draft.clone(), &written, vec![dummy])?;
        let signatures = self.signatures(&claimed.request())?;
        let request = self.placed(draft, &written, signatures)?.request();
        let verified = self.check(&request, now)?;
        let event = Event::new(self.source, &self.source.rules.name, &verified);
        let webhook_id = self.source_name(&request).and_then(|name| {
            let webhook_id = event::webhook_id(self.source, &name, &verified)?;
            Some((webhook_id, name))
        });
        let (bytes, scheme) = (request.body.len(), describe::scheme(self.parsed));
        let event_type = event.event_type.as_deref().unwrap_or("none");
        let id = event.id.unwrap_or_default().into_iter().flatten().collect::<Vec<_>>().join(", ");
        let id = if id.is_empty() { "none" } else { &id };
        let description =
            format!("{bytes} bytes, signed by {scheme}\n  event type {event_type}, id {id}");
        Ok(Signed { request, description, webhook_id })
    }

    /// The name of the source, which is the last segment of its URL, before the token if its scheme has one there.
    fn source_name(&self, request: &Request) -> Option<String> {
        let has_token = self.parsed.file.get("path").is_some_and(|path| path == true);
        let mut segments = request.path.rsplit('/').skip(usize::from(has_token));
        segments.next().filter(|name| !name.is_empty()).map(str::to_owned)
    }

    fn placed(
        &self,
        mut draft: Draft,
        fields: &[Placement<'a>],
        signatures: Vec<String>,
    ) -> Result<Draft, Failure> {
        let mut placements = fields.to_vec();
        placements.push((&self.parsed.file, signatures));
        match place(&mut draft, &placements) {
            true => Ok(draft),
            false => Err(Failure::unusable("the body has no place for its signature")),
        }
    }

    /// The signatures of a request: one, or one for each item of a list.
    fn signatures(&self, request: &Request) -> Result<Vec<String>, Failure> {
        let scheme = &self.parsed.scheme;
        let claim =
            SignatureClaim::read(scheme, request).map_err(|refusal| unsignable(&refusal))?;
        let proofs = claim.map(|claim| claim.proofs).unwrap_or_default();
        let tags = proofs.iter().map(|proof| {
            let content = proof.contents.first().map_or(&[][..], Vec::as_slice);
            let tag = proof.algorithm.tag(&self.key, content)?;
            match (&scheme.content, content) {
                // A JWT has what it signs before its signature, and no padding.
                (Content::Jwt(_), [Piece::Bytes(signed)]) => {
                    let signature = URL_SAFE_NO_PAD.encode(tag);
                    Some(format!("{}.{signature}", std::str::from_utf8(signed).ok()?))
                }
                _ => Some(scheme.encoding.encode(&tag)),
            }
        });
        tags.collect::<Option<_>>().ok_or_else(|| unsignable(&Refusal::Mismatch))
    }

    /// A placeholder in the format of a signature. With it, the verifier can read what else would be signed.
    fn dummy(&self, draft: &Draft, now: Timestamp) -> Result<String, Failure> {
        let ParsedScheme { scheme, .. } = self.parsed;
        if let Content::Jwt(jwt) = &scheme.content {
            return self.unsigned_jwt(jwt, draft, now);
        }
        Ok(match scheme.encoding {
            _ if scheme.algorithm == Algorithm::Token => scheme.encoding.encode(self.key.bytes()),
            Encoding::Hex => "00".to_owned(),
            Encoding::Base64 | Encoding::Base64url => "AAAA".to_owned(),
            Encoding::Base64hex => Encoding::Base64hex.encode(&[0]),
            Encoding::Utf8 => "-".to_owned(),
        })
    }

    /// A JWT for a request, with a placeholder for its signature.
    fn unsigned_jwt(&self, jwt: &Jwt, draft: &Draft, now: Timestamp) -> Result<String, Failure> {
        let (scheme, unique) = (&self.parsed.scheme, Uuid::new_v4().to_string());
        let signed = jwt.unsigned(scheme, &draft.body.bytes(), &unique, now);
        Ok(signed.map_err(|refusal| unsignable(&refusal))? + ".AAAA")
    }

    /// Verifies the signed request. A sample that does not verify is not sent.
    fn check(&self, request: &Request, now: Timestamp) -> Result<Verified, Failure> {
        let schemes = [self.parsed.scheme.clone()];
        match verify(&schemes, &[self.secret.to_owned()], request.clone(), now) {
            Ok(Ok(verified)) => Ok(verified),
            Ok(Err(refused)) => Err(unsignable(&refused.refusal)),
            Err(_) => Err(Failure::unusable(self.source.unusable_secret())),
        }
    }
}

/// The error for a sample that cannot be signed.
fn unsignable(refusal: &Refusal) -> Failure {
    Failure::unusable(match refusal {
        Refusal::Missing(place) => match place.strip_prefix("parameter ") {
            Some(param) => format!("the scheme needs --param {param}=…"),
            None => format!("the request cannot be signed: {refusal}"),
        },
        refusal => format!("the request cannot be signed: {refusal}"),
    })
}
