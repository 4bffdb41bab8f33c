//! Keys that providers publish, for requests that name the key they are signed with: the certificates of Amazon
//! SNS and PayPal, the JWKs of Plaid, and JWK sets.
//!
//! A request names its key before anything proves who sent it. Four limits make fetching it safe:
//!
//! - Only the provider's own hosts are called, against server-side request forgery (`pinned_hosts.rs`; the URL of a JWK
//!   set is in the provider's file).
//! - Responses are limited in size and time, and redirects are not followed (`https.rs`).
//! - A certificate must be issued to the provider, and its chain must lead to a public root (`certificate.rs`).
//! - Keys and failures are cached (`cache.rs`), and the calls of each source are limited (`budget.rs`), so that forged
//!   requests cannot cause a flood of calls. One source's forged requests do not use up another's calls.

mod bounded_map;
mod budget;
mod cache;
mod certificate;
mod client;
mod fetch;
mod https;
mod jwks;
mod paypal;
mod pinned_hosts;
mod plaid;
mod sns;
mod x509;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rustls_pki_types::TrustAnchor;
use shared::provider::KeySource;
use shared::webhook::request::Request;
use shared::webhook::scheme::Scheme;

use self::certificate::Roots;
use self::client::KeyClient;
pub use self::fetch::{Fetch, FetchError, KeyError};
pub use self::https::HttpsFetch;

/// The published keys of all sources. A key is fetched when a request first names it.
pub struct Keys<F> {
    client: KeyClient<F>,
    roots: Roots,
}

/// A request whose keys are looked for, and what its source says about them.
#[derive(Clone, Copy)]
pub(crate) struct KeyRequest<'r> {
    /// The source's name.
    pub(crate) source: &'r str,
    /// Its schemes, which say where a JWT is.
    pub(crate) schemes: &'r [Scheme],
    pub(crate) request: &'r Request,
    /// The texts of the source's secrets. Only Plaid needs them, and the parameters.
    pub(crate) credentials: &'r [String],
    pub(crate) params: &'r BTreeMap<String, String>,
}

/// The keys that a request may be signed with.
#[derive(Debug)]
pub(crate) struct FoundKeys {
    /// In the form of secrets' texts: certificates as PEM, or JWKs. None of them is secret.
    pub(crate) texts: Vec<String>,
    /// The names under which they were fetched; none if they are in the source's secret.
    names: Vec<String>,
}

impl<F: Fetch> Keys<F> {
    /// An empty cache. Certificates must lead to a root of Mozilla's root programme.
    pub fn new(fetch: F) -> Self {
        Self::with_roots(fetch, webpki_roots::TLS_SERVER_ROOTS)
    }

    /// An empty cache that trusts these roots instead. It is for tests, which have a certificate authority of
    /// their own.
    pub fn with_roots(fetch: F, roots: impl Into<Arc<[TrustAnchor<'static>]>>) -> Self {
        Self { client: KeyClient::new(fetch), roots: roots.into() }
    }

    /// The keys that a request may be signed with.
    pub(crate) async fn find(
        &self,
        from: &KeySource,
        of: KeyRequest<'_>,
        now: Timestamp,
    ) -> Result<FoundKeys, KeyError> {
        let client = &self.client;
        let KeyRequest { source, schemes, request, credentials, params } = of;
        let claim = match from {
            KeySource::Sns => sns::certificate_claim(request)?,
            KeySource::Paypal => paypal::certificate_claim(request)?,
            KeySource::Plaid => {
                let key_id = jwks::key_id(schemes, request)?;
                return plaid::jwks(client, source, key_id, credentials, params, now).await;
            }
            KeySource::Jwks(set) => {
                return jwks::jwk(client, set, of, now).await;
            }
        };
        certificate::certificate(client, source, &self.roots, claim, now).await
    }

    /// Remembers that a request of this source was verified with these keys. They can then be fetched again however
    /// many forged requests name other keys.
    pub(crate) fn mark_verified(&self, source: &str, keys: &FoundKeys) {
        self.client.mark_verified(source, &keys.names);
    }

    /// Confirms a subscription to an SNS topic, by calling the `SubscribeURL` of a verified message. The URL must
    /// be that of the topic's own region, and can do nothing else.
    pub(crate) async fn confirm_subscription(
        &self,
        source: &str,
        subscribe_url: &str,
        topic_arn: &str,
        now: Timestamp,
    ) -> Result<(), KeyError> {
        let url = sns::confirmation_url(subscribe_url, topic_arn)?;
        let calls = self.client.verified_calls(source, now)?;
        match calls.get(&url).await {
            Ok(_) => Ok(()),
            // The token has expired, or the topic was deleted. Neither changes when the message is sent again.
            Err(FetchError::Status(400 | 403 | 404 | 410, _)) => {
                Err(KeyError::Refused("SNS does not confirm the subscription"))
            }
            Err(error) => Err(KeyError::from_fetch(&url, error)),
        }
    }
}

#[cfg(test)]
mod tests;
