//! Why a request is rejected, and the HTTP status that its sender gets.
//!
//! A 4xx status tells the sender that the same request will be rejected again. The error class tells a
//! developer where to look. It tells a forger nothing that the provider's public documentation does not.

use super::client_certificate::CertificateRefusal;
use super::scheme::Refusal;

/// Why a request is not accepted, for reasons that lie in the request. The messages are for the operator's
/// log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The caller's address is not in the source's `allow_cidrs`.
    #[error("address not in allow_cidrs")]
    AddressNotAllowed,
    /// The connection does not have the source's `client_certificate`.
    #[error("client certificate not allowed: {0}")]
    CertificateNotAllowed(#[from] CertificateRefusal),
    /// The body has more bytes than `body_limit`; the field is its size.
    #[error("body of {0} bytes exceeds body_limit")]
    BodyTooLarge(usize),
    /// The method is not one of the source's methods, which the field lists.
    #[error("method not allowed; the source takes {0}")]
    MethodNotAllowed(String),
    /// The request is not signed as the source's provider signs.
    #[error("signature {0}")]
    Signature(#[from] Refusal),
}

impl Rejection {
    /// The HTTP status and the error class that the sender gets.
    pub fn status(&self) -> (u16, &'static str) {
        match self {
            Self::AddressNotAllowed => (403, "address_not_allowed"),
            Self::CertificateNotAllowed(_) => (403, "certificate_not_allowed"),
            Self::BodyTooLarge(_) => (413, "body_too_large"),
            Self::MethodNotAllowed(_) => (405, "method_not_allowed"),
            Self::Signature(Refusal::Missing(_)) => (401, "signature_missing"),
            Self::Signature(Refusal::Malformed(_)) => (401, "signature_malformed"),
            Self::Signature(Refusal::Stale(_)) => (401, "signature_stale"),
            Self::Signature(Refusal::Forbidden(_)) => (403, "forbidden"),
            Self::Signature(Refusal::Mismatch) => (401, "signature_mismatch"),
        }
    }
}
