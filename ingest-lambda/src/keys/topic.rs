//! An SNS topic's name, by which its region's hosts are known.

use super::KeyError;
use super::address::is_name;

/// Where a topic is.
pub(super) struct Topic {
    region: String,
    suffix: &'static str,
}

impl Topic {
    /// Reads `arn:{partition}:sns:{region}:{account}:{name}`.
    pub(super) fn parse(arn: &str) -> Result<Self, KeyError> {
        let refused = KeyError::Refused("its TopicArn is not one");
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let &["arn", partition, "sns", region, account, name] = &parts[..] else {
            return Err(refused);
        };
        let suffix = suffix(partition, region).ok_or(refused.clone())?;
        let account_is_one = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !is_region(region) || !account_is_one || name.is_empty() {
            return Err(refused);
        }
        Ok(Self { region: region.to_owned(), suffix })
    }

    /// The host of its region's API.
    pub(super) fn host(&self) -> String {
        format!("sns.{}.{}", self.region, self.suffix)
    }

    /// The names that the certificate may have with which SNS signs for it. AWS's own SDK for Java
    /// has the list: `sns.amazonaws.com` in the oldest regions, others in opt-in regions, in China
    /// and in GovCloud, which has one for both its regions
    /// (aws-sdk-java-v2, sns-message-manager, `SnsHostProvider`).
    pub(super) fn signers(&self) -> Vec<String> {
        let Self { region, suffix } = self;
        let mut names = vec![
            format!("sns.{suffix}"),
            format!("sns.{region}.{suffix}"),
            format!("sns-signing.{region}.{suffix}"),
            format!("sns-{region}.{suffix}"),
        ];
        if region.starts_with("us-gov-") {
            names.push(format!("sns-us-gov-west-1.{suffix}"));
        }
        names
    }
}

/// The domain of a partition, provided that the region is one of its own.
fn suffix(partition: &str, region: &str) -> Option<&'static str> {
    let (china, gov) = (region.starts_with("cn-"), region.starts_with("us-gov-"));
    match partition {
        "aws" if !china && !gov => Some("amazonaws.com"),
        "aws-us-gov" if gov => Some("amazonaws.com"),
        "aws-cn" if china => Some("amazonaws.com.cn"),
        _ => None,
    }
}

/// Whether this can be a region: one label of a host's name.
fn is_region(text: &str) -> bool {
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_');
    (3..=32).contains(&text.len()) && lower && is_name(text)
}

#[cfg(test)]
mod tests;
