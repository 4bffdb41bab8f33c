//! Handshakes: requests by which a provider checks that an address accepts its webhooks. Ingest answers them
//! itself; they are not events.

mod file;
mod mac;

use std::collections::BTreeMap;

use serde::Deserialize;
use subtle::ConstantTimeEq;

pub use self::file::{HandshakeFile, InvalidHandshake};
use self::mac::MacRule;
pub(crate) use self::mac::is_plain;
use crate::webhook::reply::{Answer, Reply, ReplyError, value_to_echo};
use crate::webhook::request::Request;
use crate::webhook::scheme::condition::Condition;
use crate::webhook::scheme::field::{Field, Params};
use crate::webhook::scheme::{Match, Scheme};
use crate::webhook::secret::{Secret, UnusableSecret};

/// One kind of handshake of a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "HandshakeFile")]
pub struct Handshake {
    /// Its name in the provider's documentation.
    pub title: String,
    /// The request's HTTP method.
    pub method: String,
    /// Whether it must be signed like an event.
    pub verified: bool,
    /// What to do before it is answered.
    pub then: Option<Action>,
    when: Vec<Condition>,
    token: Option<TokenCheck>,
    fields: BTreeMap<String, Field>,
    mac: Option<MacRule>,
    reply: Reply,
}

/// What a handshake requires besides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Send a GET to the SubscribeURL of an SNS message.
    ConfirmSubscription,
    /// Store the secret that the request contains, if the source sets `enroll = true`.
    Enroll,
}

/// A token in the request that must equal one of the source's params.
#[derive(Clone, Debug)]
struct TokenCheck {
    field: Field,
    param: String,
}

impl Handshake {
    /// Whether a request is this handshake.
    pub fn matches(&self, request: &Request, params: &Params) -> bool {
        self.method == request.method && self.when.iter().all(|when| when.holds(request, params))
    }

    /// Whether its answer contains a MAC, so that the secret is needed.
    pub fn needs_secret(&self) -> bool {
        self.mac.is_some()
    }

    /// Whether it reads the path segment after the source's name.
    pub fn reads_path(&self) -> bool {
        self.fields.values().any(Field::is_in_path) || self.reply.reads_path()
    }

    /// Whether unsigned requests get a MAC made with the secret, so that anyone can ask for one.
    pub fn answers_anyone(&self) -> bool {
        self.mac.is_some() && !self.verified
    }

    /// Whether the request has the token that the source's params name. True if the handshake needs no token.
    /// Compares in constant time.
    pub fn has_token(&self, request: &Request, params: &Params) -> bool {
        let Some(TokenCheck { field, param }) = &self.token else { return true };
        match (field.value(request, params), params.get(param)) {
            (Some(token), Some(expected)) => token.as_bytes().ct_eq(expected.as_bytes()).into(),
            _ => false,
        }
    }

    /// The value of a named field, such as the secret in Asana's handshake. Fails if the request lacks it, or
    /// if it is longer than 4096 bytes.
    pub fn value(&self, name: &str, request: &Request) -> Result<String, ReplyError> {
        let field = self.fields.get(name).ok_or_else(|| ReplyError(format!("no field {name}")))?;
        Ok(value_to_echo(field, request, &Params::new())?.into_owned())
    }

    /// The key for [`Self::answer`]: of the scheme and the secret that verified the request, or, if it was not verified,
    /// of the first scheme and the newest secret. `None` if the answer needs no key, or if there is no secret.
    pub fn answer_key(
        &self,
        schemes: &[Scheme],
        secrets: &[String],
        matched: Option<&Match>,
    ) -> Result<Option<Secret>, UnusableSecret> {
        let (scheme, secret) = matched.map_or((0, 0), |matched| (matched.scheme, matched.secret));
        match (schemes.get(scheme), secrets.get(secret)) {
            (Some(scheme), Some(secret)) if self.needs_secret() => {
                scheme.secret.key(secret).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The answer to a request. `key` is needed if [`needs_secret`](Self::needs_secret). Fails if a field is
    /// missing, or if an unsigned challenge is not a plain token.
    pub fn answer(
        &self,
        request: &Request,
        params: &Params,
        key: Option<&Secret>,
    ) -> Result<Answer, ReplyError> {
        let mut values = BTreeMap::new();
        for (name, field) in &self.fields {
            values.insert(name.as_str(), value_to_echo(field, request, params)?.into_owned());
        }
        if let Some(rule) = &self.mac {
            let challenge = values.get(rule.field.as_str()).map_or("", String::as_str);
            if !self.verified && !is_plain(challenge.as_bytes()) {
                return Err(ReplyError("the challenge is not a plain token".to_owned()));
            }
            let mac = rule.compute(challenge, key)?;
            values.insert("mac", mac);
        }
        self.reply.answer(request, params, &values)
    }
}
