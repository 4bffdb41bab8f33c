//! PayPal: which certificate a webhook claims.

use shared::webhook::request::Request;

use super::certificate::{CertificateClaim, Owner};
use super::fetch::KeyError;
use super::pinned_hosts::pinned_url;

/// The hosts of PayPal's API and of its sandbox. `api-m` is another name of `api`.
const HOSTS: [&str; 4] =
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];
/// What a certificate's path has before and after its name.
const PATH: (&str, &str) = ("/v1/notifications/certs/", "");
/// The domain that the certificate must be issued below, as in PayPal's SDKs (PayPal-Python-SDK,
/// `notifications.py`). Names seen are `messageverificationcerts.paypal.com` and
/// `messageverificationcerts.sandbox.paypal.com`.
const DOMAIN: &str = "paypal.com";

/// The certificate that the header `paypal-cert-url` claims.
pub(super) fn certificate_claim(request: &Request) -> Result<CertificateClaim, KeyError> {
    let url = request.headers.get("paypal-cert-url");
    let url = url.ok_or(KeyError::Refused("the header paypal-cert-url is missing"))?;
    let url = pinned_url(url, &HOSTS, PATH)?;
    Ok(CertificateClaim { url, owner: Owner::SubdomainOf(DOMAIN) })
}

#[cfg(test)]
mod tests;
