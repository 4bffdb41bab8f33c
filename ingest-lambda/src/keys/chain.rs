//! Whether a certificate leads to a root that is trusted, as webpki says.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};

use super::KeyError;

/// The most certificates that a file may have: a chain to a public root has three or four.
const MAX_CERTIFICATES: usize = 8;

/// A signing certificate, and what came along to vouch for it.
pub(super) struct Chain {
    /// The certificate whose key signs.
    pub(super) leaf: CertificateDer<'static>,
    /// Certificates of issuers, in any order.
    pub(super) issuers: Vec<CertificateDer<'static>>,
}

impl Chain {
    /// Reads PEM, the signing certificate first (as TLS has it, RFC 5246, section 7.4.2).
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let none = || KeyError::Unavailable("its certificate is not PEM".to_owned());
        let read = CertificateDer::pem_slice_iter(pem).take(MAX_CERTIFICATES + 1);
        let mut certificates = read.collect::<Result<Vec<_>, _>>().map_err(|_| none())?.into_iter();
        let leaf = certificates.next().ok_or_else(none)?;
        let issuers: Vec<_> = certificates.collect();
        if issuers.len() >= MAX_CERTIFICATES {
            return Err(KeyError::Unavailable("its file has too many certificates".to_owned()));
        }
        Ok(Self { leaf, issuers })
    }

    /// Whether one of these roots vouches for the signing certificate at this time.
    pub(super) fn verify(
        &self,
        roots: &[TrustAnchor<'_>],
        now: Timestamp,
    ) -> Result<(), Untrusted> {
        let leaf = EndEntityCert::try_from(&self.leaf).map_err(Untrusted::from)?;
        let usage = KeyUsage::server_auth();
        let verified = leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            roots,
            &self.issuers,
            unix_time(now),
            usage,
            None,
            None,
        );
        Ok(verified.map(drop)?)
    }
}

/// Why nobody vouches for a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Untrusted {
    /// The one who issued it is neither a root nor at hand.
    IssuerUnknown,
    /// It is not valid.
    Invalid(&'static str),
}

impl From<Error> for Untrusted {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownIssuer => Self::IssuerUnknown,
            Error::CertExpired { .. } => Self::Invalid("its certificate has expired"),
            Error::CertNotValidYet { .. } => Self::Invalid("its certificate is not valid yet"),
            _ => Self::Invalid("its certificate is not valid"),
        }
    }
}

fn unix_time(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap_or(0)))
}
