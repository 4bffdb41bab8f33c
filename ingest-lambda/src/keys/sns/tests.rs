use super::*;
use crate::keys::Keys;
use crate::keys::tests::fake_hosts::{FakeHosts, Response};
use crate::keys::tests::{SNS, TOPIC, now, refused, sns, unavailable};

const SUBSCRIBE_URL: &str = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription\
    &TopicArn=arn:aws:sns:us-east-1:123456789012:orders&Token=2336412f37fb687f";

fn is_refused(body: &str) -> bool {
    let request = Request { body: body.into(), ..Request::default() };
    matches!(certificate_claim(&request), Err(KeyError::Refused(_)))
}

#[test]
fn a_message_claims_a_certificate_of_its_own_region() {
    assert_eq!(certificate_claim(&sns(SNS, TOPIC)).unwrap().url.as_str(), SNS);
    let escaped = format!(
        r#"{{"TopicArn": "{TOPIC}", "Other": {{"deep": [1]}}, "SigningCertURL": "{}"}}"#,
        SNS.replace('/', r"\/"),
    );
    assert!(!is_refused(&escaped));
    for topic in ["arn:aws:sns:eu-west-1:123456789012:orders", "orders"] {
        assert!(certificate_claim(&sns(SNS, topic)).is_err(), "{topic}");
    }
    let china = SNS.replace(".com/", ".com.cn/").replace("us-east-1", "cn-north-1");
    assert!(certificate_claim(&sns(&china, "arn:aws-cn:sns:cn-north-1:123456789012:t")).is_ok());
    assert!(certificate_claim(&sns(&SNS.replace(".com/", ".com.cn/"), TOPIC)).is_err());
}

#[test]
fn a_body_that_is_not_an_sns_message_is_refused() {
    let pem = format!(r#""SigningCertURL": "{SNS}""#);
    let arn = format!(r#""TopicArn": "{TOPIC}""#);
    for body in [
        String::new(),
        "hello".to_owned(),
        format!("{{{pem}}}"),
        format!("{{{arn}}}"),
        format!("{{{pem}, {arn}"),
        format!("{{{pem}, {pem}, {arn}}}"),
        format!("{{{arn}, \"SigningCertURL\": 1}}"),
        format!("{{{arn}, {pem}}} trailing"),
        format!("{{\"Message\": {}, {arn}, {pem}}}", "[".repeat(100_000)),
    ] {
        assert!(is_refused(&body), "{}", body.chars().take(200).collect::<String>());
    }
    assert!(certificate_claim(&Request { body: vec![0xff; 16], ..Request::default() }).is_err());
}

fn topic(arn: &str) -> Topic {
    Topic::parse(arn).unwrap_or_else(|error| panic!("{arn}: {error}"))
}

#[test]
fn a_topics_host_is_that_of_its_region_in_its_partitions_domain() {
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
fn an_invalid_topic_arn_is_refused() {
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
        // Regions of another partition.
        "arn:aws:sns:cn-north-1:123456789012:t",
        "arn:aws-cn:sns:us-east-1:123456789012:t",
        "arn:aws:sns:us-gov-west-1:123456789012:t",
        "arn:aws-us-gov:sns:us-east-1:123456789012:t",
        "arn:aws-evil:sns:us-east-1:123456789012:t",
    ] {
        assert!(Topic::parse(arn).is_err(), "{arn}");
    }
}

/// The table is that of AWS's SDK for Java.
#[test]
fn the_names_of_a_topics_certificate_are_those_of_its_region() {
    for (region, partition, expected) in [
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
        assert!(topic.certificate_names().iter().any(|name| name == expected), "{region}");
    }
    let names = topic("arn:aws:sns:us-east-1:123456789012:t").certificate_names();
    assert!(!names.iter().any(|name| name.ends_with(".cn") || name.contains("gov")));
}

#[tokio::test]
async fn a_subscription_is_confirmed_at_its_subscribe_url() {
    let keys = Keys::new(FakeHosts::new([(
        SUBSCRIBE_URL,
        Response::Body(b"<ConfirmSubscriptionResponse/>".into()),
    )]));
    keys.confirm_subscription("s", SUBSCRIBE_URL, TOPIC, now()).await.unwrap();
    assert_eq!(keys.calls(), [SUBSCRIBE_URL]);
}

#[tokio::test]
async fn any_other_subscribe_url_is_refused_and_never_called() {
    let keys = Keys::new(FakeHosts::default());
    for (part, by) in [
        ("https:", "http:"),
        ("amazonaws.com", "amazonaws.com.evil.example"),
        ("sns.us-east-1", "sns.eu-west-1"),
        ("sns.us-east-1", "user@sns.us-east-1"),
        (".com/", ".com:8443/"),
        (".com/", ".com/path"),
        ("ConfirmSubscription", "Unsubscribe"),
        ("Action=", "action="),
        (":orders", ":others"),
        ("&Token=2336412f37fb687f", ""),
        ("&Token=2336412f37fb687f", "&Token="),
        ("&Token", "&Action=DeleteTopic&Token"),
        ("&Token", "&Token=1&Token"),
        ("2336412f37fb687f", "2336412f37fb687f#x"),
    ] {
        let url = SUBSCRIBE_URL.replacen(part, by, 1);
        assert_ne!(url, SUBSCRIBE_URL, "{part}");
        refused(keys.confirm_subscription("s", &url, TOPIC, now()).await);
    }
    assert_eq!(keys.calls().len(), 0);
}

#[tokio::test]
async fn an_expired_token_is_refused_and_a_failing_host_is_unavailable() {
    for (status, again) in [(400, false), (404, false), (429, true), (500, true)] {
        let keys = Keys::new(FakeHosts::new([(SUBSCRIBE_URL, Response::Status(status, ""))]));
        let confirmed = keys.confirm_subscription("s", SUBSCRIBE_URL, TOPIC, now()).await;
        assert_eq!(matches!(confirmed, Err(KeyError::Unavailable(_))), again, "{status}");
        assert_eq!(matches!(confirmed, Err(KeyError::Refused(_))), !again, "{status}");
    }
}

#[tokio::test]
async fn confirming_a_subscription_counts_for_the_rate_limit() {
    let keys = Keys::new(FakeHosts::default());
    for _ in 0..20 {
        unavailable(keys.confirm_subscription("s", SUBSCRIBE_URL, TOPIC, now()).await);
    }
    assert_eq!(keys.calls().len(), 10);
}
