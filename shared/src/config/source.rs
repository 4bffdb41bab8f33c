//! Sources as Terraform writes them.

use std::collections::BTreeMap;
use std::iter;

use serde::Deserialize;

use crate::event::split::Split;
use crate::provider::{self, SourceSettings};
use crate::query::expression::Expression;
use crate::query::filter::Filter;
use crate::webhook::cidr::Cidr;
use crate::webhook::handshake::Handshake;
use crate::webhook::reply::Reply;
use crate::webhook::scheme::Scheme;
use crate::webhook::scheme::field::Params;

/// A registered sender.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The provider's name.
    pub provider: String,
    /// The queue its events go through.
    pub queue: String,
    /// The queues of those events whose types are named.
    #[serde(default)]
    pub queue_by_type: BTreeMap<String, String>,
    /// The Secrets Manager secret with its signing secrets; none where its provider publishes keys.
    pub secret_arn: Option<String>,
    /// For how many seconds after a rotation the previous secret still counts.
    pub rotation_overlap: u32,
    /// For how many seconds the same body is the same event, where the provider sends no id.
    pub dedupe_window: u32,
    /// What its provider needs configured besides a secret.
    #[serde(default)]
    pub params: Params,
    /// The URL that the provider was given, without a query, where it cannot be told from a request.
    pub public_url: Option<String>,
    /// From where requests are taken; from anywhere where there is none.
    pub allow_cidrs: Option<Vec<Cidr>>,
    /// Whether a secret that is handed over is kept.
    #[serde(default)]
    pub enroll: bool,
    /// How it signs, where its provider file leaves that to the source.
    pub scheme: Option<Scheme>,
    /// The methods of its events, where the provider file leaves that to the source.
    pub methods: Option<Vec<String>>,
    /// What it wants to hear, likewise.
    pub reply: Option<Reply>,
    /// Its handshakes, likewise.
    pub handshakes: Option<Vec<Handshake>>,
    /// Instead of the provider's own.
    pub id: Option<Vec<Expression>>,
    /// Instead of the provider's own.
    #[serde(rename = "type")]
    pub event_type: Option<Vec<Expression>>,
    /// Whether each item of a list is an event of its own.
    #[serde(default)]
    pub split: bool,
    /// Where the list is, instead of the provider's own word.
    pub list: Option<List>,
}

impl Source {
    /// The names of all queues that its events go through.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        iter::once(&self.queue).chain(self.queue_by_type.values()).map(String::as_str)
    }

    /// What this source sets in place of its provider's defaults.
    pub fn settings(&self) -> SourceSettings {
        SourceSettings {
            params: self.params.clone(),
            scheme: self.scheme.clone(),
            methods: self.methods.clone(),
            reply: self.reply.clone(),
            handshakes: self.handshakes.clone(),
            id: self.id.clone(),
            event_type: self.event_type.clone(),
            public_url: self.public_url.clone(),
            allow_cidrs: self.allow_cidrs.clone(),
        }
    }

    /// How this source's lists are split into events, or `None` if `split` is not set. The error says what is
    /// missing if neither the source nor its provider says where the list is.
    pub fn split(&self) -> Result<Option<Split>, String> {
        if !self.split {
            return Ok(None);
        }
        if let Some(List { items, id, event_type }) = self.list.clone() {
            return Ok(Some(Split::new(items.into(), id, event_type)));
        }
        let provider = provider::find(&self.provider).map_err(|error| error.to_string())?;
        let list = provider.list.ok_or_else(|| {
            format!("split: provider `{}` has no lists; say where one is by `list`", self.provider)
        })?;
        let id = list.id.expressions().to_vec();
        Ok(Some(Split::new(list.items, id, list.event_type)))
    }
}

/// Where a body has a list of events, and what the items are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Where the list is in the document.
    pub items: Filter,
    /// What makes two items the same event, looked for in an item; its place in the list where there
    /// is none.
    #[serde(default)]
    pub id: Vec<Expression>,
    /// The parts of an item's type, looked for in an item.
    #[serde(default, rename = "type")]
    pub event_type: Vec<Expression>,
}

#[cfg(test)]
mod tests;
