//! Handshakes: requests by which a provider asks whether an address is willing to receive. They are
//! answered by ingest itself, and are no events.

use std::collections::BTreeMap;

use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::reply::{Answer, InvalidReply, NoAnswer, Reply, ReplyFile, echo, fields};
use crate::request::Request;
use crate::scheme::algorithm::{Algorithm, Encoding, Piece};
use crate::scheme::field::{Field, FieldFile, Found, InvalidField, Params};
use crate::secret::Secret;

/// The longest value that a MAC is made of for anyone who asks, in bytes.
const MAX_CHALLENGE: usize = 512;

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

/// A handshake as written in a provider file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeFile {
    title: String,
    method: Option<String>,
    when: Option<Vec<ConditionFile>>,
    verified: Option<bool>,
    token: Option<TokenFile>,
    fields: Option<BTreeMap<String, FieldFile>>,
    mac: Option<MacRule>,
    reply: ReplyFile,
    then: Option<Action>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    header: Option<String>,
    query: Option<String>,
    body: Option<String>,
    is: Option<String>,
    absent: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFile {
    header: Option<String>,
    query: Option<String>,
    body: Option<String>,
    equals_param: String,
}

/// How `{mac}` in a reply is made: of a field, with the secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MacRule {
    of: String,
    #[serde(default)]
    algorithm: Algorithm,
    #[serde(default)]
    encoding: Encoding,
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

/// Why a handshake cannot be used, naming the field at fault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHandshake {
    /// A condition is wrong.
    #[error("when: {0}")]
    When(InvalidField),
    /// The token is wrong.
    #[error("token: {0}")]
    Token(InvalidField),
    /// The MAC is of a field that does not exist, or of no MAC's making.
    #[error("mac: there is no field `{0}`, or its algorithm is no HMAC")]
    Mac(String),
    /// The reply, or a field, is wrong.
    #[error(transparent)]
    Reply(#[from] InvalidReply),
}

impl TryFrom<HandshakeFile> for Handshake {
    type Error = InvalidHandshake;

    fn try_from(file: HandshakeFile) -> Result<Self, Self::Error> {
        let fields = fields(file.fields.unwrap_or_default())?;
        let is_mac = |mac: &MacRule| {
            fields.contains_key(&mac.of)
                && mac.algorithm.is_symmetric()
                && !matches!(mac.algorithm, Algorithm::Token | Algorithm::Sha256)
        };
        if let Some(mac) = file.mac.as_ref().filter(|mac| !is_mac(mac)) {
            return Err(InvalidHandshake::Mac(mac.of.clone()));
        }
        let provided =
            |name: &str| fields.contains_key(name) || (name == "mac" && file.mac.is_some());
        let reply = Reply::build(file.reply, provided)?;
        let when = file.when.unwrap_or_default().into_iter().map(Condition::try_from);
        Ok(Self {
            title: file.title,
            method: file.method.unwrap_or_else(|| "POST".to_owned()),
            verified: file.verified.unwrap_or(true),
            then: file.then,
            when: when.collect::<Result<_, _>>().map_err(InvalidHandshake::When)?,
            token: file
                .token
                .map(TokenCheck::try_from)
                .transpose()
                .map_err(InvalidHandshake::Token)?,
            fields,
            mac: file.mac,
            reply,
        })
    }
}

impl TryFrom<ConditionFile> for Condition {
    type Error = InvalidField;

    fn try_from(file: ConditionFile) -> Result<Self, Self::Error> {
        let ConditionFile { header, query, body, is, absent } = file;
        let field = FieldFile { header, query, body, ..FieldFile::default() };
        Ok(Self { field: field.try_into()?, is, absent: absent.unwrap_or_default() })
    }
}

impl TryFrom<TokenFile> for TokenCheck {
    type Error = InvalidField;

    fn try_from(file: TokenFile) -> Result<Self, Self::Error> {
        let TokenFile { header, query, body, equals_param } = file;
        let field = FieldFile { header, query, body, ..FieldFile::default() };
        Ok(Self { field: field.try_into()?, param: equals_param })
    }
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

impl MacRule {
    fn mac(&self, challenge: &str, key: Option<&Secret>) -> Result<String, NoAnswer> {
        let key = key.ok_or_else(|| NoAnswer("there is no secret".to_owned()))?;
        let content = [Piece::Bytes(challenge.as_bytes().into())];
        let tag = self.algorithm.tag(key, &content);
        tag.map(|tag| self.encoding.encode(&tag)).ok_or_else(|| NoAnswer("no MAC".to_owned()))
    }
}

/// The same secret signs events, and by some schemes over just the body. A MAC is therefore made for
/// whoever asks of what is plain only, and what is plain is never taken for a signed event.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(byte);
    (1..=MAX_CHALLENGE).contains(&text.len()) && text.iter().all(plain)
}
