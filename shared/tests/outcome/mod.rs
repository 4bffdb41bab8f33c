//! The outcome of a test vector.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::provider::{self, Provider};
use shared::webhook::reply::{Answer, AnswerBody, ReplyError};
use shared::webhook::scheme::{Refusal, verify};

use crate::vectors::{Vector, covers_every_byte};

impl Vector {
    /// Whether every scheme of the vector signs every byte of the body.
    pub(crate) fn covers_body(&self, provider: &Provider) -> bool {
        self.schemes(provider).iter().all(covers_every_byte)
    }
}

/// The outcome of a vector, as `expect` in a vector names it.
pub(crate) fn outcome(vector: &Vector) -> String {
    let provider = provider::find(&vector.provider).unwrap();
    let (request, params) = (vector.request(), vector.params());
    let secrets = vector.secrets();
    let schemes = vector.schemes(&provider);
    let mut handshakes = provider.handshakes.iter();
    let handshake = handshakes.find(|handshake| handshake.matches(&request, &params));
    if let Some(handshake) = handshake.filter(|handshake| !handshake.verified) {
        if !handshake.has_token(&request, &params) {
            return "forbidden".to_owned();
        }
        let key = secrets.first().and_then(|text| schemes.first()?.secret.key(text).ok());
        return answer_outcome(vector, handshake.answer(&request, &params, key.as_ref()));
    }
    let verified = match verify(&schemes, &secrets, request, vector.now()) {
        Ok(verified) => verified,
        Err(_) => return "unusable".to_owned(),
    };
    match verified {
        Ok(verified) => match handshake {
            None => {
                let answer = provider.reply.answer(verified.request(), &params, &BTreeMap::new());
                match vector.expected_response {
                    Some(_) if answer_outcome(vector, answer) != "handshake" => {
                        "another reply".to_owned()
                    }
                    _ => "valid".to_owned(),
                }
            }
            // A vector for the signature of a request that is also a handshake.
            Some(_) if vector.expect == "valid" && vector.expected_response.is_none() => {
                "valid".to_owned()
            }
            Some(handshake) => {
                let matched = verified.matched();
                let key = schemes[matched.scheme].secret.key(&secrets[matched.secret]).unwrap();
                answer_outcome(vector, handshake.answer(verified.request(), &params, Some(&key)))
            }
        },
        Err(refused) => refusal_name(&refused.refusal).to_owned(),
    }
}

fn refusal_name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Missing(_) => "missing",
        Refusal::Malformed(_) => "malformed",
        Refusal::Stale(_) => "stale",
        Refusal::Forbidden(_) => "forbidden",
        Refusal::Mismatch => "mismatch",
    }
}

/// `handshake` if an answer is the expected one.
fn answer_outcome(vector: &Vector, answer: Result<Answer, ReplyError>) -> String {
    let Ok(answer) = answer else { return "malformed".to_owned() };
    let Some(expected) = &vector.expected_response else {
        return "handshake, but its vector has no expected_response".to_owned();
    };
    let body = match answer.body {
        AnswerBody::Text(text) => ("text", Value::String(text)),
        AnswerBody::Json(json) => ("json", json),
        AnswerBody::Empty | AnswerBody::Id => ("text", Value::Null),
    };
    let headers: BTreeMap<_, _> = answer.headers.into_iter().collect();
    let expected_headers: BTreeMap<String, String> = expected
        .get("headers")
        .map(|headers| serde_json::from_value(headers.clone()).unwrap())
        .unwrap_or_default();
    let has =
        |(name, value): (&String, &String)| headers.get(&name.to_ascii_lowercase()) == Some(value);
    let expected_body = expected.get(body.0).cloned().unwrap_or_default();
    let empty = |value: &Value| value.is_null() || value == "";
    let same_body = expected_body == body.1 || (empty(&expected_body) && empty(&body.1));
    let same = expected["status"] == answer.status && same_body && expected_headers.iter().all(has);
    if same { "handshake".to_owned() } else { format!("another answer: {:?}", body.1) }
}
