//! Amazon SNS: which certificate a message claims, and which URL confirms a subscription.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>

use std::borrow::Cow;

use serde::Deserialize;
use shared::webhook::request::Request;
use url::Url;

use super::certificate::{CertificateClaim, Owner};
use super::fetch::KeyError;
use super::pinned_hosts::{is_key_name, pinned_url, plain_https_url};

/// What a certificate's path has before and after its name.
const PATH: (&str, &str) = ("/SimpleNotificationService-", ".pem");

/// The two fields of a message that say which certificate it is signed with.
#[derive(Deserialize)]
struct Message<'b> {
    #[serde(rename = "SigningCertURL", borrow)]
    certificate: Cow<'b, str>,
    #[serde(rename = "TopicArn", borrow)]
    topic: Cow<'b, str>,
}

/// The certificate that a message claims. It must be at the SNS host of the topic's own region.
pub(super) fn certificate_claim(request: &Request) -> Result<CertificateClaim, KeyError> {
    let message: Message<'_> = serde_json::from_slice(&request.body)
        .map_err(|_| KeyError::Refused("the body is not an SNS message"))?;
    let topic = Topic::parse(&message.topic)?;
    let url = pinned_url(&message.certificate, &[&topic.host()], PATH)?;
    Ok(CertificateClaim { url, owner: Owner::OneOf(topic.certificate_names()) })
}

/// Checks that a `SubscribeURL` confirms a subscription to this topic and does nothing else.
pub(super) fn confirmation_url(subscribe_url: &str, topic_arn: &str) -> Result<Url, KeyError> {
    let topic = Topic::parse(topic_arn)?;
    let url = plain_https_url(subscribe_url)?;
    let mut query: Vec<_> = url.query_pairs().collect();
    query.sort_unstable();
    let confirms = match &query[..] {
        [(action, action_value), (token, token_value), (arn, arn_value)] => {
            (&**action, &**action_value) == ("Action", "ConfirmSubscription")
                && &**token == "Token"
                && !token_value.is_empty()
                && (&**arn, &**arn_value) == ("TopicArn", topic_arn)
        }
        _ => false,
    };
    if confirms && url.host_str() == Some(&topic.host()) && url.path() == "/" {
        return Ok(url);
    }
    Err(KeyError::Refused("the SubscribeURL does not confirm a subscription to the topic"))
}

/// The parts of a topic's ARN that decide which hosts serve it.
struct Topic {
    region: String,
    /// The domain of the region's partition.
    domain: &'static str,
}

impl Topic {
    /// Parses `arn:{partition}:sns:{region}:{account}:{name}`.
    fn parse(arn: &str) -> Result<Self, KeyError> {
        let invalid = KeyError::Refused("the TopicArn is not the ARN of a topic");
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let &["arn", partition, "sns", region, account, name] = &parts[..] else {
            return Err(invalid);
        };
        let domain = domain(partition, region).ok_or(invalid.clone())?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !is_region(region) || !is_account || name.is_empty() {
            return Err(invalid);
        }
        Ok(Self { region: region.to_owned(), domain })
    }

    /// The host of SNS's API in the topic's region.
    fn host(&self) -> String {
        format!("sns.{}.{}", self.region, self.domain)
    }

    /// The names that the certificate may be issued to with which SNS signs for this topic.
    ///
    /// The list is that of AWS's SDK for Java (aws-sdk-java-v2, sns-message-manager, `SnsHostProvider`):
    /// `sns.amazonaws.com` in the oldest regions, other names in opt-in regions, in China, and in GovCloud,
    /// where both regions share one.
    fn certificate_names(&self) -> Vec<String> {
        let Self { region, domain } = self;
        let mut names = vec![
            format!("sns.{domain}"),
            format!("sns.{region}.{domain}"),
            format!("sns-signing.{region}.{domain}"),
            format!("sns-{region}.{domain}"),
        ];
        if region.starts_with("us-gov-") {
            names.push(format!("sns-us-gov-west-1.{domain}"));
        }
        names
    }
}

/// The domain of a partition; none if the region belongs to another partition.
fn domain(partition: &str, region: &str) -> Option<&'static str> {
    let (china, gov) = (region.starts_with("cn-"), region.starts_with("us-gov-"));
    match partition {
        "aws" if !china && !gov => Some("amazonaws.com"),
        "aws-us-gov" if gov => Some("amazonaws.com"),
        "aws-cn" if china => Some("amazonaws.com.cn"),
        _ => None,
    }
}

/// Whether a text can be a region: a single lower-case label of a host name.
fn is_region(text: &str) -> bool {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_');
    (3..=32).contains(&text.len()) && is_lower && is_key_name(text)
}

#[cfg(test)]
mod tests;
