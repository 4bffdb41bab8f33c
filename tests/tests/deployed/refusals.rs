//! What is not accepted leaves nothing behind.

use catchment_tests::samples::{self, Sample};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::deployment::{UNSET, test};

const BODY: &[u8] = br#"{"id":"evt_refused","type":"charge.failed"}"#;

#[test]
fn forged_stale_and_unsigned_requests_are_refused_and_not_stored() {
    test(async |deployment| {
        let source = deployment.source("strict");
        let forger = samples::secret("stripe", [1; 32]);
        let forged = samples::sign("stripe", &forger, "", BODY, Timestamp::now()).unwrap();
        let long_ago = Timestamp::now() - SignedDuration::from_mins(10);
        let stale = samples::sign("stripe", &source.secret, "", BODY, long_ago).unwrap();
        let unsigned = Sample { headers: vec![], body: BODY.to_vec() };
        let mut changed = deployment.sign("strict", "", BODY);
        changed.body.push(b' ');
        for (sample, error) in [
            (&forged, "signature_mismatch"),
            (&changed, "signature_mismatch"),
            (&stale, "signature_stale"),
            (&unsigned, "signature_missing"),
        ] {
            let answer = deployment.post("strict", sample).await;
            assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some(error)));
        }
        let genuine = deployment.sign("strict", "", BODY);
        for method in ["GET", "PUT", "DELETE"] {
            let answer = deployment.request(method, &source.url, &genuine).await;
            assert_eq!(answer.status, 405, "{method}");
        }
        let keys = deployment.stack.stored_keys("strict").await.unwrap();
        assert!(keys.is_empty(), "{keys:?}");
    });
}

/// Invariant 9. The body is API Gateway's; ingest would answer `unknown_source`.
#[test]
fn an_unknown_path_is_answered_by_the_gateway_without_an_invocation() {
    test(async |deployment| {
        let genuine = deployment.sign("strict", "", BODY);
        for path in ["/nobody", "/strict/token", "/Strict", "/strict2", "/meter/token/more", "/"] {
            let url = deployment.source("strict").url.replace("/strict", path);
            let answer = deployment.request("POST", &url, &genuine).await;
            assert_eq!(
                (answer.status, answer.body),
                (404, json!({ "message": "Not Found" })),
                "{path}"
            );
        }
        for source in ["strict", "nobody"] {
            let keys = deployment.stack.stored_keys(source).await.unwrap();
            assert!(keys.is_empty(), "{keys:?}");
        }
    });
}

#[test]
fn a_source_without_a_secret_asks_the_sender_to_retry() {
    test(async |deployment| {
        let answer = deployment.send(UNSET, "unset-1", b"{}").await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (503, Some("unavailable")));
        assert!(answer.retry_after.is_some());
        assert!(deployment.stack.stored_keys(UNSET).await.unwrap().is_empty());
    });
}
