//! What is registered: sources and destinations, each with its secret.

use serde::Serialize;
use shared::config::Config;
use shared::provider;
use shared::webhook::secret::SecretRule;

use super::{Outputs, secrets};
use crate::Result;
use crate::clients::Clients;

/// A registered sender.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// How it signs.
    pub provider: String,
    /// Where it posts to.
    pub url: String,
    /// What it signs with, made up for this run.
    pub secret: String,
    /// The queue that its events wait in.
    #[serde(skip)]
    pub queue: String,
    /// Where its secret is kept.
    #[serde(skip)]
    pub secret_arn: Option<String>,
}

/// Where events are delivered by HTTP.
#[derive(Debug, Clone, Serialize)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// What deliveries to it are signed with.
    pub secret: String,
    /// Its URL.
    #[serde(skip)]
    pub url: String,
}

/// The sources of a configuration. Those that are known keep their secrets, where these are still of the right form;
/// the others get new ones.
pub(super) fn sources(config: &Config, outputs: &Outputs, known: &[Source]) -> Result<Vec<Source>> {
    let source = |(name, source): (&String, &shared::config::Source)| {
        let url = outputs.webhook_urls.get(name);
        let rule = match &source.scheme {
            Some(scheme) => scheme.secret.clone(),
            None => secret_rule(&source.provider)?,
        };
        let is_kept = |it: &&Source| {
            let same = (&it.name, &it.provider, &it.secret_arn);
            same == (name, &source.provider, &source.secret_arn) && rule.key(&it.secret).is_ok()
        };
        let kept = known.iter().find(is_kept).map(|it| it.secret.clone());
        Ok(Source {
            name: name.clone(),
            provider: source.provider.clone(),
            url: url.ok_or_else(|| format!("the source {name} has no URL"))?.clone(),
            secret: kept.map_or_else(|| secrets::new(&source.provider, &rule), Ok)?,
            queue: source.queue.clone(),
            secret_arn: source.secret_arn.clone(),
        })
    };
    config.sources.iter().map(source).collect()
}

/// What a provider's secrets look like.
fn secret_rule(provider: &str) -> Result<SecretRule> {
    let schemes = provider::find(provider)?.schemes;
    Ok(schemes.into_iter().next().map(|scheme| scheme.secret).unwrap_or_default())
}

/// The HTTP destinations of a configuration, with the secrets that Terraform made.
pub(super) async fn destinations(clients: &Clients, config: &Config) -> Result<Vec<Destination>> {
    let mut destinations = Vec::new();
    for (name, destination) in &config.destinations {
        let shared::config::Kind::Http(http) = &destination.kind else { continue };
        destinations.push(Destination {
            name: name.clone(),
            secret: secrets::get(clients, &http.secret_arn).await?,
            url: http.url.clone(),
        });
    }
    Ok(destinations)
}
