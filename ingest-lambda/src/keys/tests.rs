//! What the tests of keys share: fake hosts, a certificate authority, and requests. Each module's tests are beside
//! it.

pub(super) mod fake_hosts;
pub(super) mod pki;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::provider::KeySource;
use shared::webhook::request::Request;

use self::fake_hosts::FakeHosts;
use super::{FoundKeys, KeyError, KeyRequest, Keys};

pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";
pub(super) const SNS: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1a.pem";
pub(super) const PAYPAL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-1a";

/// A time within the validity of the certificates that [`Pki`] issues.
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

impl Keys<FakeHosts> {
    /// The key of a request that is signed by SNS or PayPal, for the source `s`.
    pub(super) async fn get_key(&self, of: &Request, now: Timestamp) -> Result<String, KeyError> {
        let found = self.find_for("s", of, now).await?;
        Ok(found.texts.into_iter().next().unwrap())
    }

    /// The keys of a request that is signed by SNS or PayPal.
    pub(super) async fn find_for(
        &self,
        source: &str,
        of: &Request,
        now: Timestamp,
    ) -> Result<FoundKeys, KeyError> {
        let from = match of.headers.get("paypal-cert-url") {
            Some(_) => KeySource::Paypal,
            None => KeySource::Sns,
        };
        let (request, params) = (of, &BTreeMap::new());
        let of = KeyRequest { source, schemes: &[], request, credentials: &[], params };
        self.find(&from, of, now).await
    }

    pub(super) fn hosts(&self) -> &FakeHosts {
        self.client.fetch()
    }

    /// The URLs that were called, each with the body that was posted.
    pub(super) fn calls(&self) -> Vec<String> {
        self.hosts().calls()
    }
}

/// The reason of a [`KeyError::Refused`].
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, KeyError>) -> &'static str {
    match result {
        Err(KeyError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// The reason of a [`KeyError::Unavailable`].
pub(super) fn unavailable<T: std::fmt::Debug>(result: Result<T, KeyError>) -> String {
    match result {
        Err(KeyError::Unavailable(reason)) => reason,
        other => panic!("not unavailable: {other:?}"),
    }
}
