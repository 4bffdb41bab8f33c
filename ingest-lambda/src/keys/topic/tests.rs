use super::*;

fn topic(arn: &str) -> Topic {
    Topic::parse(arn).unwrap_or_else(|error| panic!("{arn}: {error}"))
}

#[test]
fn a_topic_is_served_by_its_regions_host_in_its_partitions_domain() {
    for (arn, host) in [
        ("arn:aws:sns:us-east-1:123456789012:t", "sns.us-east-1.amazonaws.com"),
        ("arn:aws:sns:af-south-1:123456789012:t.fifo", "sns.af-south-1.amazonaws.com"),
        ("arn:aws-us-gov:sns:us-gov-east-1:123456789012:t", "sns.us-gov-east-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:123456789012:t", "sns.cn-north-1.amazonaws.com.cn"),
    ] {
        assert_eq!(topic(arn).host(), host);
    }
}

#[test]
fn what_is_no_topic_has_no_host() {
    for arn in [
        "",
        "arn:aws:sns:us-east-1:123456789012",
        "arn:aws:sns:us-east-1:123456789012:",
        "arn:aws:sns:us-east-1:123456789012:t:subscription",
        "arn:aws:sqs:us-east-1:123456789012:t",
        "arn:aws:sns:us-east-1:12345678901:t",
        "arn:aws:sns:us-east-1:12345678901a:t",
        "arn:aws:sns:us:123456789012:t",
        "arn:aws:sns::123456789012:t",
        "arn:aws:sns:US-EAST-1:123456789012:t",
        "arn:aws:sns:us_east_1:123456789012:t",
        "arn:aws:sns:evil.example/:123456789012:t",
        "arn:aws:sns:evil.example.us-east-1:123456789012:t",
        "arn:aws:sns:us-east-1@evil:123456789012:t",
        // China's partition and no other has China's regions, and GovCloud's its own.
        "arn:aws:sns:cn-north-1:123456789012:t",
        "arn:aws-cn:sns:us-east-1:123456789012:t",
        "arn:aws:sns:us-gov-west-1:123456789012:t",
        "arn:aws-us-gov:sns:us-east-1:123456789012:t",
        "arn:aws-evil:sns:us-east-1:123456789012:t",
    ] {
        assert!(Topic::parse(arn).is_err(), "{arn}");
    }
}

/// By the table in AWS's SDK for Java.
#[test]
fn a_topic_is_signed_by_the_names_that_its_region_has() {
    for (region, partition, signer) in [
        ("us-east-1", "aws", "sns.amazonaws.com"),
        ("af-south-1", "aws", "sns-signing.af-south-1.amazonaws.com"),
        ("mx-central-1", "aws", "sns-signing.mx-central-1.amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "sns-us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", "aws-us-gov", "sns-us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "sns-cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", "aws-cn", "sns-cn-northwest-1.amazonaws.com.cn"),
        ("cn-northwest-9", "aws-cn", "sns.amazonaws.com.cn"),
    ] {
        let topic = topic(&format!("arn:{partition}:sns:{region}:123456789012:t"));
        assert!(topic.signers().iter().any(|name| name == signer), "{region}");
    }
    let signers = topic("arn:aws:sns:us-east-1:123456789012:t").signers();
    assert!(!signers.iter().any(|name| name.ends_with(".cn") || name.contains("gov")));
}
