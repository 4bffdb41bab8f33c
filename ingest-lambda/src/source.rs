//! The registered sources: each one's rules, and where its secrets and queues are.

use std::collections::BTreeMap;

use shared::config::{self, Config, Queue, SourceQueues, StartError};
use shared::provider::{self, KeySource, ResolvedSource};
use shared::webhook::handshake::Action;

/// A source that ingest receives webhooks for.
#[derive(Debug)]
pub(crate) struct RegisteredSource {
    /// How its requests are accepted, verified and answered.
    pub(crate) rules: ResolvedSource,
    /// Where its secrets are; none if it has no secret, because its provider publishes keys.
    pub(crate) secret: Option<SecretLocation>,
    /// Whether a secret that a handshake offers is stored as the source's secret.
    pub(crate) enroll: bool,
    /// For how many seconds a request with the same body is a duplicate, if the provider sends no id.
    pub(crate) dedupe_window: u32,
    /// Whether each item of a list becomes an event of its own.
    pub(crate) split: bool,
    /// The queues of its events, by event type.
    pub(crate) queues: SourceQueues,
}

/// Where a source's secrets are, and how long a rotated one stays active.
#[derive(Clone, Debug)]
pub(crate) struct SecretLocation {
    /// The ARN of the Secrets Manager secret.
    pub(crate) arn: String,
    /// For how many seconds after a rotation the previous secret is still active.
    pub(crate) overlap: u32,
}

/// Registers the configured sources. Only the provider files that they name are parsed.
pub(crate) fn registered_sources<D, R, L>(
    config: &Config<D, R, L>,
) -> Result<BTreeMap<String, RegisteredSource>, StartError> {
    let register = |(name, source): (&String, _)| {
        let source = register(&config.queues, name, source);
        let source =
            source.map_err(|reason| StartError::Invalid(format!("sources.{name}"), reason))?;
        Ok((name.clone(), source))
    };
    config.sources.iter().map(register).collect()
}

fn register<L>(
    queues: &BTreeMap<String, Queue>,
    name: &str,
    source: &config::Source<L>,
) -> Result<RegisteredSource, String> {
    let provider = provider::find(&source.provider).map_err(|error| error.to_string())?;
    let rules = ResolvedSource::new(name, &source.provider, provider, source.settings())?;
    if source.secret_arn.is_none() && rules.keys.as_ref().is_none_or(KeySource::needs_secret) {
        return Err(format!("provider `{}` needs a secret", source.provider));
    }
    // If handshakes offer secrets, the stored list of secrets is how they are rotated. A secret that was removed
    // from the list must not stay active.
    let mut handshakes = rules.handshakes.iter();
    let enrolls = handshakes.any(|handshake| handshake.then == Some(Action::Enroll));
    let overlap = if enrolls { 0 } else { source.rotation_overlap };
    Ok(RegisteredSource {
        secret: source.secret_arn.as_ref().map(|arn| SecretLocation { arn: arn.clone(), overlap }),
        enroll: source.enroll,
        dedupe_window: source.dedupe_window,
        split: source.split,
        queues: SourceQueues::of(queues, source)?,
        rules,
    })
}
