//! HTTP destinations: the body as the provider sent it, signed by Standard Webhooks, with CloudEvents headers.

mod destination;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use shared::config::{Config, Destination, Kind, StartError};
use shared::ports::secrets::{SecretStore, Secrets};
use tokio::time::Instant;

use self::destination::HttpDestination;
use super::auth::{AuthContext, Authenticator, Credential};
use super::client::{HttpClient, SendError};
use super::{Deliver, Delivery};
use crate::outcome::{Attempt, Outcome};

/// How long after a rotation of the secret deliveries are also signed with the previous one, in seconds.
const ROTATION_OVERLAP: u32 = 86_400;

/// The status by which a destination refuses a credential.
const UNAUTHORIZED: u16 = 401;

/// The HTTP destinations of a configuration.
pub struct HttpDestinations<K> {
    client: HttpClient,
    secrets: Secrets<K>,
    destinations: BTreeMap<String, HttpDestination>,
}

/// One attempt at a delivery to a destination.
struct Sending<'a> {
    destination: &'a HttpDestination,
    delivery: &'a Delivery,
    /// The secrets to sign with.
    secrets: &'a [String],
    now: Timestamp,
    /// When the attempt ends.
    deadline: Instant,
}

impl<K: SecretStore> HttpDestinations<K> {
    /// The HTTP destinations of a configuration. `secrets` has the secrets to sign and to authenticate with.
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
        let arns = self.destinations.values().take(10).flat_map(|destination| {
            let auth = destination.auth.as_ref().map(|auth| (auth.secret_arn(), 0));
            [Some((&destination.secret_arn[..], ROTATION_OVERLAP)), auth].into_iter().flatten()
        });
        join_all(arns.map(|(arn, overlap)| self.secrets.active(arn, overlap, now))).await;
    }

    /// The timeout of the slowest destination.
    pub fn longest_timeout(&self) -> Duration {
        self.destinations.values().map(|d| d.timeout).max().unwrap_or_default()
    }

    /// Signs, authenticates and sends one delivery. An unusable secret is fetched again at the next attempt.
    async fn attempt(
        &self,
        destination: &HttpDestination,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Attempt, SendError> {
        let secrets = self.secrets.active(&destination.secret_arn, ROTATION_OVERLAP, now).await;
        let secrets = secrets.map_err(|error| SendError::Transient(error.to_string()))?;
        let deadline = Instant::now() + destination.timeout;
        let secrets = secrets.texts();
        let sending = Sending { destination, delivery, secrets, now, deadline };
        match &destination.auth {
            None => self.send(&sending, None).await,
            Some(auth) => self.send_authenticated(&sending, auth).await,
        }
    }

    /// Sends a delivery with a credential. If the destination answers 401 and there is another credential, such as a new
    /// token, the delivery is sent once more with that one, within the same attempt.
    async fn send_authenticated(
        &self,
        sending: &Sending<'_>,
        auth: &Authenticator,
    ) -> Result<Attempt, SendError> {
        let Sending { now, deadline, .. } = *sending;
        let (client, secrets) = (&self.client, &self.secrets);
        let context = AuthContext { client, secrets, now, deadline };
        let credential = auth.credential(&context).await?;
        let attempt = self.send(sending, Some(&credential)).await?;
        if attempt.status != Some(UNAUTHORIZED) || Instant::now() >= deadline {
            return Ok(attempt);
        }
        match auth.renewed(&credential, &context).await? {
            Some(renewed) => self.send(sending, Some(&renewed)).await,
            None => Ok(attempt),
        }
    }

    async fn send(
        &self,
        sending: &Sending<'_>,
        credential: Option<&Credential>,
    ) -> Result<Attempt, SendError> {
        let Sending { destination, delivery, secrets, now, deadline } = *sending;
        let request = destination.request(delivery, secrets, credential, now);
        let mut request = request.inspect_err(|_| {
            self.secrets.forget(&destination.secret_arn);
        })?;
        *request.timeout_mut() = Some(deadline.saturating_duration_since(Instant::now()));
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
