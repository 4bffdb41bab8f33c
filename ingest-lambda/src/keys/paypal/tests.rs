use super::*;
use crate::keys::tests::{PAYPAL, paypal};

#[test]
fn a_webhook_claims_a_certificate_at_paypals_api() {
    for host in HOSTS {
        let url = PAYPAL.replace("api.paypal.com", host);
        assert_eq!(certificate_claim(&paypal(&url)).unwrap().url.as_str(), url);
    }
}

#[test]
fn a_url_that_is_not_paypals_is_refused() {
    for (part, by) in [
        ("https", "http"),
        ("api.paypal.com", "api.paypal.com.evil.example"),
        ("api.paypal.com", "evilpaypal.com"),
        ("api.paypal.com", "www.paypal.com"),
        ("api.paypal.com", "api.paypal.com:444"),
        ("/v1/notifications/certs/", "/v1/notifications/certs/../"),
        ("/v1/notifications/certs/", "/v1/notifications/"),
        ("CERT-", "CERT-/"),
        ("CERT-", "CERT%2f"),
        ("CERT-", "?CERT-"),
        (PAYPAL, "https://api.paypal.com/v1/notifications/certs/"),
        (PAYPAL, "https://api.paypal.com/v1/notifications/certs/a,https://evil.example/b"),
    ] {
        let url = PAYPAL.replace(part, by);
        assert!(matches!(certificate_claim(&paypal(&url)), Err(KeyError::Refused(_))), "{url}");
    }
    assert!(certificate_claim(&Request::default()).is_err());
}
