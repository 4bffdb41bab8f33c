//! Certificates as they were published. That of SNS is from AWS's SDK for Java (aws-sdk-java-v2,
//! sns-message-manager, `SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem`), that of
//! PayPal from its SDK (PayPal-Java-SDK, `clientCertTest.crt`), and that of the issuer from where the
//! one of SNS says that it is.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::*;
use crate::keys::chain::{Chain, Untrusted};
use crate::keys::leaf::Leaf;
use crate::keys::{address, paypal as paypal_claim};

const SNS_PEM: &str = include_str!("fixtures/sns.pem");
const ISSUER_PEM: &str = include_str!("fixtures/amazon-rsa-2048-m01.pem");
const PAYPAL_PEM: &str = include_str!("fixtures/paypal-sandbox-2019.pem");
const URL: &str = "https://sns.us-west-2.amazonaws.com/\
    SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem";

#[tokio::test]
async fn the_certificate_that_sns_publishes_leads_to_a_public_root() {
    let issuer = CertificateDer::from_pem_slice(ISSUER_PEM.as_bytes()).unwrap();
    let keys = Keys::new(Fake::new([
        (URL, Answer::Body(SNS_PEM.into())),
        ("http://crt.r2m01.amazontrust.com/r2m01.cer", Answer::Body(issuer.to_vec())),
    ]));
    let topic = "arn:aws:sns:us-west-2:131990247566:dongie-standard-topic";
    assert_eq!(keys.get_key(&sns(URL, topic), now()).await.as_deref(), Ok(SNS_PEM));
}

#[test]
fn it_ends_when_it_says() {
    let leaf = Leaf::parse(&Chain::from_pem(SNS_PEM.as_bytes()).unwrap().leaf).unwrap();
    assert_eq!(leaf.ends(), "2026-10-14T23:59:59Z".parse().unwrap());
}

#[test]
fn the_certificate_that_paypal_published_is_its_own_and_names_its_issuer() {
    let chain = Chain::from_pem(PAYPAL_PEM.as_bytes()).unwrap();
    let leaf = Leaf::parse(&chain.leaf).unwrap();
    assert_eq!(leaf.names(), ["messageverificationcerts.sandbox.paypal.com"]);
    paypal_claim::claim(&paypal(PAYPAL)).unwrap().owner.check(&leaf).unwrap();
    assert!(leaf.issuers().iter().all(address::is_issuer));
    assert_eq!(leaf.issuers().len(), 1);
    let its_time = "2020-01-01T00:00:00Z".parse().unwrap();
    let roots = webpki_roots::TLS_SERVER_ROOTS;
    assert_eq!(chain.verify(roots, its_time), Err(Untrusted::IssuerUnknown));
    assert!(matches!(chain.verify(roots, now()), Err(Untrusted::Invalid(_))));
}
