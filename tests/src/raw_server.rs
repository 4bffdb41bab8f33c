//! Raw servers that misbehave as no HTTP library can.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::Result;

/// A server on 127.0.0.1 that does with each connection what a test says. Dropped, it and all its
/// connections are gone.
#[derive(Debug)]
pub struct RawServer {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl RawServer {
    /// Starts it. `handle` gets each connection with its number, from 1; when it returns, the
    /// connection is closed.
    pub async fn start<F, H>(handle: H) -> Result<Self>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
        H: Fn(usize, Connection) -> F + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        let server = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                open.spawn(handle(number, Connection { stream, read: Vec::new() }));
            }
        });
        Ok(Self { address, accepted, server })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Read, but not asked for yet.
    read: Vec<u8>,
}

/// A request or an answer as it stood on the wire.
#[derive(Debug)]
pub struct Message {
    /// First line and headers, to the empty line.
    pub head: String,
    /// As many bytes as `Content-Length` says.
    pub body: Vec<u8>,
}

impl Connection {
    /// Opens one to a server.
    pub async fn open(address: &str) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(address).await?, read: Vec::new() })
    }

    /// Reads one request, or answer, whole. It must say its `Content-Length`.
    pub async fn message(&mut self) -> io::Result<Message> {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.read_more().await?,
            }
        };
        let body = self.read.split_off(end);
        let head = String::from_utf8_lossy(&std::mem::replace(&mut self.read, body)).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let length: usize = length.unwrap_or(0);
        while self.read.len() < length {
            self.read_more().await?;
        }
        let rest = self.read.split_off(length);
        Ok(Message { head, body: std::mem::replace(&mut self.read, rest) })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await
    }

    /// Sends a whole answer, with its length.
    pub async fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
        self.send([head.as_bytes(), body].concat()).await
    }

    /// Sends the same few bytes again and again, until the other side has gone.
    pub async fn trickle(&mut self, bytes: &[u8], every: Duration) -> io::Result<()> {
        loop {
            self.send(bytes).await?;
            tokio::time::sleep(every).await;
        }
    }

    /// Says nothing any more, and returns when the other side has gone.
    pub async fn hang(&mut self) -> io::Result<()> {
        while self.stream.read_buf(&mut self.read).await? > 0 {}
        Ok(())
    }
}
