//! The registered sources, with what ingest needs to know of each.

use std::collections::BTreeMap;

use shared::config::{self, Config, SourceQueues, StartError};
use shared::provider::{self, KeySource, ResolvedSource};
use shared::webhook::handshake::Action;

/// A source that ingest receives webhooks for.
#[derive(Debug)]
pub struct RegisteredSource {
    /// How its requests are accepted, verified and answered.
    pub rules: ResolvedSource,
    /// Where its secrets are; none if its provider publishes keys.
    pub secret: Option<SecretLocation>,
    /// Whether a secret that a handshake hands over is stored.
    pub enroll: bool,
    /// For how many seconds the same body is the same event, if the provider sends no id.
    pub dedupe_window: u32,
    /// Whether each item of a list becomes an event of its own.
    pub split: bool,
    /// The queues of its events.
    pub queues: SourceQueues,
}

/// Where a source's secrets are.
#[derive(Clone, Debug)]
pub struct SecretLocation {
    /// The ARN of the Secrets Manager secret.
    pub arn: String,
    /// For how many seconds after a rotation the previous secret is still active.
    pub overlap: u32,
}

/// Reads the files of the providers that a configuration names, and of no others.
pub fn sources(config: &Config) -> Result<BTreeMap<String, RegisteredSource>, StartError> {
    let register = |(name, source): (&String, _)| {
        let source = register(config, name, source);
        let source =
            source.map_err(|reason| StartError::Invalid(format!("sources.{name}"), reason))?;
        Ok((name.clone(), source))
    };
    config.sources.iter().map(register).collect()
}

fn register(
    config: &Config,
    name: &str,
    source: &config::Source,
) -> Result<RegisteredSource, String> {
    let provider = provider::find(&source.provider).map_err(|error| error.to_string())?;
    let rules = ResolvedSource::new(name, &source.provider, provider, source.settings())?;
    if source.secret_arn.is_none()
        && !matches!(rules.keys, Some(KeySource::Sns | KeySource::Paypal))
    {
        return Err(format!("provider `{}` needs a secret", source.provider));
    }
    // Where handshakes hand over secrets, the stored list of secrets is how they are rotated: a secret that was
    // removed from it must no longer be active.
    let mut handshakes = rules.handshakes.iter();
    let enrolls = handshakes.any(|handshake| handshake.then == Some(Action::Enroll));
    let overlap = if enrolls { 0 } else { source.rotation_overlap };
    Ok(RegisteredSource {
        secret: source.secret_arn.as_ref().map(|arn| SecretLocation { arn: arn.clone(), overlap }),
        enroll: source.enroll,
        dedupe_window: source.dedupe_window,
        split: source.split,
        queues: SourceQueues::of(config, source)?,
        rules,
    })
}
