//! Settings of a source beyond its provider, through API Gateway.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::samples::{self, Sample};
use serde_json::json;

use crate::deployment::{Deployment, test};

fn sample(headers: &[(&str, &str)]) -> Sample {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Sample { headers, body: b"{}".to_vec() }
}

async fn nothing_is_stored(deployment: &Deployment, source: &str) {
    assert!(deployment.stack.stored_keys(source).await.unwrap().is_empty(), "{source}");
}

#[test]
fn a_token_behind_the_name_is_routed_and_verified() {
    test(async |deployment| {
        let source = deployment.source("meter");
        assert!(source.url.ends_with("/meter/TOKEN"), "{}", source.url);
        let guess = deployment.request("POST", &source.url, &sample(&[])).await;
        assert_eq!((guess.status, &guess.body["error"]), (401, &json!("signature_mismatch")));
        nothing_is_stored(deployment, "meter").await;
        let url = source.url.replace("TOKEN", &source.secret);
        let answer = deployment.request("POST", &url, &sample(&[])).await;
        assert_eq!(deployment.stored("meter", answer.id()).await.body, b"{}");
    });
}

#[test]
fn an_address_outside_is_403() {
    test(async |deployment| {
        let answer = deployment.send("fenced", "id-1", b"{}").await;
        assert_eq!((answer.status, &answer.body["error"]), (403, &json!("address_not_allowed")));
        nothing_is_stored(deployment, "fenced").await;
    });
}

#[test]
fn a_handshake_by_get_is_answered() {
    test(async |deployment| {
        let ask = |token: &str| {
            let url = &deployment.source("page").url;
            format!("{url}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444")
        };
        let empty = Sample { headers: vec![], body: vec![] };
        let answer = deployment.request("GET", &ask("ours"), &empty).await;
        assert_eq!((answer.status, &answer.body), (200, &json!(1_158_201_444)));
        assert_eq!(deployment.request("GET", &ask("theirs"), &empty).await.status, 403);
        nothing_is_stored(deployment, "page").await;
    });
}

#[test]
fn a_signed_url_is_the_one_that_the_gateway_was_called_by() {
    test(async |deployment| {
        let source = deployment.source("shop");
        // The emulator does not hand over the part of the path that tells its APIs apart.
        let public = format!("{}/shop?a=b%20c", deployment.stack.outputs.endpoint);
        let parts = [public.as_bytes(), b"{}"];
        let signature = STANDARD.encode(samples::mac(source.secret.as_bytes(), &parts).unwrap());
        let signed = sample(&[
            ("x-square-hmacsha256-signature", &signature),
            // Nor does it say that it was called by plain HTTP.
            ("x-forwarded-proto", "http"),
        ]);
        let at = |query: &str| format!("{}?{query}", source.url);
        assert_eq!(deployment.request("POST", &at("a=other"), &signed).await.status, 401);
        let answer = deployment.request("POST", &at("a=b%20c"), &signed).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    });
}

#[test]
fn a_secret_that_is_handed_over_is_kept_in_secrets_manager() {
    test(async |deployment| {
        let source = deployment.source("tasks");
        let offer =
            deployment.request("POST", &source.url, &sample(&[("x-hook-secret", "handed")])).await;
        assert_eq!(offer.status, 200, "{}", offer.body);
        let tag = samples::mac(b"handed", &[b"{}"]).unwrap();
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        let answer =
            deployment.request("POST", &source.url, &sample(&[("x-hook-signature", &hex)])).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    });
}
