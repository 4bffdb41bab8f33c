//! The client certificate that a source demands of its senders, by mutual TLS.

use serde::Deserialize;

use super::connection::Connection;

/// The client certificate that a source demands of its senders.
///
/// API Gateway demands a certificate on a whole domain name, of any authority in its truststore, and asks for none on
/// the API's other names. Both the name and the subject are therefore compared for each request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// The domain name on which API Gateway demands client certificates.
    pub domain: String,
    /// The subject of the certificate, exactly as API Gateway writes it.
    pub subject: String,
}

/// Why a connection does not have the client certificate that a source demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefusal {
    /// The request came to another domain name, where API Gateway demands no certificate. The field is that name.
    #[error("the request came to {0:?}, where none is demanded")]
    OtherDomain(String),
    /// API Gateway hands over no subject of a certificate.
    #[error("there is none")]
    Missing,
    /// The certificate belongs to somebody else. The field is its subject, which an operator can compare or copy.
    #[error("its subject is {0}")]
    OtherSubject(String),
}

impl ClientCertificate {
    /// Whether a connection has this certificate. Domain names are compared as DNS does, without regard to case.
    /// Subjects are compared byte by byte: a looser comparison could take one certificate's holder for another.
    pub fn check(&self, connection: &Connection) -> Result<(), CertificateRefusal> {
        let domain = connection.domain.as_deref().unwrap_or_default();
        if !domain.eq_ignore_ascii_case(&self.domain) {
            return Err(CertificateRefusal::OtherDomain(domain.to_owned()));
        }
        match connection.certificate_subject.as_deref() {
            None | Some("") => Err(CertificateRefusal::Missing),
            Some(subject) if subject == self.subject => Ok(()),
            Some(subject) => Err(CertificateRefusal::OtherSubject(subject.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CertificateRefusal::{Missing, OtherDomain, OtherSubject};
    use super::*;

    const DOMAIN: &str = "mtls.hooks.example.com";
    const SUBJECT: &str = "C=US,O=Example Inc.,CN=sender.example.com";

    fn check(domain: Option<&str>, subject: Option<&str>) -> Result<(), CertificateRefusal> {
        let demanded = ClientCertificate { domain: DOMAIN.to_owned(), subject: SUBJECT.to_owned() };
        let (domain, certificate_subject) = (domain.map(str::to_owned), subject.map(str::to_owned));
        demanded.check(&Connection { address: None, domain, certificate_subject })
    }

    #[test]
    fn only_this_subject_on_this_domain_has_the_certificate() {
        assert_eq!(check(Some(DOMAIN), Some(SUBJECT)), Ok(()));
        assert_eq!(check(Some("MTLS.Hooks.Example.COM"), Some(SUBJECT)), Ok(()));
        assert_eq!(check(Some(DOMAIN), None), Err(Missing));
        assert_eq!(check(Some(DOMAIN), Some("")), Err(Missing));
        for subject in [
            "C=US,O=Example Inc.,CN=SENDER.example.com",
            "CN=sender.example.com,O=Example Inc.,C=US",
            "C=US, O=Example Inc., CN=sender.example.com",
            " C=US,O=Example Inc.,CN=sender.example.com",
            "C=US,O=Example Inc.,CN=sender.example.com ",
            "C=US,O=Example Inc.,CN=sender.example.com\n",
            "C=US,O=Example Inc.,CN=sender.example.com.evil.example",
            "CN=sender.example.com",
            "c=US,o=Example Inc.,cn=sender.example.com",
            SUBJECT.split_at(SUBJECT.len() - 1).0,
        ] {
            assert_eq!(check(Some(DOMAIN), Some(subject)), Err(OtherSubject(subject.to_owned())));
        }
    }

    #[test]
    fn no_other_domain_will_do_whatever_the_certificate() {
        for domain in [
            "hooks.example.com",
            "id.execute-api.us-east-1.amazonaws.com",
            "mtls.hooks.example.com.evil.example",
            "evil.mtls.hooks.example.com",
            "",
        ] {
            let refusal = Err(OtherDomain(domain.to_owned()));
            assert_eq!(check(Some(domain), Some(SUBJECT)), refusal);
            assert_eq!(check(Some(domain), None), refusal);
        }
        assert_eq!(check(None, Some(SUBJECT)), Err(OtherDomain(String::new())));
    }
}
