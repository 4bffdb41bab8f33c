//! Sends a request, and reads the part of the answer that is shown.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use shared::webhook::request::Request;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;

/// The time limit for an answer. API Gateway's own limit is 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);
/// The largest part of an answer's body that is shown, in bytes.
const MAX_SHOWN: usize = 4096;
/// The headers that are shown.
const SHOWN_HEADERS: [&str; 6] =
    ["content-type", "retry-after", "allow", "location", "apigw-requestid", "x-adobesign-clientid"];

/// An HTTP client with its runtime.
pub(super) struct Sender {
    client: Client,
    runtime: Runtime,
}

/// The part of an answer that is shown.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) took: Duration,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    /// Whether the status is 2xx.
    pub(super) fn is_good(&self) -> bool {
        self.status.is_success()
    }
}

impl Sender {
    /// A client that sends as providers do: without redirects, and without a proxy from the environment.
    pub(super) fn new() -> Result<Self, Failure> {
        // This fails if the same crypto provider is installed already, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("Catchment/", env!("CARGO_PKG_VERSION")));
        let client = client.build().map_err(|error| Failure::unusable(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime })
    }

    /// Sends one request. The error says why there is no answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, String> {
        self.runtime.block_on(self.exchange(request)).map_err(|error| {
            // The URL may contain a token.
            let error = error.without_url();
            causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string)
        })
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, reqwest::Error> {
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::POST);
        let mut outgoing = self.client.request(method, &request.url).body(request.body.clone());
        for (name, value) in request.headers.iter() {
            outgoing = outgoing.header(name, value);
        }
        let start = Instant::now();
        let response = outgoing.send().await?;
        let took = start.elapsed();
        let header = |name| Some((name, response.headers().get(name)?.to_str().ok()?.to_owned()));
        let headers = SHOWN_HEADERS.into_iter().filter_map(header).collect();
        Ok(Answer { status: response.status(), took, headers, body: start_of_body(response).await })
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

async fn start_of_body(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_SHOWN {
            body.truncate(MAX_SHOWN);
            return String::from_utf8_lossy(&body).into_owned() + "…";
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
