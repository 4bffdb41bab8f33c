//! The tool prints no secret, no token and nothing of a body.

use std::sync::LazyLock;

use serde_json::Value;
use shared::provider;
use shared::webhook::scheme::algorithm::Encoding;
use shared::webhook::secret;

use crate::tool::Output;
use crate::vectors::{self, Vector};

#[test]
fn no_secret_token_or_body_is_printed() {
    for (vector, text, json) in vectors::ALL.iter() {
        // The reply to a handshake is excepted: it echoes what the sender sent.
        let parts: Vec<_> = text.out.split("\nthe reply ").collect();
        assert_eq!(parts.len() > 1, text.out.starts_with("HANDSHAKE"), "{text:?}");
        for hidden in hidden(vector, json) {
            let all = format!("{}{}", parts[0], text.err);
            assert!(!all.contains(&hidden), "{hidden} of {}: {all}", vector.scheme);
        }
    }
}

/// The secrets, the values of headers, and all lines and longer words of the body. Excepted are texts in the provider
/// files, such as a header's name, and the id and type of the event.
fn hidden(vector: &Vector, output: &Output) -> Vec<String> {
    let secrets = secret::texts(&vector.secret).unwrap_or_default();
    let headers = vector.headers.as_object().unwrap().values().filter_map(Value::as_str);
    let body = Encoding::Base64.decode(&vector.body_base64).unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    let words = body.split(|c: char| c.is_whitespace() || "\"{}[],".contains(c));
    let texts = headers.chain(body.lines()).chain(words).map(str::to_owned);
    let shown = shown(output);
    let known = |text: &String| shown.iter().any(|shown| shown.contains(text.as_str()));
    let long = texts.chain(secrets).filter(|text| text.len() >= 8);
    long.filter(|text| !known(text) && !is_in_provider_files(text)).collect()
}

/// The parts of a request that may be printed: the id and type of its event, the places read, its time.
fn shown(output: &Output) -> Vec<String> {
    let json = output.json();
    let id = json["event"]["id"].as_array().cloned().unwrap_or_default();
    let read = json["read"].as_array().cloned().unwrap_or_default();
    let rest = [json["event"]["type"].clone(), json["signed_at"].clone()];
    let texts = id.into_iter().chain(read).chain(rest);
    let texts = texts.filter_map(|text| text.as_str().map(str::to_owned));
    // A longer text, or JSON, is content and not an id.
    texts.filter(|text| text.len() <= 100 && !text.starts_with(['{', '['])).collect()
}

/// Whether a text is in the provider files.
fn is_in_provider_files(text: &str) -> bool {
    static FILES: LazyLock<String> = LazyLock::new(|| {
        provider::names().into_iter().map(|name| provider::file(name).unwrap()).collect()
    });
    FILES.contains(text) || "application/json".contains(text)
}
