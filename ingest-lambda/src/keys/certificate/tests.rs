use rustls_pki_types::pem::PemObject;

use super::*;
use crate::keys::tests::fake_hosts::{FakeHosts, Response};
use crate::keys::tests::pki::{ISSUER, Pki, Template, pem_file};
use crate::keys::tests::{PAYPAL, SNS, TOPIC, now, paypal, refused, sns, unavailable};
use crate::keys::x509::pem;
use crate::keys::{Keys, paypal as paypal_keys};

// Certificates that the providers have published. That of SNS is from AWS's SDK for Java (aws-sdk-java-v2,
// sns-message-manager, `SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem`), its issuer's from the URL
// that it names, and that of PayPal from its SDK (PayPal-Java-SDK, `clientCertTest.crt`).
const SNS_PEM: &str = include_str!("fixtures/sns.pem");
const ISSUER_PEM: &str = include_str!("fixtures/amazon-rsa-2048-m01.pem");
const PAYPAL_PEM: &str = include_str!("fixtures/paypal-sandbox-2019.pem");

const SIGNER: &str = "sns.amazonaws.com";
const PAYPAL_SIGNER: &str = "messageverificationcerts.paypal.com";

/// SNS responds with `response`, and the issuer's certificate is at the URL that certificates name.
async fn published(pki: &Pki, response: Response) -> (Keys<FakeHosts>, Result<String, KeyError>) {
    let issuer = Response::Body(pki.issuer().to_vec());
    let keys = pki.keys(FakeHosts::new([(SNS, response), (ISSUER, issuer)]));
    let key = keys.get_key(&sns(SNS, TOPIC), now()).await;
    (keys, key)
}

#[tokio::test]
async fn the_issuer_of_a_leaf_alone_is_fetched_from_the_url_that_it_names() {
    let pki = Pki::new();
    let leaf = pki.issue(&Template::of(SIGNER));
    let (keys, key) = published(&pki, pem_file(&[&leaf])).await;
    assert_eq!(key, Ok(pem(&leaf)));
    assert_eq!(keys.calls(), [SNS, ISSUER]);
}

#[tokio::test]
async fn issuers_in_the_file_are_not_fetched_and_not_part_of_the_key() {
    let pki = Pki::new();
    let leaf = pki.issue(&Template::of(SIGNER));
    let (keys, key) = published(&pki, pem_file(&[&leaf, &pki.issuer()])).await;
    assert_eq!(key, Ok(pem(&leaf)));
    assert_eq!(keys.calls(), [SNS]);
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let pki = Pki::new();
    let leaf = Template::of(SIGNER).self_signed();
    let (keys, key) = published(&pki, pem_file(&[&leaf])).await;
    assert_eq!(refused(key), "the certificate is self-signed");
    assert_eq!(keys.calls(), [SNS]);
}

