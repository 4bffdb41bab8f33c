//! HTTP destinations.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use shared::config::{self, Config, Destination, Kind, StartError};
use shared::ports::secrets::{SecretStore, Secrets};
use url::Url;

use super::client::{self, HttpClient, SendError};
use super::{Deliver, Delivery, cloudevents, seconds, sign};
use crate::outcome::{Attempt, Outcome};

/// For how long after a rotation deliveries carry the old secret's signature as well.
const ROTATION_OVERLAP: u32 = 86_400;

/// The HTTP destinations of a configuration.
pub struct HttpDestinations<K> {
    client: HttpClient,
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
        let destination = |(name, destination): (&String, &Destination)| match &destination.kind {
            Kind::Http(http) => Some(HttpDestination::new(name, http).map(|it| (name.clone(), it))),
            _ => None,
        };
        let destinations = config.destinations.iter().filter_map(destination);
        let destinations = destinations.collect::<Result<_, _>>()?;
        Ok(Self { client: HttpClient::new()?, secrets: Secrets::new(secrets), destinations })
    }

    /// The client that they are called by.
    pub fn client(&self) -> &HttpClient {
        &self.client
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
    ) -> Result<Attempt, SendError> {
        let secrets = self.secrets.active(&destination.secret_arn, ROTATION_OVERLAP, now).await;
        let secrets = secrets.map_err(|error| SendError::Transient(error.to_string()))?;
        let request = destination.request(delivery, secrets.texts(), now).inspect_err(|_| {
            self.secrets.forget(&destination.secret_arn);
        })?;
        self.client.send(request, destination.allow_private).await
    }
}

impl<K: SecretStore> Deliver for HttpDestinations<K> {
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Attempt {
        let Some(destination) = self.destinations.get(destination) else {
            return Outcome::reject("not configured any more").into();
        };
        let attempt = self.attempt(destination, delivery, Timestamp::now());
        attempt.await.unwrap_or_else(|failure| Outcome::from(failure).into())
    }
}

impl HttpDestination {
    fn new(name: &str, http: &config::Http) -> Result<Self, StartError> {
        let invalid = |reason: String| StartError::Invalid(format!("destinations.{name}"), reason);
        let header = |(name, value): (&String, &String)| {
            let value = HeaderValue::from_str(value).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        let headers: Option<HeaderMap> = http.headers.iter().map(header).collect();
        Ok(Self {
            url: client::url(&http.url, http.allow_private)
                .map_err(|error| invalid(format!("url: {error}")))?,
            method: match http.method {
                config::Method::Post => Method::POST,
                config::Method::Put => Method::PUT,
                config::Method::Patch => Method::PATCH,
            },
            timeout: seconds(http.timeout).map_err(|error| invalid(format!("timeout: {error}")))?,
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
    ) -> Result<Request, SendError> {
        let signed = sign::headers(secrets, &delivery.webhook_id, &delivery.body, now);
        let signed = signed.map_err(|error| SendError::Transient(error.to_string()))?;
        let content_type =
            delivery.content_type.clone().map(|value| (CONTENT_TYPE.as_str(), value));
        let mut headers = self.headers.clone();
        let ours = signed.into_iter().chain(cloudevents::headers(delivery)).chain(content_type);
        for (name, value) in ours {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| SendError::Permanent(format!("its {name} is not valid in HTTP")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.timeout_mut() = Some(self.timeout);
        *request.body_mut() = Some(delivery.body.clone().into());
        Ok(request)
    }
}
