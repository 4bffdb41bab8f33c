use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpListener;

const TOLERANCE: u64 = 5 * 60; // seconds

/// Whether the delivery was signed with this secret, `whsec_…`, in the last five minutes.
fn is_valid(secret: &str, headers: &HeaderMap, body: &[u8]) -> Option<()> {
    let header = |name| headers.get(name)?.to_str().ok();
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    if now.abs_diff(timestamp.parse().ok()?) > TOLERANCE {
        return None;
    }
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    // After a rotation of the secret there are two signatures, with a space between them.
    let mut signatures = header("webhook-signature")?.split(' ');
    let is_ours = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
        // Compares in constant time.
        tag.is_some_and(|tag| mac.clone().verify_slice(&tag).is_ok())
    };
    signatures.any(is_ours).then_some(())
}

async fn answer(secret: &str, request: Request<Incoming>) -> Response<String> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return status(400) };
    let body = body.to_bytes(); // the bytes as they arrived, not JSON that was parsed and written again
    if is_valid(secret, &parts.headers, &body).is_none() {
        return status(401);
    }
    println!("{:?} {}", parts.headers.get("webhook-id"), String::from_utf8_lossy(&body));
    status(204) // Answer 2xx once the event is safe on your side.
}

fn status(status: u16) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status.try_into().unwrap_or_default();
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to whsec_…")?;
    let address = format!("127.0.0.1:{}", env::var("PORT").as_deref().unwrap_or("8080"));
    Ok(serve(TcpListener::bind(address).await?, secret).await?)
}

pub(crate) async fn serve(listener: TcpListener, secret: String) -> std::io::Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let secret = secret.clone();
        tokio::spawn(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(answer(&secret, request).await) });
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        });
    }
}
