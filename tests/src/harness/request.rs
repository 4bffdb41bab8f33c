//! Requests as API Gateway hands them to ingest, and the answers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::samples::{self, Sample};

/// The secret of a provider's source in [`TestIngest`](super::TestIngest).
pub fn secret(provider: &str) -> String {
    samples::secret(provider, [7; 32])
}

/// A provider's sample, signed with [`secret`] at a time, as API Gateway hands it over.
pub fn sample_event(provider: &str, now: Timestamp) -> Value {
    let body = samples::body(provider).unwrap_or_default();
    http_api_event(provider, &signed(provider, body, now))
}

/// A body, signed with [`secret`] at a time as a provider does, under the id `id-1`.
pub fn signed(provider: &str, body: &[u8], now: Timestamp) -> Sample {
    samples::sign(provider, &secret(provider), "id-1", body, now).expect("a provider with samples")
}

/// A POST of a sample to a source, as an HTTP API of API Gateway hands it to Lambda in format 2.0: header names in lower
/// case, everything but text and JSON in base64. The shape is that of AWS's documentation.
pub fn http_api_event(source: &str, sample: &Sample) -> Value {
    let headers = sample.headers.iter();
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    let content_type = headers.get("content-type").map(String::as_str).unwrap_or_default();
    let plain = content_type.starts_with("text/") || content_type.starts_with("application/json");
    let text = std::str::from_utf8(&sample.body).ok().filter(|_| plain);
    let path = format!("/{source}");
    let route_key = format!("ANY {path}");
    json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "POST", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route_key,
            "stage": "$default",
            "time": "22/Nov/2026:09:09:29 +0000",
            "timeEpoch": 1_795_338_569_361_u64,
        },
        "isBase64Encoded": text.is_none(),
        "body": text.map_or_else(|| STANDARD.encode(&sample.body), str::to_owned),
    })
}

/// What the sender was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null if it is not JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    pub(super) fn of(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let value = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = head.headers.iter().map(|(name, v)| (name.to_string(), value(v))).collect();
        let text = String::from_utf8_lossy(&body).into_owned();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Self { status: head.status.as_u16(), headers, body, text }
    }
}
