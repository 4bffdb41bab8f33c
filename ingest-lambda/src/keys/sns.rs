//! Which certificate an SNS message claims, and where its subscription is confirmed.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>

use std::borrow::Cow;

use serde::Deserialize;
use shared::webhook::request::Request;
use url::Url;

use super::KeyError;
use super::address::{pinned, strict};
use super::claim::{Claim, Owner};
use super::topic::Topic;

/// What stands before and after a certificate's name in its path.
const PATH: (&str, &str) = ("/SimpleNotificationService-", ".pem");

/// The two fields that say which certificate it is. Nothing else of the body is kept.
#[derive(Deserialize)]
struct Message<'b> {
    #[serde(rename = "SigningCertURL", borrow)]
    certificate: Cow<'b, str>,
    #[serde(rename = "TopicArn", borrow)]
    topic: Cow<'b, str>,
}

/// The certificate that a message claims: at the host of its own topic's region.
pub(super) fn claim(request: &Request) -> Result<Claim, KeyError> {
    let message: Message<'_> = serde_json::from_slice(&request.body)
        .map_err(|_| KeyError::Refused("the body is no message of SNS"))?;
    let topic = Topic::parse(&message.topic)?;
    let url = pinned(&message.certificate, &[&topic.host()], PATH)?;
    Ok(Claim { url, owner: Owner::Named(topic.signers()) })
}

/// The address that confirms a subscription to this topic, and does nothing else.
pub(super) fn subscription(url: &str, topic_arn: &str) -> Result<Url, KeyError> {
    let topic = Topic::parse(topic_arn)?;
    let url = strict(url)?;
    let mut query: Vec<_> = url.query_pairs().collect();
    query.sort_unstable();
    let confirms = match &query[..] {
        [(action, is), (token, by), (arn, of)] => {
            (&**action, &**is) == ("Action", "ConfirmSubscription")
                && &**token == "Token"
                && !by.is_empty()
                && (&**arn, &**of) == ("TopicArn", topic_arn)
        }
        _ => false,
    };
    if confirms && url.host_str() == Some(&topic.host()) && url.path() == "/" {
        return Ok(url);
    }
    Err(KeyError::Refused("its SubscribeURL does not confirm its topic"))
}

#[cfg(test)]
mod tests;
