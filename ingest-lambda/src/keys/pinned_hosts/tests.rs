use super::*;

const HOST: &str = "sns.us-east-1.amazonaws.com";
const PATH: (&str, &str) = ("/SimpleNotificationService-", ".pem");

fn pin(text: &str) -> Result<Url, KeyError> {
    pinned_url(text, &[HOST], PATH)
}

#[test]
fn a_url_at_a_pinned_host_is_accepted_unchanged() {
    let url =
        format!("https://{HOST}/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem");
    assert_eq!(pin(&url).unwrap().as_str(), url);
}

#[test]
fn a_look_alike_url_is_refused() {
    let path = "/SimpleNotificationService-1.pem";
    for text in [
        format!("http://{HOST}{path}"),
        format!("ftp://{HOST}{path}"),
        format!("//{HOST}{path}"),
        format!("https:/{HOST}{path}"),
        format!("https:\\\\{HOST}{path}"),
        format!("HTTPS://{HOST}{path}"),
        format!(" https://{HOST}{path}"),
        format!("https://{HOST}{path}\n"),
        format!("https://{HOST}\t{path}"),
        format!("https://{HOST}.evil.example{path}"),
        format!("https://evil.example/{HOST}{path}"),
        format!("https://evil.example#{HOST}{path}"),
        format!("https://evil.example?{HOST}{path}"),
        format!("https://evil.example\\@{HOST}{path}"),
        format!("https://{HOST}@evil.example{path}"),
        format!("https://user@{HOST}{path}"),
        format!("https://:pass@{HOST}{path}"),
        format!("https://@{HOST}{path}"),
        format!("https://{HOST}:443{path}"),
        format!("https://{HOST}:8443{path}"),
        format!("https://{HOST}.{path}"),
        format!("https://x{HOST}{path}"),
        format!("https://x.{HOST}{path}"),
        format!("https://SNS.us-east-1.amazonaws.com{path}"),
        format!("https://sns.us-east-1.amazonaws.co%6d{path}"),
        format!("https://sns%2eus-east-1.amazonaws.com{path}"),
        format!("https://\u{ff53}ns.us-east-1.amazonaws.com{path}"),
        format!("https://sns\u{3002}us-east-1.amazonaws.com{path}"),
        format!("https://sns.us-\u{0435}ast-1.amazonaws.com{path}"),
        format!("https://sns.us-east-1.amazonaws.com\u{0}{path}"),
        format!("https://{HOST}{path}?"),
        format!("https://{HOST}{path}?a=b"),
        format!("https://{HOST}{path}#"),
        format!("https://{HOST}{path}#a"),
        format!("https://{HOST}/SimpleNotificationService-.pem"),
        format!("https://{HOST}/SimpleNotificationService-1.pem/x"),
        format!("https://{HOST}/SimpleNotificationService-1.pem.exe"),
        format!("https://{HOST}/SimpleNotificationService-../1.pem"),
        format!("https://{HOST}/SimpleNotificationService-/1.pem"),
        format!("https://{HOST}/SimpleNotificationService-%2e%2e%2f1.pem"),
        format!("https://{HOST}//SimpleNotificationService-1.pem"),
        format!("https://{HOST}/x/SimpleNotificationService-1.pem"),
        format!("https://{HOST}/simplenotificationservice-1.pem"),
        format!("https://{HOST}/SimpleNotificationService-{}.pem", "1".repeat(129)),
        format!("https://{HOST}/"),
        format!("https://{HOST}"),
        String::new(),
        "data:text/plain,hi".to_owned(),
    ] {
        assert!(pin(&text).is_err(), "{text:?}");
    }
}

#[test]
fn a_url_over_2048_bytes_is_refused() {
    let of = |length: usize| format!("https://a/{}", "a".repeat(length - 10));
    assert!(plain_https_url(&of(MAX_URL_BYTES)).is_ok());
    assert!(plain_https_url(&of(MAX_URL_BYTES + 1)).is_err());
}

#[test]
fn an_issuers_certificate_is_fetched_only_from_its_authoritys_hosts() {
    let at = |url: &str| is_issuer_url(&Url::parse(url).unwrap());
    assert!(at("http://crt.r2m01.amazontrust.com/r2m01.cer"));
    assert!(at("http://crt.sca1b.amazontrust.com/sca1b.crt"));
    assert!(at("https://cacerts.digicert.com/DigiCertEVRSACAG2.crt"));
    for url in [
        "http://amazontrust.com.evil.example/r2m01.cer",
        "http://evilamazontrust.com/r2m01.cer",
        "http://crt.amazontrust.com:8080/r2m01.cer",
        "http://user@crt.amazontrust.com/r2m01.cer",
        "ldap://crt.amazontrust.com/r2m01.cer",
        "http://evil.digicert.com/a.crt",
        "http://169.254.169.254/latest/meta-data",
    ] {
        assert!(!at(url), "{url}");
    }
}
