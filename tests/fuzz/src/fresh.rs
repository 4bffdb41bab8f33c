//! Requests made up of anything, in the shapes that providers look into. Nobody signed them.

use jiff::{SignedDuration, Timestamp};
use shared::webhook::request::Request;
use shared::webhook::secret::MAX_SECRETS;

use crate::bounds::judge;
use crate::input::{Input, LARGEST, written};
use crate::senders::{SENDERS, SIGNED, Sender};
use crate::unknown;

const METHODS: [&str; 4] = ["POST", "GET", "PUT", ""];
/// Header names besides a provider's own.
const COMMON: [&str; 4] =
    ["content-type", "authorization", "x-signature-1", "x-docusign-signature-9"];
/// What a JSON value may be, as [`json`] counts them.
const SCALARS: [&str; 4] = ["null", "true", "1700000000", "\"\""];

pub(crate) fn run(mut input: Input<'_>, bytes: &[u8]) {
    let sender = input.of_these(&SENDERS);
    let count = if input.byte() < 250 { 2 } else { MAX_SECRETS };
    let now = moved(sender.now, &mut input);
    let request = request(sender, input);
    let secrets = unknown::secrets(sender, bytes, count);
    let verified = judge(sender, &secrets, request, now);
    assert!(verified.is_none(), "{}: verified without a secret", sender.name);
}

/// Most often the time at which the vector is good.
pub(crate) fn moved(now: Timestamp, input: &mut Input<'_>) -> Timestamp {
    let seconds = match input.byte() {
        0..200 => 0,
        factor => (input.number() as i64 - 0x8000) * i64::from(factor - 199),
    };
    now.saturating_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn request(sender: &Sender, mut input: Input<'_>) -> Request {
    let method = METHODS[usize::from(input.byte() % 4)].to_owned();
    let names = names(sender);
    let headers: Vec<(String, String)> = (0..input.byte() % 32)
        .map(|_| match usize::from(input.byte()) {
            0xff => (input.text(), input.text()),
            name => (names[name % names.len()].to_owned(), input.text()),
        })
        .collect();
    let (path, query) = (input.text(), input.text());
    let url = match input.byte() % 2 {
        0 => address(&path, &query),
        _ => input.text(),
    };
    let headers = headers.iter().map(|(name, value)| (name, value)).collect();
    Request { method, path, query, url, headers, body: body(sender, input), ..Request::default() }
}

/// The URL of a path and a query, none where there is none.
fn address(path: &str, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("https://hooks.example{path}{mark}{query}")
}

fn names(sender: &Sender) -> Vec<&'static str> {
    SIGNED[&sender.name[..]].headers.iter().map(String::as_str).chain(COMMON).collect()
}

fn body(sender: &Sender, mut input: Input<'_>) -> Vec<u8> {
    match input.byte() % 8 {
        0 => input.rest(),
        1 => [input.bytes(), input.bytes(), input.bytes()].concat(),
        2 => form(&mut input),
        3 => multipart(&mut input),
        4 => json(sender, &mut input, 0).into_bytes(),
        5 => {
            let inner = String::from_utf8_lossy(&sender.request.body).into_owned();
            serde_json::json!([inner]).to_string().into_bytes()
        }
        6 => [input.bytes(), json(sender, &mut input, 0).into_bytes()].concat(),
        _ => sender.request.body.clone(),
    }
}

fn form(input: &mut Input<'_>) -> Vec<u8> {
    let pair = |input: &mut Input<'_>| [&input.bytes()[..], b"=", &input.bytes(), b"&"].concat();
    (0..input.byte()).flat_map(|_| pair(input)).collect()
}

fn multipart(input: &mut Input<'_>) -> Vec<u8> {
    let (boundary, mut body) = (input.text(), String::new());
    for _ in 0..input.byte() {
        let (name, value) = (input.text(), input.text());
        let disposition = format!("Content-Disposition: form-data; name=\"{name}\"");
        body += &format!("--{boundary}\r\n{disposition}\r\n\r\n{value}\r\n");
    }
    (body + &format!("--{boundary}--\r\n")).into_bytes()
}

/// JSON with the names that the provider's own bodies have.
fn json(sender: &Sender, input: &mut Input<'_>, depth: usize) -> String {
    let kind = if depth > 20 || input.is_empty() { 0 } else { input.byte() };
    let many = |input: &mut Input<'_>| 1 << (input.byte() % 12);
    let json = match kind {
        0..60 => SCALARS[usize::from(kind % 4)].to_owned(),
        60..100 => serde_json::json!(input.text()).to_string(),
        100..140 => {
            format!("[{}]", vec![json(sender, input, depth + 1); many(input).min(64)].join(","))
        }
        140..160 => "[".repeat(many(input)),
        160..180 => serde_json::json!(json(sender, input, depth + 1)).to_string(),
        180..190 => String::from_utf8_lossy(&sender.request.body).into_owned(),
        _ => {
            let names = &sender.keys;
            let pair = |input: &mut Input<'_>| {
                let name = match input.byte() {
                    0xff => input.text(),
                    at => names[usize::from(at) % names.len()].clone(),
                };
                format!("{}:{}", serde_json::json!(name), json(sender, input, depth + 1))
            };
            let pairs: Vec<_> = (0..kind % 8).map(|_| pair(input)).collect();
            format!("{{{}}}", pairs.join(","))
        }
    };
    if json.len() > LARGEST { "0".to_owned() } else { json }
}

/// The bytes from which [`run`] makes a vector's own request, all but the mode.
pub(crate) fn seed(position: u16, sender: &Sender) -> Vec<u8> {
    let request = &sender.request;
    let method = METHODS.iter().position(|method| *method == request.method).unwrap_or_default();
    let [low, high] = position.to_le_bytes();
    let mut seed = vec![low, high, 0, 0, method as u8, request.headers.iter().count() as u8];
    let names = names(sender);
    for (name, value) in request.headers.iter() {
        seed.push(names.iter().position(|known| *known == name).unwrap_or_default() as u8);
        seed.extend(written(value.as_bytes()));
    }
    seed.extend(written(request.path.as_bytes()));
    seed.extend(written(request.query.as_bytes()));
    seed.push(1);
    seed.extend(written(request.url.as_bytes()));
    seed.push(0);
    seed.extend(&request.body);
    seed
}
