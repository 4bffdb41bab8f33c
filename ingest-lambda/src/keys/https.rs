//! The port [`Fetch`] over HTTPS: no proxy, no redirects, small responses, and a short timeout.

use std::error::Error;
use std::sync::OnceLock;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use url::Url;

use super::fetch::{CALL_TIMEOUT, Fetch, FetchError, MAX_RESPONSE_BYTES};
use super::pinned_hosts::is_issuer_url;

/// Fetches over HTTPS. Plain HTTP is allowed only for issuers' certificates, which certificate authorities publish
/// that way. Such a certificate is trusted only for its signature.
#[derive(Debug, Default)]
pub struct HttpsFetch {
    client: OnceLock<Client>,
}

impl HttpsFetch {
    /// The client, built on first use. Building it reads the machine's certificate authorities, which most
    /// deployments never need, so that a cold start does not wait for it.
    fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build(Client::builder())?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn build(builder: ClientBuilder) -> Result<Client, FetchError> {
    // An error means that a provider is already installed. It is the same one: nothing else installs another.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Keys are fetched so rarely that an idle connection would be closed before its next use.
    let builder = builder
        .pool_max_idle_per_host(0)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CALL_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .user_agent(concat!("Catchment/", env!("CARGO_PKG_VERSION")));
    Ok(builder.build()?)
}

impl Fetch for HttpsFetch {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        send(url, self.client()?.get(url.clone())).await
    }

    async fn post_json(&self, url: &Url, body: String) -> Result<Vec<u8>, FetchError> {
        let request = self.client()?.post(url.clone()).header(CONTENT_TYPE, "application/json");
        send(url, request.body(body)).await
    }
}

async fn send(url: &Url, request: RequestBuilder) -> Result<Vec<u8>, FetchError> {
    if url.scheme() != "https" && !is_issuer_url(url) {
        return Err(FetchError::Failed("the URL is not https".to_owned()));
    }
    read_body(request.send().await?).await
}

/// The body of a response with status 200. A response with another status is an error, with its body.
async fn read_body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    match response.status().as_u16() {
        200 => Ok(body),
        status => Err(FetchError::Status(status, body)),
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        // No error contains a URL, because a SubscribeURL contains a token.
        let error = error.without_url();
        let causes = std::iter::successors(Some(&error as &dyn Error), |&error| error.source());
        Self::Failed(causes.last().map_or_else(String::new, ToString::to_string))
    }
}

#[cfg(test)]
mod tests;
