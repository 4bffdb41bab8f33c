//! X.509 certificates (RFC 5280): what a signing certificate says, and whether its chain leads to a trusted root.
//!
//! Nothing that a [`Leaf`] says is trusted before [`Chain::verify`] succeeds.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use url::Url;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::ID_AD_CA_ISSUERS;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, SubjectAltName};

use super::fetch::KeyError;

/// The most certificates in a file. A chain to a public root has three or four.
const MAX_CERTIFICATES: usize = 8;
/// The number of characters in a line of PEM (RFC 7468).
const PEM_LINE: usize = 64;

/// A signing certificate, with the issuers' certificates that prove it.
pub(super) struct Chain {
    /// The certificate with the key that signs.
    pub(super) leaf: CertificateDer<'static>,
    /// Certificates of issuers, in any order.
    pub(super) issuers: Vec<CertificateDer<'static>>,
}

impl Chain {
    /// Reads a PEM file. The signing certificate is the first one, as in TLS (RFC 5246, section 7.4.2).
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let not_pem = || KeyError::Unavailable("the certificate is not PEM".to_owned());
        let read = CertificateDer::pem_slice_iter(pem).take(MAX_CERTIFICATES + 1);
        let certificates = read.collect::<Result<Vec<_>, _>>().map_err(|_| not_pem())?;
        let mut certificates = certificates.into_iter();
        let leaf = certificates.next().ok_or_else(not_pem)?;
        let issuers: Vec<_> = certificates.collect();
        if issuers.len() >= MAX_CERTIFICATES {
            return Err(KeyError::Unavailable(
                "the certificate's file has too many certificates".to_owned(),
            ));
        }
        Ok(Self { leaf, issuers })
    }

    /// Verifies that the signing certificate is valid at `now`, and that its chain leads to one of `roots`.
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

/// Why a certificate is not trusted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Untrusted {
    /// Its issuer is neither a trusted root nor among the chain's certificates.
    IssuerUnknown,
    /// It is not valid, for this reason.
    Invalid(&'static str),
}

impl From<Error> for Untrusted {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownIssuer => Self::IssuerUnknown,
            Error::CertExpired { .. } => Self::Invalid("the certificate has expired"),
            Error::CertNotValidYet { .. } => Self::Invalid("the certificate is not valid yet"),
            _ => Self::Invalid("the certificate is not valid"),
        }
    }
}

fn unix_time(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap_or(0)))
}

/// A parsed signing certificate: the leaf of its chain.
pub(super) struct Leaf(Certificate);

impl Leaf {
    pub(super) fn parse(der: &CertificateDer<'_>) -> Result<Self, KeyError> {
        let unreadable = |_| KeyError::Unavailable("the certificate cannot be read".to_owned());
        Certificate::from_der(der).map(Self).map_err(unreadable)
    }

    /// The DNS names that the certificate is issued to. Its common name counts only if it has no subject
    /// alternative names.
    pub(super) fn dns_names(&self) -> Vec<String> {
        match self.0.tbs_certificate().get_extension::<SubjectAltName>() {
            Ok(Some((_, SubjectAltName(names)))) => names.iter().filter_map(dns_name).collect(),
            Ok(None) => {
                let name = self.0.tbs_certificate().subject().common_name().ok().flatten();
                name.map(|name| name.value().into_owned()).into_iter().collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// The URLs of its issuer's certificate, from the extension "authority information access".
    pub(super) fn issuer_urls(&self) -> Vec<Url> {
        let access = self.0.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>();
        let Ok(Some((_, AuthorityInfoAccessSyntax(access)))) = access else { return Vec::new() };
        let issuers = access.iter().filter(|entry| entry.access_method == ID_AD_CA_ISSUERS);
        issuers.filter_map(|issuer| url(&issuer.access_location)).collect()
    }

    /// Whether the certificate names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.0.tbs_certificate().issuer() == self.0.tbs_certificate().subject()
    }

    /// The end of its validity. An end that is no timestamp is in the past.
    pub(super) fn not_after(&self) -> Timestamp {
        let end = self.0.tbs_certificate().validity().not_after.to_unix_duration();
        let end = i64::try_from(end.as_secs()).ok();
        end.and_then(|end| Timestamp::from_second(end).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Encodes one certificate as PEM (RFC 7468).
pub(super) fn pem(der: &CertificateDer<'_>) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (at, character) in encoded.char_indices() {
        if at > 0 && at % PEM_LINE == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + "\n-----END CERTIFICATE-----\n"
}

fn dns_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

fn url(name: &GeneralName) -> Option<Url> {
    match name {
        GeneralName::UniformResourceIdentifier(uri) => Url::parse(uri.as_str()).ok(),
        _ => None,
    }
}
