//! Fetches and checks the certificate that a request claims to be signed with, as SNS and PayPal sign.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{CertificateDer, TrustAnchor};
use url::Url;

use super::FoundKeys;
use super::cache::FetchedKey;
use super::client::{Calls, KeyClient};
use super::fetch::{Fetch, KeyError};
use super::pinned_hosts::is_issuer_url;
use super::x509::{self, Chain, Leaf, Untrusted};

/// The longest time that a certificate is cached. A certificate that expires sooner is fetched again then.
const MAX_TTL: SignedDuration = SignedDuration::from_hours(24);

/// The certificate that a request claims to be signed with. Nothing of it is proved yet.
pub(super) struct CertificateClaim {
    /// Its URL, at a pinned host of its provider.
    pub(super) url: Url,
    /// Whom it must be issued to.
    pub(super) owner: Owner,
}

/// Whom a certificate must be issued to.
pub(super) enum Owner {
    /// One of these DNS names.
    OneOf(Vec<String>),
    /// Any name below this domain.
    SubdomainOf(&'static str),
}

impl Owner {
    /// Checks that a certificate is issued to this owner.
    pub(super) fn check(&self, leaf: &Leaf) -> Result<(), KeyError> {
        if leaf.dns_names().iter().any(|name| self.owns(name)) {
            return Ok(());
        }
        Err(KeyError::Refused("the certificate is not issued to the provider"))
    }

    fn owns(&self, name: &str) -> bool {
        match self {
            Self::OneOf(names) => names.iter().any(|own| own.eq_ignore_ascii_case(name)),
            Self::SubdomainOf(domain) => {
                let name = name.to_ascii_lowercase();
                let subdomain = name.strip_suffix(domain).filter(|_| is_dns_name(&name));
                subdomain.is_some_and(|subdomain| subdomain.len() > 1 && subdomain.ends_with('.'))
            }
        }
    }
}

fn is_dns_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'*'))
}

/// The roots that certificates must lead to.
pub(super) type Roots = Arc<[TrustAnchor<'static>]>;

/// The claimed certificate as PEM, from the cache or from the provider's host. Its chain must lead to one of
/// `roots`.
pub(super) async fn certificate<F: Fetch>(
    client: &KeyClient<F>,
    source: &str,
    roots: &Roots,
    claim: CertificateClaim,
    now: Timestamp,
) -> Result<FoundKeys, KeyError> {
    let name = claim.url.to_string();
    let roots = Arc::clone(roots);
    let fetch = |calls| fetch_certificate(calls, roots, claim);
    let text = client.get_or_fetch(source, &name, now, fetch).await?;
    Ok(FoundKeys { texts: vec![text], names: vec![name] })
}

async fn fetch_certificate<F: Fetch>(
    calls: Calls<F>,
    roots: Roots,
    claim: CertificateClaim,
) -> Result<FetchedKey, KeyError> {
    let now = calls.now;
    let file = calls.file(&claim.url).await;
    let file = file.map_err(|error| KeyError::from_fetch(&claim.url, error))?;
    let mut chain = Chain::from_pem(&file)?;
    let leaf = Leaf::parse(&chain.leaf)?;
    claim.owner.check(&leaf)?;
    match chain.verify(&roots, now) {
        Ok(()) => {}
        Err(Untrusted::Invalid(reason)) => return Err(KeyError::Refused(reason)),
        Err(Untrusted::IssuerUnknown) => {
            calls.keep_file(&claim.url, &file);
            chain.issuers.push(fetch_issuer(&calls, &leaf).await?);
            let unproven =
                |_| unavailable("the certificate's chain does not lead to a trusted root");
            chain.verify(&roots, now).map_err(unproven)?;
        }
    }
    let expires = leaf.not_after().min(now.saturating_add(MAX_TTL).unwrap_or(now));
    Ok(FetchedKey { text: x509::pem(&chain.leaf), expires })
}

/// Fetches the issuer's certificate from the URL that the signing certificate names. SNS publishes the signing
/// certificate alone, and PayPal may do the same.
///
/// The issuer's certificate needs no trust: it must itself be signed by a root, and must have signed the leaf. A
/// failure is [`KeyError::Unavailable`], because this call goes to a third party, over plain HTTP: it proves nothing
/// against the request.
async fn fetch_issuer<F: Fetch>(
    calls: &Calls<F>,
    leaf: &Leaf,
) -> Result<CertificateDer<'static>, KeyError> {
    if leaf.is_self_issued() {
        return Err(KeyError::Refused("the certificate is self-signed"));
    }
    let url = leaf.issuer_urls().into_iter().find(is_issuer_url);
    let url = url.ok_or_else(|| unavailable("the certificate's issuer is not known"))?;
    match calls.get(&url).await {
        Ok(issuer) => Ok(issuer.into()),
        Err(error) => Err(unavailable(&format!("the issuer's certificate: {error}"))),
    }
}

fn unavailable(reason: &str) -> KeyError {
    KeyError::Unavailable(reason.to_owned())
}

#[cfg(test)]
mod tests;
