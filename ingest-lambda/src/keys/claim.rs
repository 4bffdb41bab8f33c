//! The certificate that a request claims to be signed with.

use url::Url;

use super::KeyError;
use super::leaf::Leaf;

/// Where it is, and whose it must be.
pub(super) struct Claim {
    /// Its address, which is its provider's.
    pub(super) url: Url,
    /// Whom it must be issued to.
    pub(super) owner: Owner,
}

/// Whom a certificate must be issued to.
pub(super) enum Owner {
    /// One of these names.
    Named(Vec<String>),
    /// Any name below this domain.
    Below(&'static str),
}

impl Owner {
    /// Whether a certificate is issued to this owner.
    pub(super) fn check(&self, leaf: &Leaf) -> Result<(), KeyError> {
        let names = leaf.names();
        if names.iter().any(|name| self.owns(name)) {
            return Ok(());
        }
        Err(KeyError::Refused("its certificate is not its provider's"))
    }

    fn owns(&self, name: &str) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|own| own.eq_ignore_ascii_case(name)),
            Self::Below(domain) => {
                let name = name.to_ascii_lowercase();
                is_host(&name)
                    && name
                        .strip_suffix(domain)
                        .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
            }
        }
    }
}

fn is_host(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_owns_what_is_below_it_and_nothing_that_looks_so() {
        let paypal = Owner::Below("paypal.com");
        assert!(paypal.owns("messageverificationcerts.paypal.com"));
        assert!(paypal.owns("MessageVerificationCerts.Sandbox.PayPal.com"));
        for name in ["paypal.com", ".paypal.com", "notpaypal.com", "a.paypal.com.evil.example"] {
            assert!(!paypal.owns(name), "{name}");
        }
        for name in ["evil.example\0.paypal.com", "evil example.paypal.com", "a.paypal.com.", ""] {
            assert!(!paypal.owns(name), "{name}");
        }
    }
}
