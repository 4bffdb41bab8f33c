//! What API Gateway says about the connection that a request came by.

use std::net::IpAddr;

/// What API Gateway says about the connection that a request came by, in its request context. A sender cannot forge it,
/// unlike headers such as `host` and `x-forwarded-for`. The default is a connection of which nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The address that called API Gateway (`http.sourceIp`).
    pub address: Option<IpAddr>,
    /// The domain name of the API that was called (`domainName`).
    pub domain: Option<String>,
    /// The subject of the certificate that the sender proved to have (`authentication.clientCert.subjectDN`). `None` on
    /// a domain without mutual TLS.
    pub certificate_subject: Option<String>,
}
