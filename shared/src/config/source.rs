//! Sources of webhooks, as Terraform writes them.

use std::collections::BTreeMap;
use std::iter;

use serde::Deserialize;

use crate::event::split::Split;
use crate::provider::{self, Replay, ResolvedSource, SchemeSettings, SourceSettings};
use crate::query::expression::Expression;
use crate::query::filter::Filter;
use crate::webhook::cidr::Cidr;
use crate::webhook::client_certificate::ClientCertificate;
use crate::webhook::forward::HeaderPattern;
use crate::webhook::handshake::Handshake;
use crate::webhook::reply::Reply;
use crate::webhook::scheme::Scheme;
use crate::webhook::scheme::algorithm::Algorithm;
use crate::webhook::scheme::field::Params;

/// A source: one sender of webhooks, such as one account at a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source<L = List> {
    /// The provider's name.
    pub provider: String,
    /// The name of the queue for its events.
    pub queue: String,
    /// The names of queues for events of certain types, by type.
    #[serde(default)]
    pub queue_by_type: BTreeMap<String, String>,
    /// The ARN of the Secrets Manager secret with its signing secrets. `None` if its provider publishes keys.
    pub secret_arn: Option<String>,
    /// The time for which the previous secret is still accepted after a rotation, in seconds.
    pub rotation_overlap: u32,
    /// For events without an id: the time for which the same body counts as the same event, in seconds.
    pub dedupe_window: u32,
    /// The values that its provider file asks for besides a secret, by name.
    #[serde(default)]
    pub params: Params,
    /// The URL that was registered with the provider, with its query if it has one, if it differs from the one that a
    /// request shows.
    pub public_url: Option<String>,
    /// The address ranges that requests are accepted from. `None` for all addresses.
    pub allow_cidrs: Option<Vec<Cidr>>,
    /// The client certificate that senders must have. `None` if they need none.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether to store a secret that a handshake contains.
    #[serde(default)]
    pub enroll: bool,
    /// The signature scheme, for providers whose file has none.
    pub scheme: Option<Scheme>,
    /// The names of the provider's schemes that count. `None` for all of them.
    pub schemes: Option<Vec<String>>,
    /// By how many seconds the provider's timestamp may differ from the current time, instead of the provider file's
    /// tolerance. 0 records it and checks nothing.
    pub tolerance: Option<u32>,
    /// The HMAC that the sender uses, instead of the provider's.
    pub algorithm: Option<Algorithm>,
    /// The header that has the signature, instead of the provider's.
    pub header: Option<String>,
    /// Which requests count as the same event although their ids differ. `None` for the provider's id alone.
    pub replay: Option<Replay>,
    /// The HTTP methods of its events, instead of the provider's.
    pub methods: Option<Vec<String>>,
    /// The answer to its events, instead of the provider's.
    pub reply: Option<Reply>,
    /// Its handshakes, instead of the provider's.
    pub handshakes: Option<Vec<Handshake>>,
    /// The expressions that form an event's id together, instead of the provider's.
    pub id: Option<Vec<Expression>>,
    /// The parts of an event's type, instead of the provider's.
    #[serde(rename = "type")]
    pub event_type: Option<Vec<Expression>>,
    /// Whether lists are split, so that each item becomes an event.
    #[serde(default)]
    pub split: bool,
    /// The list in a body, instead of the provider's.
    pub list: Option<L>,
}

impl<L> Source<L> {
    /// The names of all queues for its events.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        iter::once(&self.queue).chain(self.queue_by_type.values()).map(String::as_str)
    }

    /// The settings that replace its provider's defaults.
    pub fn settings(&self) -> SourceSettings {
        SourceSettings {
            params: self.params.clone(),
            scheme: self.scheme.clone(),
            scheme_settings: SchemeSettings {
                schemes: self.schemes.clone(),
                tolerance: self.tolerance,
                algorithm: self.algorithm,
                header: self.header.clone(),
            },
            replay: self.replay,
            methods: self.methods.clone(),
            reply: self.reply.clone(),
            handshakes: self.handshakes.clone(),
            id: self.id.clone(),
            event_type: self.event_type.clone(),
            public_url: self.public_url.clone(),
            allow_cidrs: self.allow_cidrs.clone(),
            client_certificate: self.client_certificate.clone(),
        }
    }

    /// The form field that has the event as JSON, if the provider can send JSON in a form. Fails if there is no such
    /// provider.
    pub fn form_json(&self) -> Result<Option<String>, String> {
        let provider = provider::find(&self.provider).map_err(|error| error.to_string())?;
        Ok(provider.form_json)
    }

    /// The headers in which the sender sends the source's secret itself, as GitLab does. They are those of the source's
    /// schemes, and those of all of its provider's schemes: a sender may use several at once. Fails if there is no such
    /// provider, or if the settings do not fit it.
    pub fn secret_headers(&self) -> Result<Vec<HeaderPattern>, String> {
        let provider = provider::find(&self.provider).map_err(|error| error.to_string())?;
        let of_provider = provider.schemes.clone();
        let source = ResolvedSource::new("", &self.provider, provider, self.settings())?;
        let schemes = of_provider.iter().chain(&source.schemes);
        Ok(schemes.flat_map(Scheme::secret_headers).collect())
    }
}

impl Source {
    /// How this source's lists are split into events. `None` if `split` is not set. Fails if neither the
    /// source nor its provider defines the list.
    pub fn split(&self) -> Result<Option<Split>, String> {
        if !self.split {
            return Ok(None);
        }
        if let Some(List { items, id, event_type }) = self.list.clone() {
            return Ok(Some(Split::new(items.into(), id, event_type)));
        }
        let provider = provider::find(&self.provider).map_err(|error| error.to_string())?;
        let list = provider.list.ok_or_else(|| {
            format!("split: provider `{}` has no lists; set `list`", self.provider)
        })?;
        let id = list.id.expressions().to_vec();
        Ok(Some(Split::new(list.items, id, list.event_type)))
    }
}

/// A list of events in a body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Finds the list in an event's document.
    pub items: Filter,
    /// The expressions that form an item's id together, evaluated on the item. Without them, items are
    /// identified by their index in the list.
    #[serde(default)]
    pub id: Vec<Expression>,
    /// The parts of an item's type, evaluated on the item.
    #[serde(default, rename = "type")]
    pub event_type: Vec<Expression>,
}

#[cfg(test)]
mod tests;
