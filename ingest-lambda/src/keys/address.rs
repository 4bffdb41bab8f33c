//! Which addresses are called.

use url::Url;

use super::KeyError;

/// The most bytes that an address may have. A `SubscribeURL` has some 500.
const MAX_LENGTH: usize = 2048;
/// Where a certificate may say that its issuer's is: below Amazon Trust Services' domain, who issue for
/// SNS (`crt.r2m01.amazontrust.com`).
const AMAZON_ISSUERS: &str = ".amazontrust.com";
/// The same of DigiCert, who issue for PayPal.
const DIGICERT_ISSUERS: &str = "cacerts.digicert.com";

/// An address as a request gives it: HTTPS, without user, port or fragment, and written as an URL
/// parser would write it. So neither capitals, escapes, control characters, dots at the end nor letters
/// that only look like others mean one host here and another elsewhere.
pub(super) fn strict(text: &str) -> Result<Url, KeyError> {
    let url = Some(text).filter(|text| text.len() <= MAX_LENGTH).and_then(|t| Url::parse(t).ok());
    url.filter(|url| url.as_str() == text && is_bare(url))
        .ok_or(KeyError::Refused("its address is not a plain https one"))
}

fn is_bare(url: &Url) -> bool {
    url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none()
}

/// An address at one of these hosts, without a query, whose path is a name between two given parts.
pub(super) fn pinned(
    text: &str,
    hosts: &[&str],
    (before, after): (&str, &str),
) -> Result<Url, KeyError> {
    let url = strict(text)?;
    let host = url.host_str().is_some_and(|host| hosts.contains(&host));
    let name = url.path().strip_prefix(before).and_then(|path| path.strip_suffix(after));
    if host && url.query().is_none() && name.is_some_and(is_name) {
        return Ok(url);
    }
    Err(KeyError::Refused("its address is not its provider's"))
}

/// Whether this can be a key's name: it has no part that leads elsewhere.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether an issuer's certificate may be at an address. Certificate authorities publish them over
/// plain HTTP.
pub(super) fn is_issuer(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && (host.ends_with(AMAZON_ISSUERS) || host == DIGICERT_ISSUERS)
}

#[cfg(test)]
mod tests;
