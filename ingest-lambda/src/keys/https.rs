//! HTTPS as providers' keys are fetched: no proxy, no redirects, short, and soon or not at all.

use std::error::Error;
use std::sync::OnceLock;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use url::Url;

use super::CALL_TIMEOUTS;
use super::address;
use super::fetch::{Fetch, FetchError};

/// The most bytes that an answer may have. A chain of certificates has some 10,000.
pub(super) const READ_AT_MOST: usize = 64 * 1024;

/// Fetches over HTTPS. An issuer's certificate may come over plain HTTP, where certificate authorities
/// publish them: it is believed for its signature alone.
#[derive(Debug, Default)]
pub struct HttpsFetch {
    client: OnceLock<Client>,
}

impl HttpsFetch {
    /// A client of its own, on rustls with ring. It is built when it is first needed: it reads the
    /// machine's certificate authorities, which most deployments need not wait for at their start.
    fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build(Client::builder())?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn build(builder: ClientBuilder) -> Result<Client, FetchError> {
    // Whoever comes second finds the same provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Keys are fetched so seldom that a connection would be closed before it served again.
    let builder = builder
        .pool_max_idle_per_host(0)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CALL_TIMEOUTS)
        .timeout(CALL_TIMEOUTS)
        .user_agent(concat!("Catchment/", env!("CARGO_PKG_VERSION")));
    Ok(builder.build()?)
}

impl Fetch for HttpsFetch {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        answer(url, self.client()?.get(url.clone())).await
    }

    async fn post_json(&self, url: &Url, body: String) -> Result<Vec<u8>, FetchError> {
        let request = self.client()?.post(url.clone()).header(CONTENT_TYPE, "application/json");
        answer(url, request.body(body)).await
    }
}

async fn answer(url: &Url, request: RequestBuilder) -> Result<Vec<u8>, FetchError> {
    if url.scheme() != "https" && !address::is_issuer(url) {
        return Err(FetchError::Failed("not https".to_owned()));
    }
    body_of(request.send().await?).await
}

/// The body of a 200, or an error with that of another status.
async fn body_of(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > READ_AT_MOST {
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
            return Self::Slow;
        }
        // A SubscribeURL has a token in it: no URL is part of a reason.
        let error = error.without_url();
        let causes = std::iter::successors(Some(&error as &dyn Error), |&error| error.source());
        Self::Failed(causes.last().map_or_else(String::new, ToString::to_string))
    }
}

#[cfg(test)]
mod tests;
