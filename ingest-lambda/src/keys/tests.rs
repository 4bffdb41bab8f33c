//! Keys, over a host that answers as a test says.

mod certificates;
mod fake;
mod jwks;
mod pki;
mod real;
mod subscriptions;
mod too_much;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::provider::KeySource;
use shared::webhook::request::Request;

pub(super) use self::fake::{Answer, Fake};
pub(super) use self::pki::{Pki, Wanted};
use super::{KeyError, Keys};

pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";
pub(super) const SNS: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1a.pem";
pub(super) const PAYPAL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-1a";

/// Some time in the validity of what [`Pki`] issues.
pub(super) fn now() -> Timestamp {
    "2026-03-06T20:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub(super) fn sns(certificate: &str, topic: &str) -> Request {
    let message = serde_json::json!({
        "Type": "Notification", "Message": "{\"SigningCertURL\": \"https://evil.example/\"}",
        "TopicArn": topic, "SigningCertURL": certificate,
    });
    Request { body: message.to_string().into_bytes(), ..Request::default() }
}

pub(super) fn paypal(certificate: &str) -> Request {
    let headers = [("PAYPAL-CERT-URL", certificate)].into_iter().collect();
    Request { headers, ..Request::default() }
}

impl Keys<Fake> {
    /// The key of a request to SNS or PayPal, at a time.
    async fn get_key(&self, of: &Request, now: Timestamp) -> Result<String, KeyError> {
        let source = match of.headers.get("paypal-cert-url") {
            Some(_) => KeySource::Paypal,
            None => KeySource::Sns,
        };
        let keys = self.key(source, of, &[], &BTreeMap::new(), now).await?;
        Ok(keys.into_iter().next().unwrap())
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, KeyError>) -> &'static str {
    match result {
        Err(KeyError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, KeyError>) -> String {
    match result {
        Err(KeyError::Unavailable(reason)) => reason,
        other => panic!("not unavailable: {other:?}"),
    }
}
