//! Sending, and what is looked at of an answer.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use shared::webhook::request::Request;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;

/// How long an answer may take: API Gateway's own limit is 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);
/// How much of an answer's body is shown.
const SHOWN_AT_MOST: usize = 4096;
/// The headers that tell an operator something.
const OF_INTEREST: [&str; 6] =
    ["content-type", "retry-after", "allow", "location", "apigw-requestid", "x-adobesign-clientid"];

/// A client, and what it runs on.
pub(super) struct Sender {
    client: Client,
    runtime: Runtime,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) took: Duration,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    /// Whether it is 2xx.
    pub(super) fn is_good(&self) -> bool {
        self.status.is_success()
    }
}

impl Sender {
    /// No proxy from the environment, no redirects, as providers send.
    pub(super) fn new() -> Result<Self, Failure> {
        // Whoever comes second finds the same provider installed.
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

    /// Sends one request; the error is why there is no answer.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, String> {
        self.runtime.block_on(self.exchange(request)).map_err(|error| {
            // The URL may have a token in it.
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
        let headers = OF_INTEREST.into_iter().filter_map(header).collect();
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
        if body.len() > SHOWN_AT_MOST {
            body.truncate(SHOWN_AT_MOST);
            return String::from_utf8_lossy(&body).into_owned() + "…";
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
