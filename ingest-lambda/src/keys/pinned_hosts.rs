//! Which URLs keys may be fetched from: the protection against server-side request forgery (SSRF).
//!
//! A request names the URL of its key before anything proves who sent it. A URL is therefore called only if it
//! is exactly one that its provider publishes keys at: at a pinned host, and with a path of the known form.

use url::Url;

use super::fetch::KeyError;

/// The longest URL, in bytes. A `SubscribeURL` of SNS has about 500.
const MAX_URL_BYTES: usize = 2048;
/// The longest name of a key, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// The domain of Amazon Trust Services, which issues SNS's certificates. It publishes its own certificates at
/// hosts below it, such as `crt.r2m01.amazontrust.com`.
const AMAZON_ISSUER_DOMAIN: &str = ".amazontrust.com";
/// The host of DigiCert, which issues PayPal's certificates.
const DIGICERT_ISSUER_HOST: &str = "cacerts.digicert.com";

/// Parses a URL that a request names: HTTPS, without user, port or fragment.
///
/// The text must be exactly what the URL parser writes. This rules out capitals, escapes, control characters,
/// trailing dots and look-alike letters, with which a text could name one host here and another elsewhere.
pub(super) fn plain_https_url(text: &str) -> Result<Url, KeyError> {
    let text = Some(text).filter(|text| text.len() <= MAX_URL_BYTES);
    let url = text.and_then(|text| Url::parse(text).ok().filter(|url| url.as_str() == text));
    url.filter(|url| url.scheme() == "https" && has_only_a_host(url) && url.fragment().is_none())
        .ok_or(KeyError::Refused("the URL is not a plain https URL"))
}

/// Parses the URL of a key: at one of `hosts`, without a query, its path a key's name between `prefix` and
/// `suffix`.
pub(super) fn pinned_url(
    text: &str,
    hosts: &[&str],
    (prefix, suffix): (&str, &str),
) -> Result<Url, KeyError> {
    let url = plain_https_url(text)?;
    let is_pinned = url.host_str().is_some_and(|host| hosts.contains(&host));
    let name = url.path().strip_prefix(prefix).and_then(|path| path.strip_suffix(suffix));
    if is_pinned && url.query().is_none() && name.is_some_and(is_key_name) {
        return Ok(url);
    }
    Err(KeyError::Refused("the URL is not one of the provider's"))
}

/// Whether a text can be a key's name: 1 to 128 letters, digits, hyphens and underscores. Such a name cannot
/// lead to another path.
pub(super) fn is_key_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Whether an issuer's certificate may be fetched from a URL. Plain HTTP is allowed, because certificate
/// authorities publish their certificates over it: such a certificate is trusted only for its signature.
pub(super) fn is_issuer_url(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    matches!(url.scheme(), "http" | "https")
        && has_only_a_host(url)
        && (host.ends_with(AMAZON_ISSUER_DOMAIN) || host == DIGICERT_ISSUER_HOST)
}

/// Whether a URL's authority has neither user nor password nor port.
fn has_only_a_host(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.port().is_none()
}

#[cfg(test)]
mod tests;
