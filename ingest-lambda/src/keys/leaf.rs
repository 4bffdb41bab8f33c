//! What a signing certificate says of itself (RFC 5280). None of it is believed before its chain is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc5280::ID_AD_CA_ISSUERS;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, SubjectAltName};

use super::KeyError;

/// How many characters a line of PEM has (RFC 7468).
const LINE: usize = 64;

/// A signing certificate.
pub(super) struct Leaf(Certificate);

impl Leaf {
    /// Reads a certificate.
    pub(super) fn parse(der: &CertificateDer<'_>) -> Result<Self, KeyError> {
        let unreadable = |_| KeyError::Unavailable("its certificate cannot be read".to_owned());
        Certificate::from_der(der).map(Self).map_err(unreadable)
    }

    /// The hosts that it is issued to. Its common name is one only where it names no others.
    pub(super) fn names(&self) -> Vec<String> {
        match self.0.tbs_certificate().get_extension::<SubjectAltName>() {
            Ok(Some((_, SubjectAltName(names)))) => names.iter().filter_map(dns_name).collect(),
            Ok(None) => {
                let name = self.0.tbs_certificate().subject().common_name().ok().flatten();
                name.map(|name| name.value().into_owned()).into_iter().collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Where it says that its issuer's certificate is.
    pub(super) fn issuers(&self) -> Vec<Url> {
        let found = self.0.tbs_certificate().get_extension::<AuthorityInfoAccessSyntax>();
        let Ok(Some((_, AuthorityInfoAccessSyntax(found)))) = found else { return Vec::new() };
        let issuers = found.iter().filter(|access| access.access_method == ID_AD_CA_ISSUERS);
        issuers.filter_map(|issuer| address(&issuer.access_location)).collect()
    }

    /// Whether it names nobody but itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.0.tbs_certificate().issuer() == self.0.tbs_certificate().subject()
    }

    /// When it ends.
    pub(super) fn ends(&self) -> Timestamp {
        let end = self.0.tbs_certificate().validity().not_after.to_unix_duration();
        let end = i64::try_from(end.as_secs()).ok();
        end.and_then(|end| Timestamp::from_second(end).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A certificate as text, and nothing beside it (RFC 7468).
pub(super) fn pem(der: &CertificateDer<'_>) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (at, character) in encoded.char_indices() {
        if at > 0 && at % LINE == 0 {
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

fn address(name: &GeneralName) -> Option<Url> {
    match name {
        GeneralName::UniformResourceIdentifier(address) => Url::parse(address.as_str()).ok(),
        _ => None,
    }
}
