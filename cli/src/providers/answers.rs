//! Describes replies and handshakes.

use serde_json::Value;
use shared::webhook::handshake::Action;

use super::Entry;
use super::page::Page;

/// A description of a reply, from its JSON.
pub(super) fn reply(file: &Value) -> String {
    let status = file["status"].as_u64().unwrap_or(200);
    let body = match file {
        _ if file["empty"] == true => "no body".to_owned(),
        _ if file["text"].is_string() => {
            format!("the text `{}`", file["text"].as_str().unwrap_or_default())
        }
        _ if file["json"].is_object() => format!("the JSON {}", file["json"]),
        _ => "the event's id as JSON".to_owned(),
    };
    let headers = file["headers"].as_object().into_iter().flatten();
    let headers: String = headers
        .map(|(name, value)| format!(", {name}: {}", value.as_str().unwrap_or_default()))
        .collect();
    format!("{status}, {body}{headers}")
}

/// Writes the section about a provider's handshakes, if it has any.
pub(super) fn handshakes(page: &mut Page, entry: &Entry) {
    let handshakes = &entry.provider.handshakes;
    if !handshakes.is_empty() {
        page.section("Handshakes, which ingest answers and never queues");
    }
    let files = entry.file["handshakes"].as_array().map_or(&[][..], Vec::as_slice);
    for (handshake, file) in handshakes.iter().zip(files) {
        let signed = if handshake.verified { "signed like an event" } else { "not signed" };
        page.item(&format!("{}: {}, {signed}", handshake.title, handshake.method));
        let conditions = file["when"].as_array().into_iter().flatten().map(condition);
        let conditions: Vec<_> = conditions.collect();
        if !conditions.is_empty() {
            page.below(&format!("when {}", conditions.join(", and ")));
        }
        if let Some(param) = file["token"]["equals_param"].as_str() {
            page.below(&format!("only if {} is the param {param}", place(&file["token"])));
        }
        for (name, field) in file["fields"].as_object().into_iter().flatten() {
            page.below(&format!("{name}: {}", place(field)));
        }
        if let Some(of) = file["mac"]["of"].as_str() {
            let algorithm = file["mac"]["algorithm"].as_str().unwrap_or("hmac-sha256");
            page.below(&format!("mac: {algorithm} of {of}, with the secret"));
        }
        match handshake.then {
            Some(Action::ConfirmSubscription) => {
                page.below("before that, ingest visits its SubscribeURL")
            }
            Some(Action::Enroll) => page.below(
                "before that, ingest stores the secret in it, if the source sets enroll = true",
            ),
            None => {}
        }
        page.below(&format!("answered with {}", reply(&file["reply"])));
    }
}

fn condition(file: &Value) -> String {
    let place = place(file);
    match (file["absent"] == true, file["is"].as_str()) {
        (true, _) => format!("{place} is missing"),
        (false, Some(text)) => format!("{place} is `{text}`"),
        (false, None) => format!("{place} is present"),
    }
}

fn place(file: &Value) -> String {
    let places =
        ["header", "query", "body", "param"].map(|kind| Some((kind, file[kind].as_str()?)));
    match places.into_iter().flatten().next() {
        Some(("query", name)) => format!("query parameter {name}"),
        Some(("param", name)) => format!("the param {name}"),
        Some((kind, name)) => format!("{kind} {name}"),
        None => "the path".to_owned(),
    }
}
