use super::*;
use crate::keys::tests::{SNS, TOPIC, sns};

fn refused(body: &str) -> bool {
    let request = Request { body: body.into(), ..Request::default() };
    matches!(claim(&request), Err(KeyError::Refused(_)))
}

#[test]
fn a_message_claims_a_certificate_of_its_own_region() {
    assert_eq!(claim(&sns(SNS, TOPIC)).unwrap().url.as_str(), SNS);
    let escaped = format!(
        r#"{{"TopicArn": "{TOPIC}", "Other": {{"deep": [1]}}, "SigningCertURL": "{}"}}"#,
        SNS.replace('/', r"\/"),
    );
    assert!(!refused(&escaped));
    for topic in ["arn:aws:sns:eu-west-1:123456789012:orders", "orders"] {
        assert!(claim(&sns(SNS, topic)).is_err(), "{topic}");
    }
    let china = SNS.replace(".com/", ".com.cn/").replace("us-east-1", "cn-north-1");
    assert!(claim(&sns(&china, "arn:aws-cn:sns:cn-north-1:123456789012:t")).is_ok());
    assert!(claim(&sns(&SNS.replace(".com/", ".com.cn/"), TOPIC)).is_err());
}

#[test]
fn what_is_no_message_is_refused() {
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
        assert!(refused(&body), "{}", body.chars().take(200).collect::<String>());
    }
    assert!(claim(&Request { body: vec![0xff; 16], ..Request::default() }).is_err());
}
