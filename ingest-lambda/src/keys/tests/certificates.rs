//! Signing certificates of SNS and PayPal: which are believed.

use super::pki::{ISSUER, file};
use super::*;
use crate::keys::leaf::pem;

const SIGNER: &str = "sns.amazonaws.com";
const PAYPAL_SIGNER: &str = "messageverificationcerts.paypal.com";

/// SNS publishes this as its certificate, and the issuer is where certificates say.
async fn published(pki: &Pki, answer: Answer) -> (Keys<Fake>, Result<String, KeyError>) {
    let issuer = Answer::Body(pki.issuer().to_vec());
    let keys = pki.keys(Fake::new([(SNS, answer), (ISSUER, issuer)]));
    let key = keys.get_key(&sns(SNS, TOPIC), now()).await;
    (keys, key)
}

#[tokio::test]
async fn a_leaf_alone_is_believed_by_the_issuer_that_it_names() {
    let pki = Pki::new();
    let leaf = pki.issue(&Wanted::of(SIGNER));
    let (keys, key) = published(&pki, file(&[&leaf])).await;
    assert_eq!(key, Ok(pem(&leaf)));
    assert_eq!(keys.fetch.calls(), [SNS, ISSUER]);
}

#[tokio::test]
async fn issuers_that_come_along_are_not_fetched_and_not_handed_on() {
    let pki = Pki::new();
    let leaf = pki.issue(&Wanted::of(SIGNER));
    let (keys, key) = published(&pki, file(&[&leaf, &pki.issuer()])).await;
    assert_eq!(key, Ok(pem(&leaf)));
    assert_eq!(keys.fetch.calls(), [SNS]);
}

#[tokio::test]
async fn a_certificate_that_only_itself_vouches_for_is_refused() {
    let pki = Pki::new();
    let leaf = Wanted::of(SIGNER).self_signed();
    let (keys, key) = published(&pki, file(&[&leaf])).await;
    assert_eq!(refused(key), "its certificate is signed by itself");
    assert_eq!(keys.fetch.calls(), [SNS]);
}

#[tokio::test]
async fn another_authority_of_the_same_names_is_refused() {
    let (pki, other) = (Pki::new(), Pki::new());
    let leaf = other.issue(&Wanted::of(SIGNER));
    let (_, key) = published(&pki, file(&[&leaf])).await;
    assert_eq!(unavailable(key), "the issuer of its certificate proves nothing");
    let (_, key) = published(&pki, file(&[&leaf, &other.issuer()])).await;
    assert_eq!(refused(key), "its certificate is not valid");
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused() {
    let pki = Pki::new();
    for (years, reason) in [
        ((2024, 2026), "its certificate has expired"),
        ((2027, 2028), "its certificate is not valid yet"),
    ] {
        let leaf = pki.issue(&Wanted { years, ..Wanted::of(SIGNER) });
        let (_, key) = published(&pki, file(&[&leaf, &pki.issuer()])).await;
        assert_eq!(refused(key), reason);
    }
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_refused_before_its_issuer_is_asked() {
    let pki = Pki::new();
    for name in ["evil.example", "sns.eu-west-1.amazonaws.com", "sns.amazonaws.com.evil.example"] {
        let (keys, key) = published(&pki, file(&[&pki.issue(&Wanted::of(name))])).await;
        assert_eq!(refused(key), "its certificate is not its provider's", "{name}");
        assert_eq!(keys.fetch.calls(), [SNS]);
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_had_is_nobodys_fault() {
    let pki = Pki::new();
    for issuer_at in [None, Some("http://evil.example/ca.cer")] {
        let leaf = pki.issue(&Wanted { issuer_at, ..Wanted::of(SIGNER) });
        let (keys, key) = published(&pki, file(&[&leaf])).await;
        assert_eq!(unavailable(key), "the issuer of its certificate is not known");
        assert_eq!(keys.fetch.calls(), [SNS]);
    }
    let leaf = pki.issue(&Wanted::of(SIGNER));
    for answer in [Answer::Status(404, ""), Answer::Body(b"<html>".to_vec())] {
        let keys = pki.keys(Fake::new([(SNS, file(&[&leaf])), (ISSUER, answer)]));
        unavailable(keys.get_key(&sns(SNS, TOPIC), now()).await);
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_none() {
    let pki = Pki::new();
    let leaf = pki.issue(&Wanted::of(SIGNER));
    let nonsense = "-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n";
    for answer in [
        Answer::Body(Vec::new()),
        Answer::Body(b"<html>".to_vec()),
        Answer::Body(nonsense.into()),
        file(&[&leaf; 9]),
        Answer::Status(503, ""),
        Answer::Status(403, ""),
    ] {
        unavailable(published(&pki, answer).await.1);
    }
    let (_, key) = published(&pki, Answer::Status(404, "")).await;
    assert_eq!(refused(key), "its provider has no such key");
}

#[tokio::test]
async fn paypals_certificate_may_be_of_any_name_below_its_domain() {
    let pki = Pki::new();
    let get = async |wanted: Wanted| {
        let file = file(&[&pki.issue(&wanted), &pki.issuer()]);
        pki.keys(Fake::new([(PAYPAL, file)])).get_key(&paypal(PAYPAL), now()).await
    };
    assert!(get(Wanted::of(PAYPAL_SIGNER)).await.is_ok());
    let unnamed = Wanted { names: vec![], ..Wanted::of(PAYPAL_SIGNER) };
    assert!(get(unnamed).await.is_ok(), "the common name is all there is");
    let named = Wanted { names: vec!["evil.example"], ..Wanted::of(PAYPAL_SIGNER) };
    assert_eq!(refused(get(named).await), "its certificate is not its provider's");
    refused(get(Wanted::of("paypal.com.evil.example")).await);
}
