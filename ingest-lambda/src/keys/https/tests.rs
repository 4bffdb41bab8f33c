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

/// A server that answers its first request with `answer`, reports that request, and then stays silent.
fn server(answer: Vec<u8>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, request) = channel();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut read = [0; 4096];
        let length = connection.read(&mut read).unwrap();
        // Either fails if the test does not wait for it, or if the client has closed the connection.
        let _ = asked.send(String::from_utf8_lossy(&read[..length]).into_owned());
        let _ = connection.write_all(&answer);
        thread::park();
    });
    (address, request)
}

/// A client that resolves the issuer's host name to this server.
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
async fn a_response_is_read_up_to_64_kib_and_no_further() {
    assert_eq!(
        read_body(response(200, MAX_RESPONSE_BYTES)).await.unwrap().len(),
        MAX_RESPONSE_BYTES
    );
    let larger = read_body(response(200, MAX_RESPONSE_BYTES + 1)).await;
    assert!(matches!(larger, Err(FetchError::TooLarge)));
    let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [&b"8000\r\n"[..], &[b'a'; 0x8000], b"\r\n"].concat();
    let chunks = [&endless[..], &chunk, &chunk, &chunk].concat();
    assert!(matches!(fetched(chunks).await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn any_status_but_200_is_an_error_and_no_redirect_is_followed() {
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(fetched(moved).await, Err(FetchError::Status(302, _))));
    for status in [201, 204, 400, 404, 500] {
        let error = read_body(response(status, 2)).await.unwrap_err();
        assert!(matches!(error, FetchError::Status(is, body) if is == status && body == b"aa"));
    }
}

#[tokio::test]
async fn a_host_that_sends_no_full_response_times_out() {
    let start = Instant::now();
    assert!(matches!(fetched("").await, Err(FetchError::TimedOut)));
    let half = fetched("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    assert!(matches!(half, Err(FetchError::TimedOut)));
    assert!(start.elapsed() < CALL_TIMEOUT * 3);
}

#[tokio::test]
async fn only_issuers_are_called_without_tls() {
    let (address, asked) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into());
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let fetch = HttpsFetch::default();
    assert_eq!(format!("{:?}", fetch.get(&url).await), "Err(FetchError(the URL is not https))");
    let posted = fetch.post_json(&url, "{}".to_owned()).await;
    assert_eq!(format!("{posted:?}"), "Err(FetchError(the URL is not https))");
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn a_body_is_posted_as_json() {
    let (server, asked) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".into());
    let (fetch, url) = client(server);
    assert_eq!(fetch.post_json(&url, "{\"a\":1}".to_owned()).await.unwrap(), b"hi");
    let asked = asked.recv().unwrap();
    assert!(asked.starts_with("POST /r2m01.cer HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\n{\"a\":1}"), "{asked}");
}

#[tokio::test]
async fn no_request_is_sent_to_a_host_with_an_untrusted_certificate() {
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
