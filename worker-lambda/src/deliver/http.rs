//! HTTP destinations.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, Request, Response};
use shared::config::{self, Config, Destination, StartError};
use shared::secrets::{SecretStore, Secrets};
use url::Url;

use super::address::{self, PrivateAddress, PublicOnly};
use super::{Deliver, Delivery, cloudevents, sign};
use crate::outcome::{Outcome, Tried, retry_after};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How much of an answer is read, so that its connection can serve again. What it says is not used.
const READ_AT_MOST: usize = 64 * 1024;
/// For how long after a rotation deliveries carry the old secret's signature as well.
const ROTATION_OVERLAP: u32 = 86_400;

/// The HTTP destinations of a configuration.
pub struct HttpDestinations<K> {
    public: Client,
    any: Client,
    secrets: Secrets<K>,
    destinations: BTreeMap<String, HttpDestination>,
}

struct HttpDestination {
    url: Url,
    method: Method,
    timeout: Duration,
    allow_private: bool,
    headers: HeaderMap,
    secret_arn: String,
}

impl<K: SecretStore> HttpDestinations<K> {
    /// The destinations of a configuration, signed with secrets from a store.
    pub fn new(config: &Config, secrets: K) -> Result<Self, StartError> {
        // Whoever comes second finds the same provider installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |builder: ClientBuilder| {
            let invalid = |error: reqwest::Error| {
                StartError::Invalid("destinations".to_owned(), error.to_string())
            };
            builder.build().map_err(invalid)
        };
        let destination = |(name, destination): (&String, &Destination)| match destination {
            Destination::Http(http) => {
                Some(HttpDestination::new(name, http).map(|it| (name.clone(), it)))
            }
            _ => None,
        };
        Ok(Self {
            public: client(builder().dns_resolver(PublicOnly::resolver()))?,
            any: client(builder())?,
            secrets: Secrets::new(secrets),
            destinations: config
                .destinations
                .iter()
                .filter_map(destination)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Fetches the signing secrets of the first destinations, so that their first deliveries need not
    /// wait for it. What fails here is told when an event is delivered.
    pub async fn warm_up(&self, now: Timestamp) {
        let arns = self.destinations.values().take(10).map(|destination| &destination.secret_arn);
        join_all(arns.map(|arn| self.secrets.active(arn, ROTATION_OVERLAP, now))).await;
    }

    /// The longest that any destination may take.
    pub fn longest_timeout(&self) -> Duration {
        self.destinations.values().map(|d| d.timeout).max().unwrap_or_default()
    }

    async fn attempt(
        &self,
        destination: &HttpDestination,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Tried, Failure> {
        let client = if destination.allow_private {
            &self.any
        } else {
            address::check(&destination.url).map_err(|error| Failure::Final(error.to_string()))?;
            &self.public
        };
        let secrets = self.secrets.active(&destination.secret_arn, ROTATION_OVERLAP, now).await;
        let secrets = secrets.map_err(|error| Failure::Passing(error.to_string()))?;
        let request = destination.request(delivery, secrets.texts(), now).inspect_err(|_| {
            self.secrets.forget(&destination.secret_arn);
        })?;
        let mut response = client.execute(request).await?;
        let retry_after = header(&response, RETRY_AFTER).and_then(retry_after);
        let status = response.status().as_u16();
        drain(&mut response).await;
        Ok(Tried { outcome: Outcome::of_status(status, retry_after), status: Some(status) })
    }
}

impl<K: SecretStore> Deliver for HttpDestinations<K> {
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Tried {
        let Some(destination) = self.destinations.get(destination) else {
            return Outcome::reject("not configured any more").into();
        };
        let attempt = self.attempt(destination, delivery, Timestamp::now());
        match attempt.await {
            Ok(tried) => tried,
            Err(Failure::Passing(reason)) => Outcome::retry(reason).into(),
            Err(Failure::Final(reason)) => Outcome::reject(reason).into(),
        }
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

impl HttpDestination {
    fn new(name: &str, http: &config::Http) -> Result<Self, StartError> {
        let invalid = |reason: String| StartError::Invalid(format!("destinations.{name}"), reason);
        let url = Url::parse(&http.url).map_err(|error| invalid(format!("url: {error}")))?;
        if url.scheme() != "https" && !(http.allow_private && url.scheme() == "http") {
            return Err(invalid("url: must be https, or http with allow_private".to_owned()));
        }
        let header = |(name, value): (&String, &String)| {
            let value = HeaderValue::from_str(value).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        let headers: Option<HeaderMap> = http.headers.iter().map(header).collect();
        Ok(Self {
            url,
            method: match http.method {
                config::Method::Post => Method::POST,
                config::Method::Put => Method::PUT,
                config::Method::Patch => Method::PATCH,
            },
            timeout: Duration::try_from_secs_f64(http.timeout)
                .map_err(|error| invalid(format!("timeout: {error}")))?,
            allow_private: http.allow_private,
            headers: headers.ok_or_else(|| invalid("headers: not valid in HTTP".to_owned()))?,
            secret_arn: http.secret_arn.clone(),
        })
    }

    fn request(
        &self,
        delivery: &Delivery,
        secrets: &[String],
        now: Timestamp,
    ) -> Result<Request, Failure> {
        let signed = sign::headers(secrets, &delivery.webhook_id, &delivery.body, now);
        let signed = signed.map_err(|error| Failure::Passing(error.to_string()))?;
        let content_type =
            delivery.content_type.clone().map(|value| (CONTENT_TYPE.as_str(), value));
        let mut headers = self.headers.clone();
        let ours = signed.into_iter().chain(cloudevents::headers(delivery)).chain(content_type);
        for (name, value) in ours {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| Failure::Final(format!("its {name} is not valid in HTTP")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.timeout_mut() = Some(self.timeout);
        *request.body_mut() = Some(delivery.body.clone().into());
        Ok(request)
    }
}

/// Why a destination has given no answer.
enum Failure {
    /// Another time it may.
    Passing(String),
    /// It never will.
    Final(String),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // A URL may carry a token: it is no part of a reason.
        let error = error.without_url();
        if causes(&error).any(|cause| cause.is::<PrivateAddress>()) {
            return Self::Final(PrivateAddress.to_string());
        }
        if error.is_timeout() {
            return Self::Passing("timed out".to_owned());
        }
        let root = causes(&error).last().map_or_else(|| error.to_string(), ToString::to_string);
        Self::Passing(format!("connection failed: {root}"))
    }
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
