//! HTTP destinations: the body as the provider sent it, signed by Standard Webhooks, with CloudEvents headers.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use shared::config::{self, Config, Destination, Kind, StartError};
use shared::ports::secrets::{SecretStore, Secrets};
use url::Url;

use super::client::{self, HttpClient, SendError};
use super::status_rules::StatusRules;
use super::{Deliver, Delivery, cloudevents, seconds, sign};
use crate::outcome::{Attempt, Outcome};

/// How long after a rotation of the secret deliveries are also signed with the previous one, in seconds.
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
    status_rules: StatusRules,
}

impl<K: SecretStore> HttpDestinations<K> {
    /// The HTTP destinations of a configuration. `secrets` has the secrets to sign with.
    pub fn new(config: &Config, secrets: K) -> Result<Self, StartError> {
        let destination = |(name, destination): (&String, &Destination)| match &destination.kind {
            Kind::Http(http) => Some(HttpDestination::new(name, http).map(|it| (name.clone(), it))),
            _ => None,
        };
        let destinations = config.destinations.iter().filter_map(destination);
        let destinations = destinations.collect::<Result<_, _>>()?;
        Ok(Self { client: HttpClient::new()?, secrets: Secrets::new(secrets), destinations })
    }

    /// The client for these destinations.
    pub fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Fetches the secrets of the first ten destinations, so that their first deliveries need not wait for them. An error
    /// here is not reported: the delivery that needs the secret reports it.
    pub async fn warm_up(&self, now: Timestamp) {
        let arns = self.destinations.values().take(10).map(|destination| &destination.secret_arn);
        join_all(arns.map(|arn| self.secrets.active(arn, ROTATION_OVERLAP, now))).await;
    }

    /// The timeout of the slowest destination.
    pub fn longest_timeout(&self) -> Duration {
        self.destinations.values().map(|d| d.timeout).max().unwrap_or_default()
    }

    /// Signs and sends one delivery. An unusable secret is fetched again at the next attempt.
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
        let HttpDestination { allow_private, status_rules, .. } = destination;
        self.client.send_by(request, *allow_private, status_rules).await
    }
}

impl<K: SecretStore> Deliver for HttpDestinations<K> {
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Attempt {
        let Some(destination) = self.destinations.get(destination) else {
            return Outcome::reject("not configured any more").into();
        };
        let attempt = self.attempt(destination, delivery, Timestamp::now());
        attempt.await.unwrap_or_else(|error| Outcome::from(error).into())
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
            status_rules: StatusRules::new(&http.reject_on, &http.retry_on).map_err(invalid)?,
        })
    }

    /// The signed request. Its own headers replace configured ones of the same name.
    fn request(
        &self,
        delivery: &Delivery,
        secrets: &[String],
        now: Timestamp,
    ) -> Result<Request, SendError> {
        let signed = sign::headers(secrets, &delivery.webhook_id, &delivery.body, now);
        let signed = signed.map_err(|error| SendError::Transient(error.to_string()))?;
        let body_headers = [
            (CONTENT_TYPE, &delivery.content_type),
            (CONTENT_ENCODING, &delivery.content_encoding),
        ];
        let mut headers = self.headers.clone();
        let body_headers =
            body_headers.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let own_headers = signed.into_iter().chain(cloudevents::headers(delivery));
        let own_headers = own_headers.map(|(name, value)| (HeaderName::from_static(name), value));
        for (name, value) in own_headers.chain(body_headers) {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| SendError::Permanent(format!("its {name} is not valid in HTTP")))?;
            headers.insert(name, value);
        }
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.timeout_mut() = Some(self.timeout);
        *request.body_mut() = Some(delivery.body.clone().into());
        Ok(request)
    }
}
