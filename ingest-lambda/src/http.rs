//! Reads API Gateway's requests and writes the responses. HTTP APIs and Lambda function URLs send the same format.

use jiff::Timestamp;
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request as Incoming, RequestExt, Response};
use serde_json::{Value, json};
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::telemetry::Log;
use shared::webhook::connection::Connection;
use shared::webhook::rejection::Rejection as RequestRejection;
use shared::webhook::reply::{Answer, AnswerBody};
use shared::webhook::request::{Headers, Request};

use crate::keys::Fetch;
use crate::receive::{Accepted, Ingest, Received};
use crate::rejection::Rejection;
use crate::report::report;

/// The header `retry-after` of a 503, in seconds.
const RETRY_AFTER: &str = "5";

/// Receives one webhook, logs the result, and builds the response.
pub async fn handle<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch>(
    ingest: &Ingest<S, Q, K, F>,
    log: &Log,
    incoming: Incoming,
    now: Timestamp,
) -> Response<Body> {
    let connection = connection(&incoming);
    let request = read_request(incoming);
    let path = request.path.clone();
    let user_agent = request.headers.get("user-agent").unwrap_or_default().to_owned();
    let source = ingest.source_name(&path);
    let result = ingest.receive(source, &connection, request, now).await;
    report(log, source_to_log(source, &path, &result), &user_agent, &result);
    match result {
        Ok(Received::Event(Accepted { id, answer, .. })) => response(answer, &json!({ "id": id })),
        Ok(Received::Handshake { answer, .. }) => response(answer, &json!({})),
        Err(rejection) => error_response(&rejection, ingest.rejects_without_body(source)),
    }
}

/// The source's name as the log has it. For an unknown source, it is only the first part of the path: if the name
/// is misspelled, a token may follow it.
fn source_to_log<'s, T>(source: &'s str, path: &'s str, result: &Result<T, Rejection>) -> &'s str {
    match result {
        Err(Rejection::UnknownSource) => {
            path.split('/').find(|part| !part.is_empty()).unwrap_or_default()
        }
        _ => source,
    }
}

/// The connection as the request context describes it. A sender cannot forge that, unlike headers.
fn connection(incoming: &Incoming) -> Connection {
    let Some(RequestContext::ApiGatewayV2(context)) = incoming.request_context_ref() else {
        return Connection::default();
    };
    let authentication = context.authentication.as_ref();
    let certificate = authentication.and_then(|it| it.client_cert.as_ref());
    Connection {
        address: context.http.source_ip.as_ref().and_then(|address| address.parse().ok()),
        domain: context.domain_name.clone(),
        certificate_subject: certificate.and_then(|it| it.subject_dn.clone()),
    }
}

/// The request as the provider sent it. Header values that are not UTF-8 are left out; API Gateway's events are
/// JSON and cannot have any.
fn read_request(incoming: Incoming) -> Request {
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
        url: public_url(&headers, &path, &query),
        path,
        query,
        headers,
        body: read_body(incoming.into_body()),
        ..Request::default()
    }
}

/// The URL that the provider called. A custom domain is in the header `host`; a stage or the base path of an API
/// mapping is in the path.
fn public_url(headers: &Headers, path: &str, query: &str) -> String {
    let scheme = headers.get("x-forwarded-proto").filter(|scheme| *scheme == "http");
    let (scheme, host) = (scheme.unwrap_or("https"), headers.get("host").unwrap_or_default());
    match query {
        "" => format!("{scheme}://{host}{path}"),
        query => format!("{scheme}://{host}{path}?{query}"),
    }
}

fn read_body(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

/// The response with the provider's expected answer. `id` is the body of [`AnswerBody::Id`].
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
        // Both are valid: the provider's reply has checked them.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// The response to a request that is not accepted: the error class as JSON, or no body at all if the source's
/// provider expects none.
fn error_response(rejection: &Rejection, without_body: bool) -> Response<Body> {
    let (status, error) = rejection.status();
    let body =
        if without_body { AnswerBody::Empty } else { AnswerBody::Json(json!({ "error": error })) };
    let headers = match rejection {
        Rejection::Request(RequestRejection::MethodNotAllowed(allowed)) => {
            vec![("allow".to_owned(), allowed.clone())]
        }
        _ if status == 503 => vec![("retry-after".to_owned(), RETRY_AFTER.to_owned())],
        _ => Vec::new(),
    };
    response(Answer { status, headers, body }, &Value::Null)
}
