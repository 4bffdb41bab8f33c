//! API Gateway's requests and our answers. HTTP APIs and function URLs send the same form.

use std::net::IpAddr;

use jiff::Timestamp;
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request as Incoming, RequestExt, Response};
use serde_json::{Value, json};
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::telemetry::{Metric, Metrics, millis};
use shared::webhook::rejection::Rejection as RequestRejection;
use shared::webhook::reply::{Answer, AnswerBody};
use shared::webhook::request::{Headers, Request};

use crate::keys::Fetch;
use crate::receive::Ingest;
use crate::received::{Accepted, Received};
use crate::rejection::Rejection;

/// What a sender is told to wait before it tries again, in seconds.
const RETRY_AFTER: &str = "5";

/// Receives one webhook and answers it.
pub async fn handle<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch>(
    ingest: &Ingest<S, Q, K, F>,
    metrics: &Metrics,
    incoming: Incoming,
    now: Timestamp,
) -> Response<Body> {
    let from = address(&incoming);
    let request = request(incoming);
    let path = request.path.clone();
    let source = ingest.source_of(&path);
    let outcome = ingest.receive(source, from, request, now).await;
    report(metrics, known_as(source, &path, &outcome), &outcome);
    match outcome {
        Ok(Received::Event(Accepted { id, answer, .. })) => response(answer, &json!({ "id": id })),
        Ok(Received::Handshake(_, answer)) => response(answer, &json!({})),
        Err(refused) => refusal(&refused, ingest.is_silent(source)),
    }
}

/// What a request's source is called in the log. Of a path that is nobody's only the first part is said:
/// behind a name that was mistyped a token may stand.
fn known_as<'s, T>(source: &'s str, path: &'s str, outcome: &Result<T, Rejection>) -> &'s str {
    match outcome {
        Err(Rejection::UnknownSource) => {
            path.split('/').find(|part| !part.is_empty()).unwrap_or_default()
        }
        _ => source,
    }
}

/// The address that called API Gateway, which nobody can make up.
fn address(incoming: &Incoming) -> Option<IpAddr> {
    match incoming.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_ref()?.parse().ok(),
        _ => None,
    }
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
    let path = incoming.raw_http_path().to_owned();
    let query = incoming.uri().query().unwrap_or_default().to_owned();
    Request {
        method: incoming.method().as_str().to_owned(),
        url: url(&headers, &path, &query),
        path,
        query,
        headers,
        body: body(incoming.into_body()),
    }
}

/// The URL as the provider called it, by all that API Gateway says: a custom domain is in the host
/// header, and a stage or a mapping's base path in the path.
fn url(headers: &Headers, path: &str, query: &str) -> String {
    let scheme = headers.get("x-forwarded-proto").filter(|scheme| *scheme == "http");
    let (scheme, host) = (scheme.unwrap_or("https"), headers.get("host").unwrap_or_default());
    match query {
        "" => format!("{scheme}://{host}{path}"),
        query => format!("{scheme}://{host}{path}?{query}"),
    }
}

fn body(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

/// The answer that a provider wants. `id` is the body of those that do not say.
fn response(answer: Answer, id: &Value) -> Response<Body> {
    let (content_type, body) = match answer.body {
        AnswerBody::Id => ("application/json", Body::from(id.to_string())),
        AnswerBody::Json(json) => ("application/json", Body::from(json.to_string())),
        AnswerBody::Text(text) => ("text/plain", Body::from(text)),
        AnswerBody::Empty => ("", Body::Empty),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    if !content_type.is_empty() {
        headers.insert("content-type", HeaderValue::from_static(content_type));
    }
    for (name, value) in answer.headers {
        // The reply has seen to it that both can stand in a header.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

fn refusal(refused: &Rejection, silent: bool) -> Response<Body> {
    let (status, error) = refused.status();
    let body = if silent { AnswerBody::Empty } else { AnswerBody::Json(json!({ "error": error })) };
    let headers = match refused {
        Rejection::Request(RequestRejection::MethodNotAllowed(allowed)) => {
            vec![("allow".to_owned(), allowed.clone())]
        }
        _ if status == 503 => vec![("retry-after".to_owned(), RETRY_AFTER.to_owned())],
        _ => Vec::new(),
    };
    response(Answer { status, headers, body }, &Value::Null)
}

/// One log line a request, and its metric. Of the payload they have the event's type, and no more.
fn report(metrics: &Metrics, source: &str, outcome: &Result<Received, Rejection>) {
    // A name that nobody registered may be of any length.
    let source = &source.chars().take(64).collect::<String>()[..];
    match outcome {
        Ok(Received::Event(accepted)) => {
            let Accepted { id, s3_key, event_type, secret, fingerprint, answer, took, .. } =
                accepted;
            let (event_type, status) = (event_type.as_deref(), answer.status);
            let (verify_ms, store_ms, enqueue_ms) =
                (millis(took.verify), millis(took.store), millis(took.enqueue));
            tracing::info!(
                source, event_id = %id, event_type, s3_key, secret, fingerprint, status, verify_ms,
                store_ms, enqueue_ms, "accepted"
            );
            metrics.count(Metric::Accepted, Some(source));
            if accepted.is_unordered {
                tracing::warn!(source, event_id = %id, "without its queue's ordering key: a group of its own");
                metrics.count(Metric::Unordered, Some(source));
            }
            metrics.count_secret(source, *secret);
        }
        Ok(Received::Handshake(title, answer)) => {
            tracing::info!(source, handshake = title, status = answer.status, "handshake");
            metrics.count(Metric::Handshake, Some(source));
        }
        Err(refused) => {
            let (status, error) = refused.status();
            tracing::warn!(source, status, error, reason = %refused, "not accepted");
            if let Some(metric) = metric(refused) {
                metrics.count(metric, Some(source));
            }
        }
    }
}

/// Unknown sources are not counted: anyone may make up names, and each would be a metric.
fn metric(refused: &Rejection) -> Option<Metric> {
    match refused {
        Rejection::UnknownSource => None,
        Rejection::Request(_) => Some(Metric::Refused),
        Rejection::NoSecret(_) => Some(Metric::SecretMissing),
        Rejection::Unavailable(_) => Some(Metric::Unavailable),
    }
}
