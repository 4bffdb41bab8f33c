//! HTTP as the worker speaks it: to public addresses unless allowed otherwise, nothing followed,
//! everything bounded.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, Response};
use shared::config::StartError;
use url::Url;

use super::ssrf::{self, PrivateAddress, PublicAddressResolver};
use crate::outcome::{Attempt, Outcome, retry_after};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How much of an answer is read, so that its connection can serve again. What it says is not used.
const READ_AT_MOST: usize = 64 * 1024;

/// A client that tells public from private addresses. Clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    public: Client,
    any: Client,
}

impl HttpClient {
    /// A client without connections.
    pub fn new() -> Result<Self, StartError> {
        // Whoever comes second finds the same provider installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |builder: ClientBuilder| {
            let invalid = |error: reqwest::Error| {
                StartError::Invalid("destinations".to_owned(), error.to_string())
            };
            builder.build().map_err(invalid)
        };
        Ok(Self {
            public: client(builder().dns_resolver(PublicAddressResolver::resolver()))?,
            any: client(builder())?,
        })
    }

    /// Sends a request, and says by the answer's status what became of it.
    pub async fn send(&self, request: Request, allow_private: bool) -> Result<Attempt, SendError> {
        let client = if allow_private {
            &self.any
        } else {
            ssrf::check(request.url()).map_err(|error| SendError::Permanent(error.to_string()))?;
            &self.public
        };
        let mut response = client.execute(request).await?;
        let retry_after = header(&response, RETRY_AFTER).and_then(retry_after);
        let status = response.status().as_u16();
        drain(&mut response).await;
        Ok(Attempt { outcome: Outcome::of_status(status, retry_after), status: Some(status) })
    }
}

/// A URL to send to: of `https`, or of `http` where private addresses are allowed.
pub fn url(text: &str, allow_private: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_private => Ok(url),
        _ => Err("must be https, or http with allow_private".to_owned()),
    }
}

/// No proxy from the environment, no redirects, nothing decompressed.
fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .user_agent(concat!("Catchment/", env!("CARGO_PKG_VERSION")))
}

/// Why there is no answer.
pub enum SendError {
    /// Another time there may be one.
    Transient(String),
    /// There never will be.
    Permanent(String),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        // A URL may carry a token: it is no part of a reason.
        let error = error.without_url();
        if causes(&error).any(|cause| cause.is::<PrivateAddress>()) {
            return Self::Permanent(PrivateAddress.to_string());
        }
        if error.is_timeout() {
            return Self::Transient("timed out".to_owned());
        }
        Self::Transient(format!("connection failed: {}", root(&error)))
    }
}

impl From<SendError> for Outcome {
    fn from(failure: SendError) -> Self {
        match failure {
            SendError::Transient(reason) => Self::retry(reason),
            SendError::Permanent(reason) => Self::reject(reason),
        }
    }
}

/// What an error comes from in the end.
pub(super) fn root(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// Reads a short answer to its end. A longer one, or one that stops half-way, is left: closing the
/// connection costs less.
async fn drain(response: &mut Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > READ_AT_MOST {
            return;
        }
    }
}
