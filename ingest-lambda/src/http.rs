//! API Gateway's requests and our answers. HTTP APIs and function URLs send the same form.

use jiff::Timestamp;
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Request as Incoming, RequestExt, Response};
use serde_json::json;
use shared::queue::MessageQueue;
use shared::request::{Headers, Request};
use shared::secrets::SecretStore;
use shared::store::EventStore;
use shared::telemetry::{Metric, count, millis};

use crate::receive::{Accepted, Ingest};
use crate::refusal::NotAccepted;

/// What a sender is told to wait before it tries again, in seconds.
const RETRY_AFTER: &str = "5";

/// Receives one webhook and answers it. `stack` is the stack's name, for the metrics.
pub async fn handle<S: EventStore, Q: MessageQueue, K: SecretStore>(
    ingest: &Ingest<S, Q, K>,
    stack: &str,
    incoming: Incoming,
    now: Timestamp,
) -> Response<Body> {
    let source = source(&incoming);
    let outcome = ingest.receive(&source, request(incoming), now).await;
    report(stack, &source, &outcome);
    match outcome {
        Ok(accepted) => answer(accepted.status, json!({ "id": accepted.id })),
        Err(refused) => {
            let (status, error) = refused.answer();
            answer(status, json!({ "error": error }))
        }
    }
}

/// The source that a request is for: the path's last part, whatever stage or base path is before it.
fn source(incoming: &Incoming) -> String {
    let path = incoming.raw_http_path().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The request as it was received. Header values that are not text cannot come from API Gateway,
/// whose events are JSON; they are left out.
fn request(incoming: Incoming) -> Request {
    let headers: Headers = incoming
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?))
        })
        .collect();
    Request {
        method: incoming.method().as_str().to_owned(),
        path: incoming.raw_http_path().to_owned(),
        query: incoming.uri().query().unwrap_or_default().to_owned(),
        headers,
        body: body(incoming.into_body()),
    }
}

fn body(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

fn answer(status: u16, body: serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    match status {
        503 => headers.insert("retry-after", HeaderValue::from_static(RETRY_AFTER)),
        405 => headers.insert("allow", HeaderValue::from_static("POST")),
        _ => None,
    };
    response
}

/// One log line a request, and its metric. Of the payload they have the event's type, and no more.
fn report(stack: &str, source: &str, outcome: &Result<Accepted, NotAccepted>) {
    // A name that nobody registered may be of any length.
    let source = &source.chars().take(64).collect::<String>()[..];
    match outcome {
        Ok(accepted) => {
            let Accepted { id, s3_key, event_type, secret, took, status } = accepted;
            let event_type = event_type.as_deref();
            let (verify_ms, store_ms, enqueue_ms) =
                (millis(took.verify), millis(took.store), millis(took.enqueue));
            tracing::info!(
                source, event_id = %id, event_type, s3_key, secret, status, verify_ms, store_ms,
                enqueue_ms, "accepted"
            );
            count(Metric::Accepted, stack, Some(source));
        }
        Err(refused) => {
            let (status, error) = refused.answer();
            tracing::warn!(source, status, error, reason = %refused, "not accepted");
            if let Some(metric) = metric(refused) {
                count(metric, stack, Some(source));
            }
        }
    }
}

/// Unknown sources are not counted: anyone may make up names, and each would be a metric.
fn metric(refused: &NotAccepted) -> Option<Metric> {
    match refused {
        NotAccepted::UnknownSource => None,
        NotAccepted::Method(_) | NotAccepted::TooLarge(_) | NotAccepted::Refused(_) => {
            Some(Metric::Refused)
        }
        NotAccepted::NoSecret(_) => Some(Metric::SecretMissing),
        NotAccepted::Unavailable(_) => Some(Metric::Unavailable),
    }
}
