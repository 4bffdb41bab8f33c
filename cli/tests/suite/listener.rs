//! A small HTTP server that records the requests it gets.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use shared::webhook::request::Request;

/// The server, with the requests in the order of their arrival.
pub(crate) struct Listener {
    pub(crate) url: String,
    arrived: Receiver<Request>,
}

impl Listener {
    /// A server on a free port that answers every request with a status and a body.
    pub(crate) fn answering(status: u16, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, arrived) = channel();
        let origin = url.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                serve(&connection.unwrap(), &origin, (status, body), &sender);
            }
        });
        Self { url, arrived }
    }

    /// The requests that have arrived since the last call.
    pub(crate) fn arrived(&self) -> Vec<Request> {
        self.arrived.try_iter().collect()
    }
}

fn serve(connection: &TcpStream, origin: &str, answer: (u16, &str), arrived: &Sender<Request>) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader, origin) {
        if arrived.send(request).is_err() {
            return;
        }
        let (status, body) = answer;
        let head = format!("HTTP/1.1 {status} -\r\ncontent-type: text/plain\r\nx-secret: s\r\n");
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let mut connection = connection;
        connection.write_all(answer.as_bytes()).unwrap();
    }
}

fn read(reader: &mut impl BufRead, origin: &str) -> Option<Request> {
    let mut line = String::new();
    let mut next = |line: &mut String| {
        line.clear();
        reader.read_line(line).ok().filter(|read| *read > 0)
    };
    next(&mut line)?;
    let mut parts = line.split(' ').map(str::to_owned);
    let (method, target) = (parts.next()?, parts.next()?);
    let mut headers = Vec::new();
    while next(&mut line)? > 2 {
        let (name, value) = line.split_once(": ").unwrap();
        headers.push((name.to_owned(), value.trim_end().to_owned()));
    }
    let headers: shared::webhook::request::Headers = headers.into_iter().collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        url: format!("{origin}{target}"),
        headers,
        body,
        ..Request::default()
    })
}
