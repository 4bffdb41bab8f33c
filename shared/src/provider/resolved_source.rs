//! Sources with their provider's defaults. Ingest and `catchment verify` use the same rules from here.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{IdRule, KeySource, Param, Provider, Replay, SchemeSettings};
use crate::query::expression::Expression;
use crate::webhook::cidr::Cidr;
use crate::webhook::client_certificate::ClientCertificate;
use crate::webhook::connection::Connection;
use crate::webhook::handshake::Handshake;
use crate::webhook::rejection::Rejection;
use crate::webhook::reply::{Answer, Reply, ReplyError};
use crate::webhook::request::Request;
use crate::webhook::scheme::field::Params;
use crate::webhook::scheme::{Refusal, Scheme};

/// The settings of a source that replace its provider's defaults.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// The values of the provider file's `params`, such as a topic's ARN.
    pub params: Params,
    /// The signature scheme. Only allowed for providers whose file has none.
    pub scheme: Option<Scheme>,
    /// Settings that change the schemes of the provider's file.
    pub scheme_settings: SchemeSettings,
    /// Which requests count as the same event although their ids differ. `None` for the provider's id alone.
    pub replay: Option<Replay>,
    /// HTTP methods of its events.
    pub methods: Option<Vec<String>>,
    /// The answer to its events.
    pub reply: Option<Reply>,
    /// Requests that are answered and never queued.
    pub handshakes: Option<Vec<Handshake>>,
    /// The expressions that form an event's id together.
    pub id: Option<Vec<Expression>>,
    /// The parts of an event's type.
    pub event_type: Option<Vec<Expression>>,
    /// The URL that was registered with the provider, if it differs from the one that a request shows.
    pub public_url: Option<String>,
    /// The address ranges that requests are accepted from. `None` for all addresses.
    pub allow_cidrs: Option<Vec<Cidr>>,
    /// The client certificate that senders must have. `None` if they need none.
    pub client_certificate: Option<ClientCertificate>,
}

/// A source: its own settings, and its provider's defaults for the rest.
#[derive(Clone, Debug)]
pub struct ResolvedSource {
    /// The source's name.
    pub name: String,
    /// Its provider's name.
    pub provider: String,
    /// The signature schemes of its requests.
    pub schemes: Vec<Scheme>,
    /// Who publishes its verification keys, if its provider does.
    pub keys: Option<KeySource>,
    /// The values that its schemes and handshakes refer to, by name.
    pub params: Params,
    /// The form field that has the event as JSON, if its provider can send JSON in a form.
    pub form_json: Option<String>,
    /// The expressions that form an event's id together. Empty if events are deduplicated by their bodies.
    pub id: Vec<Expression>,
    /// Which requests count as the same event although their ids differ.
    pub replay: Option<Replay>,
    /// The parts of an event's type.
    pub event_type: Vec<Expression>,
    /// HTTP methods of its events.
    pub methods: Vec<String>,
    /// The answer to its events.
    pub reply: Reply,
    /// Requests that are answered and never queued.
    pub handshakes: Vec<Handshake>,
    /// A secret that is refused, because everyone may know it and requests may come from any address.
    public_secret: Option<String>,
    public_url: Option<String>,
    allow_cidrs: Option<Vec<Cidr>>,
    client_certificate: Option<ClientCertificate>,
}

/// How a request is to be handled.
#[derive(Clone, Copy, Debug)]
pub enum RequestKind<'s> {
    /// Verify it, then store and queue it.
    Event,
    /// Answer it, after verification if the provider signs it ([`Handshake::verified`]).
    Handshake(&'s Handshake),
}

impl ResolvedSource {
    /// Combines a source's settings with its provider's defaults. The error says which setting is missing or
    /// not allowed.
    pub fn new(
        name: &str,
        provider_name: &str,
        mut provider: Provider,
        settings: SourceSettings,
    ) -> Result<Self, String> {
        check(provider_name, &provider, &settings)?;
        provider.schemes = settings.scheme_settings.apply(provider_name, provider.schemes)?;
        Ok(Self::unchecked(name, provider_name, provider, settings))
    }

    /// The same, without a check that nothing is missing: `catchment verify` needs only what the request at hand needs,
    /// and names it.
    pub fn unchecked(
        name: &str,
        provider_name: &str,
        provider: Provider,
        settings: SourceSettings,
    ) -> Self {
        let schemes = settings.scheme.map_or(provider.schemes, |scheme| vec![scheme]);
        let handshakes = settings.handshakes.unwrap_or(provider.handshakes);
        Self {
            name: name.to_owned(),
            provider: provider_name.to_owned(),
            schemes: schemes
                .into_iter()
                .map(|scheme| scheme.configured(&settings.params, &handshakes))
                .collect(),
            keys: provider.keys,
            params: settings.params,
            id: settings.id.unwrap_or_else(|| match provider.id {
                IdRule::Expressions(expressions) => expressions,
                IdRule::None(_) => Vec::new(),
            }),
            form_json: provider.form_json,
            replay: settings.replay,
            event_type: settings.event_type.unwrap_or(provider.event_type),
            methods: settings.methods.unwrap_or(provider.methods),
            reply: settings.reply.unwrap_or(provider.reply),
            handshakes,
            public_url: settings.public_url,
            public_secret: provider.public_secret.filter(|_| settings.allow_cidrs.is_none()),
            allow_cidrs: settings.allow_cidrs,
            client_certificate: settings.client_certificate,
        }
    }

