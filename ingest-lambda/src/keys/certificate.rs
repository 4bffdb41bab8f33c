//! Gets a signing certificate, and the certificate of its issuer where that does not come along.

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;

use super::address;
use super::chain::{Chain, Untrusted};
use super::claim::Claim;
use super::fetch::Fetch;
use super::leaf::{self, Leaf};
use super::memory::Key;
use super::{KeyError, Keys};

/// For how long a certificate is kept, if it does not end before.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

impl<F: Fetch> Keys<F> {
    /// The certificate that is claimed, as PEM.
    pub(super) async fn certificate(
        &self,
        claim: Claim,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        self.known(claim.url.as_str(), now, self.fetch_certificate(&claim, now)).await
    }

    async fn fetch_certificate(&self, claim: &Claim, now: Timestamp) -> Result<Key, KeyError> {
        let mut chain = Chain::from_pem(&self.get(&claim.url, now).await?)?;
        let leaf = Leaf::parse(&chain.leaf)?;
        claim.owner.check(&leaf)?;
        match chain.verify(&self.roots, now) {
            Ok(()) => {}
            Err(Untrusted::Invalid(reason)) => return Err(KeyError::Refused(reason)),
            Err(Untrusted::IssuerUnknown) => {
                chain.issuers.push(self.issuer(&leaf, now).await?);
                let unproven = |_| unavailable("the issuer of its certificate proves nothing");
                chain.verify(&self.roots, now).map_err(unproven)?;
            }
        }
        let until = leaf.ends().min(now.saturating_add(LIFETIME).unwrap_or(now));
        Ok(Key { text: leaf::pem(&chain.leaf), until })
    }

    /// The issuer's certificate, where the signing one says that it is: SNS publishes the signing
    /// certificate alone, and PayPal may. It needs no more trust than it can prove: it is of use only
    /// if a root has signed it, and it the other. Where it cannot be had, or is not what it should be,
    /// that is not the request's fault: it came over plain HTTP, and from elsewhere.
    async fn issuer(
        &self,
        leaf: &Leaf,
        now: Timestamp,
    ) -> Result<CertificateDer<'static>, KeyError> {
        if leaf.is_self_issued() {
            return Err(KeyError::Refused("its certificate is signed by itself"));
        }
        let url = leaf.issuers().into_iter().find(address::is_issuer);
        let url = url.ok_or_else(|| unavailable("the issuer of its certificate is not known"))?;
        match self.call(self.fetch.get(&url), now).await {
            Ok(issuer) => Ok(issuer.into()),
            Err(error) => Err(unavailable(&format!("the issuer of its certificate: {error}"))),
        }
    }
}

fn unavailable(reason: &str) -> KeyError {
    KeyError::Unavailable(reason.to_owned())
}
