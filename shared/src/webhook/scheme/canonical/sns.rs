//! Amazon SNS: RSA over a message's values.
//! Sources: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages"; AWS's sns-validator.

use std::borrow::Cow;

use serde::Deserialize;

use crate::webhook::request::Request;
use crate::webhook::scheme::algorithm::Algorithm;
use crate::webhook::scheme::{Proof, Refusal, Scheme};

/// The param with the ARNs of the allowed topics, separated by commas. Anyone with an AWS account can have
/// SNS sign messages of a topic of their own, so a valid signature alone proves nothing.
const TOPICS: &str = "topic_arns";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    message: Cow<'a, str>,
    message_id: Cow<'a, str>,
    subject: Option<Cow<'a, str>>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<Cow<'a, str>>,
    timestamp: Cow<'a, str>,
    token: Option<Cow<'a, str>>,
    topic_arn: Cow<'a, str>,
    signature_version: Cow<'a, str>,
}

/// The proof for a message. Fails with [`Refusal::Forbidden`] if its topic is not in the source's params.
pub(super) fn read<'a>(
    scheme: &Scheme,
    request: &'a Request,
    written: &[Cow<'a, str>],
) -> Result<Vec<Proof<'a>>, Refusal> {
    let malformed = |what: &str| Refusal::Malformed(format!("body {what}"));
    let message: Message<'_> =
        serde_json::from_slice(&request.body).map_err(|_| malformed("(not an SNS message)"))?;
    let algorithm = match &message.signature_version[..] {
        "1" => Algorithm::RsaSha1,
        "2" => Algorithm::RsaSha256,
        _ => return Err(malformed("SignatureVersion")),
    };
    if let Some(topics) = scheme.params.get(TOPICS)
        && !topics.split(',').any(|topic| topic.trim() == message.topic_arn)
    {
        return Err(Refusal::Forbidden("the topic is not in params.topic_arns".to_owned()));
    }
    let contents = signed_contents(&message).ok_or_else(|| malformed("Type"))?;
    let proof = Proof::new(scheme, written, super::single_pieces(contents));
    Ok(vec![Proof { algorithm, ..proof }])
}

/// The contents that may have been signed; `None` for an unknown type of message. An UnsubscribeConfirmation
/// has two: AWS documents that its Token is signed, and AWS's validator leaves it out.
fn signed_contents(message: &Message<'_>) -> Option<Vec<Vec<u8>>> {
    let Message { subject, subscribe_url, token, .. } = message;
    Some(match &message.r#type[..] {
        "Notification" => vec![content(message, subject.as_deref(), None, None)],
        "SubscriptionConfirmation" => {
            vec![content(message, None, subscribe_url.as_deref(), token.as_deref())]
        }
        "UnsubscribeConfirmation" => vec![
            content(message, None, subscribe_url.as_deref(), token.as_deref()),
            content(message, None, subscribe_url.as_deref(), None),
        ],
        _ => return None,
    })
}

/// Names and values of a message, a line each, sorted by name.
fn content(
    message: &Message<'_>,
    subject: Option<&str>,
    subscribe_url: Option<&str>,
    token: Option<&str>,
) -> Vec<u8> {
    let lines = [
        ("Message", Some(&message.message[..])),
        ("MessageId", Some(&message.message_id[..])),
        ("Subject", subject),
        ("SubscribeURL", subscribe_url),
        ("Timestamp", Some(&message.timestamp[..])),
        ("Token", token),
        ("TopicArn", Some(&message.topic_arn[..])),
        ("Type", Some(&message.r#type[..])),
    ];
    let lines = lines.iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", (*value)?)));
    lines.collect::<String>().into_bytes()
}