#[tokio::test]
async fn a_certificate_of_an_untrusted_authority_is_not_accepted() {
    let (pki, other) = (Pki::new(), Pki::new());
    let leaf = other.issue(&Template::of(SIGNER));
    let (_, key) = published(&pki, pem_file(&[&leaf])).await;
    assert_eq!(unavailable(key), "the certificate's chain does not lead to a trusted root");
    let (_, key) = published(&pki, pem_file(&[&leaf, &other.issuer()])).await;
    assert_eq!(refused(key), "the certificate is not valid");
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_is_not_valid_yet_is_refused() {
    let pki = Pki::new();
    for (years, reason) in [
        ((2024, 2026), "the certificate has expired"),
        ((2027, 2028), "the certificate is not valid yet"),
    ] {
        let leaf = pki.issue(&Template { years, ..Template::of(SIGNER) });
        let (_, key) = published(&pki, pem_file(&[&leaf, &pki.issuer()])).await;
        assert_eq!(refused(key), reason);
    }
}

#[tokio::test]
async fn a_certificate_of_another_owner_is_refused_before_its_issuer_is_fetched() {
    let pki = Pki::new();
    for name in ["evil.example", "sns.eu-west-1.amazonaws.com", "sns.amazonaws.com.evil.example"] {
        let (keys, key) = published(&pki, pem_file(&[&pki.issue(&Template::of(name))])).await;
        assert_eq!(refused(key), "the certificate is not issued to the provider", "{name}");
        assert_eq!(keys.calls(), [SNS]);
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_fetched_is_no_reason_to_refuse_the_request() {
    let pki = Pki::new();
    for issuer_url in [None, Some("http://evil.example/ca.cer")] {
        let leaf = pki.issue(&Template { issuer_url, ..Template::of(SIGNER) });
        let (keys, key) = published(&pki, pem_file(&[&leaf])).await;
        assert_eq!(unavailable(key), "the certificate's issuer is not known");
        assert_eq!(keys.calls(), [SNS]);
    }
    let leaf = pki.issue(&Template::of(SIGNER));
    for response in [Response::Status(404, ""), Response::Body(b"<html>".to_vec())] {
        let keys = pki.keys(FakeHosts::new([(SNS, pem_file(&[&leaf])), (ISSUER, response)]));
        unavailable(keys.get_key(&sns(SNS, TOPIC), now()).await);
    }
}

#[tokio::test]
async fn a_response_without_a_certificate_is_unavailable_and_404_is_refused() {
    let pki = Pki::new();
    let leaf = pki.issue(&Template::of(SIGNER));
    let not_der = "-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n";
    for response in [
        Response::Body(Vec::new()),
        Response::Body(b"<html>".to_vec()),
        Response::Body(not_der.into()),
        pem_file(&[&leaf; 9]),
        Response::Status(503, ""),
        Response::Status(403, ""),
    ] {
        unavailable(published(&pki, response).await.1);
    }
    let (_, key) = published(&pki, Response::Status(404, "")).await;
    assert_eq!(refused(key), "the provider has no such key");
}

#[tokio::test]
async fn paypals_certificate_may_have_any_name_below_its_domain() {
    let pki = Pki::new();
    let get = async |template: Template| {
        let file = pem_file(&[&pki.issue(&template), &pki.issuer()]);
        pki.keys(FakeHosts::new([(PAYPAL, file)])).get_key(&paypal(PAYPAL), now()).await
    };
    assert!(get(Template::of(PAYPAL_SIGNER)).await.is_ok());
    let unnamed = Template { names: vec![], ..Template::of(PAYPAL_SIGNER) };
    assert!(get(unnamed).await.is_ok(), "the common name counts if there are no other names");
    let named = Template { names: vec!["evil.example"], ..Template::of(PAYPAL_SIGNER) };
    assert_eq!(refused(get(named).await), "the certificate is not issued to the provider");
    refused(get(Template::of("paypal.com.evil.example")).await);
}

#[test]
fn a_subdomain_owner_accepts_names_below_its_domain_and_no_look_alikes() {
    let paypal = Owner::SubdomainOf("paypal.com");
    assert!(paypal.owns("messageverificationcerts.paypal.com"));
    assert!(paypal.owns("MessageVerificationCerts.Sandbox.PayPal.com"));
    for name in ["paypal.com", ".paypal.com", "notpaypal.com", "a.paypal.com.evil.example"] {
        assert!(!paypal.owns(name), "{name}");
    }
    for name in ["evil.example\0.paypal.com", "evil example.paypal.com", "a.paypal.com.", ""] {
        assert!(!paypal.owns(name), "{name}");
    }
}

#[tokio::test]
async fn the_certificate_that_sns_publishes_leads_to_a_public_root() {
    let url = "https://sns.us-west-2.amazonaws.com/\
        SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem";
    let issuer = CertificateDer::from_pem_slice(ISSUER_PEM.as_bytes()).unwrap();
    let keys = Keys::new(FakeHosts::new([
        (url, Response::Body(SNS_PEM.into())),
        (ISSUER, Response::Body(issuer.to_vec())),
    ]));
    let topic = "arn:aws:sns:us-west-2:131990247566:dongie-standard-topic";
    assert_eq!(keys.get_key(&sns(url, topic), now()).await.as_deref(), Ok(SNS_PEM));
}

#[test]
fn the_end_of_a_certificates_validity_is_read() {
    let leaf = Leaf::parse(&Chain::from_pem(SNS_PEM.as_bytes()).unwrap().leaf).unwrap();
    assert_eq!(leaf.not_after(), "2026-10-14T23:59:59Z".parse().unwrap());
}

#[test]
fn the_certificate_that_paypal_published_is_issued_to_it_and_names_its_issuer() {
    let chain = Chain::from_pem(PAYPAL_PEM.as_bytes()).unwrap();
    let leaf = Leaf::parse(&chain.leaf).unwrap();
    assert_eq!(leaf.dns_names(), ["messageverificationcerts.sandbox.paypal.com"]);
    paypal_keys::certificate_claim(&paypal(PAYPAL)).unwrap().owner.check(&leaf).unwrap();
    assert!(leaf.issuer_urls().iter().all(is_issuer_url));
    assert_eq!(leaf.issuer_urls().len(), 1);
    let while_valid = "2020-01-01T00:00:00Z".parse().unwrap();
    let roots = webpki_roots::TLS_SERVER_ROOTS;
    assert_eq!(chain.verify(roots, while_valid), Err(Untrusted::IssuerUnknown));
    assert!(matches!(chain.verify(roots, now()), Err(Untrusted::Invalid(_))));
}
