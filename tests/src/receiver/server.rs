//! The receiver's HTTP side.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::page::{self, Form};
use super::{Behaviour, Received, Shared};

type Answer = Response<Full<Bytes>>;

/// Accepts connections until aborted; those that are open end with it.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        // What a single connection fails of is the other side's business.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&shared)));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(text(StatusCode::BAD_REQUEST, "the body ended early"));
    };
    let body = body.to_bytes();
    Ok(match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/received") => list(&shared, &parts.headers),
        (&Method::POST, "/behave") => behave(&shared, &body),
        _ => receive(&shared, &parts, body).await,
    })
}

fn list(shared: &Shared, headers: &HeaderMap) -> Answer {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    let received = shared.received();
    match Form::of(accept) {
        Form::Json => {}
        Form::Text => return text(StatusCode::OK, &page::text(&received)),
        Form::Html => {
            let html = page::html(&received).into_bytes();
            return answer_with(StatusCode::OK, "text/html; charset=utf-8", html);
        }
    }
    match serde_json::to_vec(&*received) {
        Ok(json) => answer_with(StatusCode::OK, "application/json", json),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn behave(shared: &Shared, body: &[u8]) -> Answer {
    let behaviour: Behaviour = match serde_json::from_slice(body) {
        Ok(behaviour) => behaviour,
        Err(error) => return text(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if status_of(&behaviour).is_none() {
        return text(StatusCode::BAD_REQUEST, "status must be from 200 to 599");
    }
    shared.behave(behaviour);
    answer_with(StatusCode::NO_CONTENT, "text/plain", Vec::new())
}

async fn receive(shared: &Shared, parts: &http::request::Parts, body: Bytes) -> Answer {
    let at = Timestamp::now();
    let behaviour = shared.take_behaviour(parts.uri.path());
    let status = status_of(&behaviour).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    shared.record(Received {
        at: format!("{at:.3}"),
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers.collect(),
        body: body.into(),
        answered: status.as_u16(),
    });
    tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
    let mut answer = text(status, "");
    if let Some(value) = behaviour.retry_after.and_then(|after| after.parse().ok()) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}

fn status_of(behaviour: &Behaviour) -> Option<StatusCode> {
    StatusCode::from_u16(behaviour.status)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()))
}

fn text(status: StatusCode, message: &str) -> Answer {
    answer_with(status, "text/plain; charset=utf-8", message.as_bytes().to_vec())
}

fn answer_with(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    answer
}
