//! Parses and checks a handshake of a provider file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::mac::MacRule;
use super::{Action, Condition, Handshake, TokenCheck};
use crate::webhook::reply::{InvalidReply, Reply, ReplyFile, parse_fields};
use crate::webhook::scheme::field::{FieldFile, InvalidField};

/// A handshake as a provider file or a source's `handshakes` contains it. `shared/providers/README.md`
/// documents the fields.
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

/// Why a handshake is invalid. The message names the field.
#[derive(Debug, thiserror::Error)]
pub enum InvalidHandshake {
    /// A condition is invalid.
    #[error("when: {0}")]
    When(InvalidField),
    /// The token's field is invalid.
    #[error("token: {0}")]
    Token(InvalidField),
    /// The MAC refers to a field that does not exist, or its algorithm is not an HMAC.
    #[error("mac: there is no field `{0}`, or the algorithm is not an HMAC")]
    Mac(String),
    /// The reply or a field is invalid.
    #[error(transparent)]
    Reply(#[from] InvalidReply),
}

impl TryFrom<HandshakeFile> for Handshake {
    type Error = InvalidHandshake;

    fn try_from(file: HandshakeFile) -> Result<Self, Self::Error> {
        let fields = parse_fields(file.fields.unwrap_or_default())?;
        let is_valid = |mac: &MacRule| fields.contains_key(&mac.field) && mac.is_hmac();
        if let Some(mac) = file.mac.as_ref().filter(|mac| !is_valid(mac)) {
            return Err(InvalidHandshake::Mac(mac.field.clone()));
        }
        let provided =
            |name: &str| fields.contains_key(name) || (name == "mac" && file.mac.is_some());
        let reply = Reply::parse(file.reply, provided)?;
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
