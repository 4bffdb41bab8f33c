//! Which certificate a webhook of PayPal's claims.

use shared::webhook::request::Request;

use super::KeyError;
use super::address::pinned;
use super::claim::{Claim, Owner};

/// PayPal's API, of which `api-m` is another name, and the same of its sandbox.
const HOSTS: [&str; 4] =
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];
/// What stands before and after a certificate's name in its path.
const PATH: (&str, &str) = ("/v1/notifications/certs/", "");
/// What its certificate must be for: PayPal's SDKs ask for the same (PayPal-Python-SDK,
/// `notifications.py`). Seen are `messageverificationcerts` and the same below `sandbox`.
const DOMAIN: &str = "paypal.com";

/// The certificate that a webhook claims.
pub(super) fn claim(request: &Request) -> Result<Claim, KeyError> {
    let url = request.headers.get("paypal-cert-url");
    let url = url.ok_or(KeyError::Refused("there is no paypal-cert-url"))?;
    Ok(Claim { url: pinned(url, &HOSTS, PATH)?, owner: Owner::Below(DOMAIN) })
}

#[cfg(test)]
mod tests;
