//! Handshakes: requests by which a provider asks whether an address is willing to receive. They are
//! answered by ingest itself, and are no events.

mod file;
mod mac;

use std::collections::BTreeMap;

use serde::Deserialize;
use subtle::ConstantTimeEq;

pub use self::file::{HandshakeFile, InvalidHandshake};
use self::mac::MacRule;
pub(crate) use self::mac::is_plain;
use crate::webhook::reply::{Answer, NoAnswer, Reply, echo};
use crate::webhook::request::Request;
use crate::webhook::scheme::field::{Field, Found, Params};
use crate::webhook::scheme::{Match, Scheme};
use crate::webhook::secret::{Secret, UnusableSecret};

/// A handshake of a provider's.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "HandshakeFile")]
pub struct Handshake {
    /// Its name, in the provider's words.
    pub title: String,
    /// The request's method.
    pub method: String,
    /// Whether it must be signed like an event.
    pub verified: bool,
    /// What must be done before it is answered.
    pub then: Option<Action>,
    when: Vec<Condition>,
    token: Option<TokenCheck>,
    fields: BTreeMap<String, Field>,
    mac: Option<MacRule>,
    reply: Reply,
}

/// What a handshake asks for besides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Visit SNS's SubscribeURL.
    ConfirmSubscription,
    /// Keep the secret that it hands over, where the source says `enroll = true`.
    Enroll,
}

#[derive(Clone, Debug)]
struct Condition {
    field: Field,
    is: Option<String>,
    absent: bool,
}

#[derive(Clone, Debug)]
struct TokenCheck {
    field: Field,
    param: String,
}

impl Condition {
    fn holds(&self, request: &Request, params: &Params) -> bool {
        match self.field.read(request, params, 1) {
            Found::Missing => self.absent,
            Found::Malformed => false,
            Found::Entries(found) => {
                !self.absent
                    && self.is.as_ref().is_none_or(|is| found.iter().any(|text| text == is))
            }
        }
    }
}

impl Handshake {
    /// Whether a request is this handshake.
    pub fn is(&self, request: &Request, params: &Params) -> bool {
        self.method == request.method && self.when.iter().all(|when| when.holds(request, params))
    }

    /// Whether its answer is made with the secret.
    pub fn needs_secret(&self) -> bool {
        self.mac.is_some()
    }

    /// Whether it gives whoever asks a MAC by the secret.
    pub fn answers_anyone(&self) -> bool {
        self.mac.is_some() && !self.verified
    }

    /// Whether it brings the token that the source is configured for, where it must.
    pub fn has_token(&self, request: &Request, params: &Params) -> bool {
        let Some(TokenCheck { field, param }) = &self.token else { return true };
        match (field.value(request, params), params.get(param)) {
            (Some(token), Some(expected)) => token.as_bytes().ct_eq(expected.as_bytes()).into(),
            _ => false,
        }
    }

    /// A field's value: the secret that Asana hands over.
    pub fn value(&self, name: &str, request: &Request) -> Result<String, NoAnswer> {
        let field = self.fields.get(name).ok_or_else(|| NoAnswer(format!("no field {name}")))?;
        Ok(echo(field, request, &Params::new())?.into_owned())
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

    /// The answer. `key` is the secret, where it is made with that.
    pub fn answer(
        &self,
        request: &Request,
        params: &Params,
        key: Option<&Secret>,
    ) -> Result<Answer, NoAnswer> {
        let mut values = BTreeMap::new();
        for (name, field) in &self.fields {
            values.insert(name.as_str(), echo(field, request, params)?.into_owned());
        }
        if let Some(rule) = &self.mac {
            let challenge = values.get(rule.of.as_str()).map_or("", String::as_str);
            if !self.verified && !is_plain(challenge.as_bytes()) {
                return Err(NoAnswer("the challenge is not a plain token".to_owned()));
            }
            let mac = rule.mac(challenge, key)?;
            values.insert("mac", mac);
        }
        self.reply.answer(request, params, &values)
    }
}
