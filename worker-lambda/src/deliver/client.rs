//! The HTTP client for destinations and handlers. It connects to public addresses only, unless a destination allows
//! private ones (SSRF protection); it follows no redirects; and it limits connecting and what it reads.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, Response};
use shared::config::StartError;
use url::Url;

use super::ssrf::{self, PrivateAddress, PublicAddressResolver};
use super::status_rules::StatusRules;
use crate::outcome::{Attempt, Outcome, retry_after};

/// How long connecting may take, the TLS handshake included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many bytes of a response body are read. The body is not used; it is read so that the connection can be reused.
const MAX_READ_BYTES: usize = 64 * 1024;

/// An HTTP client that refuses private addresses unless a call allows them. Clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    /// Resolves names to public addresses only.
    public: Client,
    /// Resolves names to any address.
    any: Client,
}

impl HttpClient {
    /// Creates a client. It has no connections yet.
    pub fn new() -> Result<Self, StartError> {
        // An error means that this provider is already installed.
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

    /// Sends a request. The outcome follows from the status of the response: 2xx is delivered; 400, 410, 413, 415 and 422
    /// are rejected; all others are retried.
    pub async fn send(&self, request: Request, allow_private: bool) -> Result<Attempt, SendError> {
        self.send_by(request, allow_private, &StatusRules::default()).await
    }

    /// Sends a request whose outcome follows from the status of the response by these rules.
    pub(super) async fn send_by(
        &self,
        request: Request,
        allow_private: bool,
        rules: &StatusRules,
    ) -> Result<Attempt, SendError> {
        let mut response = self.execute(request, allow_private).await?;
        let retry_after = header(&response, RETRY_AFTER).and_then(retry_after);
        let status = response.status().as_u16();
        drain(&mut response).await;
        Ok(Attempt { outcome: rules.outcome(status, retry_after), status: Some(status) })
    }

    /// Sends a request, and returns the status and the body of the response. A body of more than `max_bytes` is an error.
    pub(super) async fn fetch(
        &self,
        request: Request,
        allow_private: bool,
        max_bytes: usize,
    ) -> Result<(u16, Vec<u8>), SendError> {
        let mut response = self.execute(request, allow_private).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > max_bytes {
                return Err(SendError::Transient("its answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status().as_u16(), body))
    }

    async fn execute(&self, request: Request, allow_private: bool) -> Result<Response, SendError> {
        let client = if allow_private {
            &self.any
        } else {
            ssrf::check(request.url()).map_err(|error| SendError::Permanent(error.to_string()))?;
            &self.public
        };
        Ok(client.execute(request).await?)
    }
}

/// Parses a destination's URL. Its scheme must be `https`; `http` is allowed together with private addresses.
pub fn url(text: &str, allow_private: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_private => Ok(url),
        _ => Err("must be https, or http with allow_private".to_owned()),
    }
}

/// No redirects (the new URL would get a payload and a signature that are meant for another receiver), no proxy from the
/// environment, and no decompression.
fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("Catchment/", env!("CARGO_PKG_VERSION")))
}

/// Why there is no response to a request.
pub enum SendError {
    /// Trying again may help.
    Transient(String),
    /// Trying again cannot help.
    Permanent(String),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        // A URL may contain a token, so a reason must not have it.
        let error = error.without_url();
        if causes(&error).any(|cause| cause.is::<PrivateAddress>()) {
            return Self::Permanent(PrivateAddress.to_string());
        }
        if error.is_timeout() {
            return Self::Transient("timed out".to_owned());
        }
        Self::Transient(format!("connection failed: {}", root_cause(&error)))
    }
}

impl From<SendError> for Outcome {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Transient(reason) => Self::retry(reason),
            SendError::Permanent(reason) => Self::reject(reason),
        }
    }
}

/// The innermost cause of an error.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// Reads a short body to its end, so that the connection can be reused. A long or broken body is not read to its end:
/// opening another connection costs less.
async fn drain(response: &mut Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_READ_BYTES {
            return;
        }
    }
}
