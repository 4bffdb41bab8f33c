//! The registered sources, with all that ingest knows of each.

use std::collections::BTreeMap;
use std::net::IpAddr;

use shared::config::{self, Cidr, Config, SourceQueues, StartError};
use shared::expression::Expression;
use shared::handshake::{Action, Handshake};
use shared::provider::{self, KeySource, Provider};
use shared::reply::Reply;
use shared::request::Request;
use shared::scheme::Scheme;
use shared::scheme::field::Params;

/// A source, its provider's file read.
#[derive(Debug)]
pub struct Source {
    /// The source's name.
    pub name: String,
    /// Its provider's name.
    pub provider: String,
    /// The ways in which the provider signs.
    pub schemes: Vec<Scheme>,
    /// Where its verification keys are fetched, if it publishes them.
    pub keys: Option<KeySource>,
    /// What is configured besides secrets.
    pub params: Params,
    /// What makes two of its events the same one.
    pub id: Vec<Expression>,
    /// What its events' types are made of.
    pub event_type: Vec<Expression>,
    /// The methods of its events.
    pub methods: Vec<String>,
    /// What the provider wants to hear.
    pub reply: Reply,
    /// What it asks before and between its events.
    pub handshakes: Vec<Handshake>,
    /// Where its secrets are; none where it publishes keys.
    pub secret: Option<SecretPlace>,
    /// Whether a secret that is handed over is kept.
    pub enroll: bool,
    /// For how many seconds the same body is the same event, where there is no id.
    pub dedupe_window: u32,
    /// Whether each item of a list is to be an event of its own.
    pub split: bool,
    /// The queues that its events go through.
    pub queues: SourceQueues,
    public_url: Option<String>,
    allow_cidrs: Option<Vec<Cidr>>,
}

/// Where a source's secrets are.
#[derive(Clone, Debug)]
pub struct SecretPlace {
    /// The Secrets Manager secret.
    pub arn: String,
    /// For how many seconds after a rotation the previous secret counts.
    pub overlap: u32,
}

impl Source {
    /// Whether requests are taken from an address. One that cannot be told is none of those allowed.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let Some(allowed) = &self.allow_cidrs else { return true };
        address.is_some_and(|address| allowed.iter().any(|block| block.contains(address)))
    }

    /// The handshake that a request is, if it is one.
    pub fn handshake(&self, request: &Request) -> Option<&Handshake> {
        self.handshakes.iter().find(|handshake| handshake.is(request, &self.params))
    }

    /// The request under the URL that the provider was given, where that is configured.
    pub fn addressed(&self, request: Request) -> Request {
        let Some(url) = &self.public_url else { return request };
        let query =
            if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        Request { url: format!("{url}{query}"), ..request }
    }
}

/// Reads the files of the providers that a configuration names, and of no others.
pub fn sources(config: &Config) -> Result<BTreeMap<String, Source>, StartError> {
    let read = |(name, source): (&String, _)| Ok((name.clone(), read(config, name, source)?));
    config.sources.iter().map(read).collect()
}

fn read(config: &Config, name: &str, source: &config::Source) -> Result<Source, StartError> {
    let invalid = |reason: String| StartError::Invalid(format!("sources.{name}"), reason);
    let provider = provider::find(&source.provider).map_err(|error| invalid(error.to_string()))?;
    let queues = SourceQueues::of(config, source).map_err(invalid)?;
    check(&provider, source).map_err(invalid)?;
    let schemes = source.scheme.as_ref().map_or(provider.schemes, |scheme| vec![scheme.clone()]);
    let handshakes = source.handshakes.clone().unwrap_or(provider.handshakes);
    // Where secrets are handed over, the list of them is how they are rotated: one that was taken out
    // of it is to count no more.
    let enrolls = handshakes.iter().any(|handshake| handshake.then == Some(Action::Enroll));
    let overlap = if enrolls { 0 } else { source.rotation_overlap };
    Ok(Source {
        name: name.to_owned(),
        provider: source.provider.clone(),
        schemes: schemes
            .into_iter()
            .map(|scheme| scheme.configured(&source.params, &handshakes))
            .collect(),
        keys: provider.keys,
        params: source.params.clone(),
        id: source.id.clone().unwrap_or_else(|| provider.id.expressions().to_vec()),
        event_type: source.event_type.clone().unwrap_or(provider.event_type),
        methods: source.methods.clone().unwrap_or(provider.methods),
        reply: source.reply.clone().unwrap_or(provider.reply),
        handshakes,
        secret: source.secret_arn.as_ref().map(|arn| SecretPlace { arn: arn.clone(), overlap }),
        enroll: source.enroll,
        dedupe_window: source.dedupe_window,
        split: source.split,
        queues,
        public_url: source.public_url.clone(),
        allow_cidrs: source.allow_cidrs.clone(),
    })
}

/// What Terraform has checked already, for whoever writes the configuration otherwise.
fn check(provider: &Provider, source: &config::Source) -> Result<(), String> {
    let name = &source.provider;
    if provider.schemes.is_empty() != source.scheme.is_some() {
        return Err(match source.scheme {
            None => format!("provider `{name}` needs a `scheme`"),
            Some(_) => format!("provider `{name}` brings its own scheme"),
        });
    }
    if source.secret_arn.is_none()
        && !matches!(provider.keys, Some(KeySource::Sns | KeySource::Paypal))
    {
        return Err(format!("provider `{name}` needs a secret"));
    }
    let missing = |(param, rule): &(&String, &provider::Param)| {
        rule.required && !source.params.contains_key(*param)
    };
    match provider.params.iter().find(missing) {
        Some((param, rule)) => {
            Err(format!("provider `{name}` needs params.{param}: {}", rule.about))
        }
        None => Ok(()),
    }
}
