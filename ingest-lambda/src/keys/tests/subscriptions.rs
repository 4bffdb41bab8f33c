//! Confirming a subscription.

use super::*;

const URL: &str = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription\
    &TopicArn=arn:aws:sns:us-east-1:123456789012:orders&Token=2336412f37fb687f";

#[tokio::test]
async fn a_subscription_is_confirmed_at_its_own_address() {
    let keys =
        Keys::new(Fake::new([(URL, Answer::Body(b"<ConfirmSubscriptionResponse/>".into()))]));
    keys.confirm(URL, TOPIC, now()).await.unwrap();
    assert_eq!(keys.fetch.calls(), [URL]);
}

#[tokio::test]
async fn another_address_is_never_called() {
    let keys = Keys::new(Fake::default());
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
        let url = URL.replacen(part, by, 1);
        assert_ne!(url, URL, "{part}");
        refused(keys.confirm(&url, TOPIC, now()).await);
    }
    assert_eq!(keys.fetch.calls().len(), 0);
}

#[tokio::test]
async fn a_token_that_has_ended_is_not_tried_again_and_a_host_that_fails_is() {
    for (status, again) in [(400, false), (404, false), (429, true), (500, true)] {
        let keys = Keys::new(Fake::new([(URL, Answer::Status(status, ""))]));
        let confirmed = keys.confirm(URL, TOPIC, now()).await;
        assert_eq!(matches!(confirmed, Err(KeyError::Unavailable(_))), again, "{status}");
        assert_eq!(matches!(confirmed, Err(KeyError::Refused(_))), !again, "{status}");
    }
}

#[tokio::test]
async fn confirming_counts_as_a_call() {
    let keys = Keys::new(Fake::default());
    for _ in 0..20 {
        unavailable(keys.confirm(URL, TOPIC, now()).await);
    }
    assert_eq!(keys.fetch.calls().len(), 10);
}
