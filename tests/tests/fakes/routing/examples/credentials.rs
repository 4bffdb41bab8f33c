//! The examples of forwarded headers and of credentials.

use catchment_tests::samples;
use shared::config::{Auth, Http, Kind};

use crate::routing::docs::config;
use crate::routing::examples::says;
use crate::routing::setup::example;

/// The HTTP destination of an example.
fn http(example: &str, destination: &str) -> Http {
    match config(example).destinations.remove(destination).unwrap().kind {
        Kind::Http(http) => http,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_destination_gets_the_headers_of_the_example() {
    let test = example("forwarded-headers");
    let body = samples::body("github").unwrap();
    test.deliver("code", "github", std::str::from_utf8(body).unwrap()).await;
    let (name, delivery) = &test.destinations.deliveries()[0];
    let patterns = http("forwarded-headers", name).forward_headers;
    let is_wanted = |header: &str| patterns.iter().any(|pattern| pattern.matches(header));
    let names: Vec<_> =
        delivery.headers.iter().map(|(name, _)| name).filter(|it| is_wanted(it)).collect();
    assert!(names.contains(&"x-hub-signature-256"), "{names:?}");
    assert!(names.iter().any(|it| it.starts_with("x-github-")), "{names:?}");
    assert!(says("`x-gitlab-token`, `x-documenso-secret`"));
}

#[test]
fn each_destination_has_the_credential_of_the_example() {
    let auth = |destination: &str| http("credentials", destination).auth.unwrap();
    assert!(matches!(auth("crm"), Auth::Bearer { .. }));
    assert!(matches!(auth("desk"), Auth::Basic { .. }));
    assert!(matches!(auth("erp"), Auth::Header { header, .. } if header == "X-Api-Key"));
    let Auth::OAuth2(oauth2) = auth("lake") else { panic!("not OAuth 2") };
    assert_eq!(oauth2.token_url, "https://login.example.com/oauth2/token");
    assert_eq!(oauth2.scope.as_deref(), Some("events.write"));
}