    /// Whether anything reads the path segment after the source's name, so that the source has a route
    /// `/{name}/{token}`. `path_sources` in `infra/routes.tf` has the same rule.
    pub fn reads_path(&self) -> bool {
        self.schemes.iter().any(Scheme::reads_path)
            || self.reply.reads_path()
            || self.handshakes.iter().any(Handshake::reads_path)
    }

    /// Decides how a request is to be handled, before any secret is read. The checks run in this order:
    /// address, client certificate, body size (at most `body_limit` bytes), handshake or else method, the handshake's
    /// token.
    ///
    /// An unknown address is in no range of `allow_cidrs`.
    pub fn classify(
        &self,
        request: &Request,
        connection: &Connection,
        body_limit: usize,
    ) -> Result<RequestKind<'_>, Rejection> {
        if !self.allows(connection.address) {
            return Err(Rejection::AddressNotAllowed);
        }
        if let Some(certificate) = &self.client_certificate {
            certificate.check(connection)?;
        }
        if request.body.len() > body_limit {
            return Err(Rejection::BodyTooLarge(request.body.len()));
        }
        let mut handshakes = self.handshakes.iter();
        match handshakes.find(|handshake| handshake.matches(request, &self.params)) {
            None if !self.methods.contains(&request.method) => {
                Err(Rejection::MethodNotAllowed(self.methods.join(", ")))
            }
            None => Ok(RequestKind::Event),
            Some(handshake) if !handshake.has_token(request, &self.params) => {
                let reason = "the handshake's token is not the one in the source's params";
                Err(Refusal::Forbidden(reason.to_owned()).into())
            }
            Some(handshake) => Ok(RequestKind::Handshake(handshake)),
        }
    }

    /// Whether a secret proves nothing: everyone may know it, and requests are accepted from any address.
    pub fn is_public(&self, secret: &str) -> bool {
        self.public_secret.as_deref() == Some(secret)
    }

    /// The answer to an event. If the provider's expected answer cannot be built from the request, the answer
    /// has its status alone, and the error says why: the event is stored, so its sender must get a 2xx.
    pub fn answer_event(&self, request: &Request) -> (Answer, Option<ReplyError>) {
        match self.reply.answer(request, &self.params, &BTreeMap::new()) {
            Ok(answer) => (answer, None),
            Err(error) => {
                (Answer { status: self.reply.status(), ..Answer::default() }, Some(error))
            }
        }
    }

    fn allows(&self, address: Option<IpAddr>) -> bool {
        let Some(allowed) = &self.allow_cidrs else { return true };
        address.is_some_and(|address| allowed.iter().any(|block| block.contains(address)))
    }

    /// The request with the URL that was registered with the provider, if `public_url` names it. A query of
    /// `public_url` comes first, in its order; parameters that only the request has follow.
    pub fn with_public_url(&self, request: Request) -> Request {
        let Some(registered) = &self.public_url else { return request };
        let (base, query) = registered.split_once('?').unwrap_or((registered, ""));
        let registered = query.split('&').filter(|pair| !pair.is_empty());
        let mut rest: Vec<_> = request.query.split('&').filter(|pair| !pair.is_empty()).collect();
        let mut pairs = Vec::new();
        for pair in registered {
            if let Some(position) = rest.iter().position(|other| *other == pair) {
                rest.remove(position);
            }
            pairs.push(pair);
        }
        pairs.append(&mut rest);
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        Request { url: format!("{base}{query}"), ..request }
    }
}

/// Checks that the settings fit the provider. Terraform checks the same at plan; the CLI also reads
/// configurations that Terraform has not checked.
fn check(name: &str, provider: &Provider, settings: &SourceSettings) -> Result<(), String> {
    match (provider.schemes.is_empty(), &settings.scheme) {
        (true, None) => return Err(format!("provider `{name}` needs a `scheme`")),
        (false, Some(_)) => return Err(format!("provider `{name}` brings its own scheme")),
        _ => {}
    }
    let missing =
        |(param, rule): &(&String, &Param)| rule.required && !settings.params.contains_key(*param);
    match provider.params.iter().find(missing) {
        Some((param, rule)) => {
            Err(format!("provider `{name}` needs params.{param}: {}", rule.about))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_url(public_url: &str, query: &str) -> String {
        let settings =
            SourceSettings { public_url: Some(public_url.to_owned()), ..SourceSettings::default() };
        let provider = super::super::find("twilio").unwrap();
        let source = ResolvedSource::new("s", "twilio", provider, settings).unwrap();
        let request = Request { query: query.to_owned(), ..Request::default() };
        source.with_public_url(request).url
    }

    #[test]
    fn a_public_url_without_a_query_gets_that_of_the_request() {
        assert_eq!(signed_url("https://a.example/s", ""), "https://a.example/s");
        assert_eq!(signed_url("https://a.example/s", "b=2&a=1"), "https://a.example/s?b=2&a=1");
    }

    #[test]
    fn the_query_of_a_public_url_keeps_its_order_and_what_the_sender_adds_follows() {
        let registered = "https://a.example/s?b=2&a=1&a=1";
        assert_eq!(signed_url(registered, "a=1&a=1&b=2"), registered);
        assert_eq!(signed_url(registered, ""), registered, "a proxy removed it");
        let added = signed_url(registered, "bodySHA256=ff&a=1&b=2&a=1");
        assert_eq!(added, format!("{registered}&bodySHA256=ff"));
    }
}
