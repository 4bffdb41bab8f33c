use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use rcgen::generate_simple_self_signed;
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

const ISSUER: &str = "http://crt.r2m01.amazontrust.com/r2m01.cer";

/// A server that answers its first request with this, says what that was, and then nothing more.
fn server(answer: Vec<u8>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, request) = channel();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut read = [0; 4096];
        let length = connection.read(&mut read).unwrap();
        // Whoever does not wait for this, or has read enough, is gone.
        let _ = asked.send(String::from_utf8_lossy(&read[..length]).into_owned());
        let _ = connection.write_all(&answer);
        thread::park();
    });
    (address, request)
}

/// A client that finds this server in the place of an issuer's.
fn client(server: SocketAddr) -> (HttpsFetch, Url) {
    let builder = Client::builder().resolve("crt.r2m01.amazontrust.com", server);
    (HttpsFetch { client: build(builder).unwrap().into() }, Url::parse(ISSUER).unwrap())
}

async fn fetched(answer: impl Into<Vec<u8>>) -> Result<Vec<u8>, FetchError> {
    let (fetch, url) = client(server(answer.into()).0);
    fetch.get(&url).await
}

fn response(status: u16, bytes: usize) -> Response {
    http::Response::builder().status(status).body(vec![b'a'; bytes]).unwrap().into()
}

#[tokio::test]
async fn an_answer_is_read_to_its_end_but_not_beyond_a_keys_size() {
    assert_eq!(body_of(response(200, READ_AT_MOST)).await.unwrap().len(), READ_AT_MOST);
    let larger = body_of(response(200, READ_AT_MOST + 1)).await;
    assert!(matches!(larger, Err(FetchError::TooLarge)));
    let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [&b"8000\r\n"[..], &[b'a'; 0x8000], b"\r\n"].concat();
    let chunks = [&endless[..], &chunk, &chunk, &chunk].concat();
    assert!(matches!(fetched(chunks).await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn only_200_is_an_answer_and_no_redirect_is_followed() {
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(fetched(moved).await, Err(FetchError::Status(302, _))));
    for status in [201, 204, 400, 404, 500] {
        let error = body_of(response(status, 2)).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(is, body) if is == status && body == b"aa"));
    }
}

#[tokio::test]
async fn a_host_that_says_nothing_is_given_up() {
    let start = Instant::now();
    assert!(matches!(fetched("").await, Err(FetchError::Slow)));
    let half = fetched("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    assert!(matches!(half, Err(FetchError::Slow)));
    assert!(start.elapsed() < CALL_TIMEOUTS * 3);
}

#[tokio::test]
async fn nobody_but_an_issuer_is_called_without_tls() {
    let (address, asked) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into());
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let fetch = HttpsFetch::default();
    assert_eq!(format!("{:?}", fetch.get(&url).await), "Err(FetchError(not https))");
    let posted = fetch.post_json(&url, "{}".to_owned()).await;
    assert_eq!(format!("{posted:?}"), "Err(FetchError(not https))");
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn a_question_is_posted_as_json() {
    let (server, asked) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into());
    let (fetch, url) = client(server);
    assert_eq!(fetch.post_json(&url, "{\"a\":1}".to_owned()).await.unwrap(), b"hi");
    let asked = asked.recv().unwrap();
    assert!(asked.starts_with("POST /r2m01.cer HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\n{\"a\":1}"), "{asked}");
}

#[tokio::test]
async fn a_host_that_nobody_vouches_for_is_not_asked() {
    let fetch = HttpsFetch::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://localhost:{}/", listener.local_addr().unwrap().port()));
    let issued = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = issued.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![issued.cert.into()], key).unwrap());
    let asked = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(config).unwrap();
        Stream::new(&mut tls, &mut socket).read(&mut [0; 1]).is_ok_and(|read| read > 0)
    });
    let error = fetch.get(&url.unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    assert!(!asked.join().unwrap());
}
