//! The findings as text and as JSON.

use serde_json::{Value, json};

use super::report::{Matched, Outcome, Refused, Reply, ReplyBody, Report, Signed, Step};
use crate::event::Event;

/// The findings as text.
pub(super) fn text(report: &Report) -> String {
    let mut text = verdict(report);
    for step in &report.steps {
        text += &render_step(step);
    }
    match &report.outcome {
        Outcome::Verified(verified) => {
            text += &render_event(&verified.event);
            text += &render_reply("ingest answers", &verified.reply);
        }
        Outcome::Handshake(answer) => text += &render_reply("the reply", &answer.reply),
        Outcome::Refused(refused) => {
            if !refused.hints.is_empty() {
                text += "\nwhat to look at\n";
            }
            refused.hints.iter().for_each(|hint| text += &format!("  - {hint}\n"));
        }
    }
    report.notes.iter().for_each(|note| text += &format!("\nnote: {note}\n"));
    text
}

fn verdict(report: &Report) -> String {
    let title = &report.title;
    match &report.outcome {
        Outcome::Verified(verified) => {
            format!(
                "VERIFIED: a webhook of {title}, by {}\n",
                which(&verified.secret, report.secrets)
            )
        }
        Outcome::Refused(refused) => format!("REFUSED, {}: {}\n", refused.class, refused.detail),
        Outcome::Handshake(answer) => {
            let signed = match &answer.secret {
                Some(secret) => format!("signed by {}", which(secret, report.secrets)),
                None => "not signed, and does not have to be".to_owned(),
            };
            format!("HANDSHAKE: {title}, {}; {signed}\n", answer.title)
        }
    }
}

fn which(secret: &Matched, of: usize) -> String {
    match (secret.position, of) {
        (_, 1) => "the secret".to_owned(),
        (0, _) => "secret 0, the newest".to_owned(),
        (position, _) => format!("secret {position}"),
    }
}

fn render_step(step: &Step) -> String {
    let mut text = match step.of {
        1 => format!("\n{}\n", step.scheme),
        of => format!("\nscheme {} of {of}: {}\n", step.position + 1, step.scheme),
    };
    if !step.read.is_empty() {
        text += &line("read", &step.read.join("; "));
    }
    for (number, signed) in step.signed.iter().enumerate() {
        let item = match step.signed.len() {
            1 => String::new(),
            of => format!("item {} of {of}: ", number + 1),
        };
        text += &line("signed", &format!("{item}{}", content(signed, step.signed.len())));
    }
    if let Some(time) = &step.time {
        text += &line("time", time);
    }
    text + &line("result", &step.result)
}

fn content(signed: &Signed, items: usize) -> String {
    let Signed { bytes, sha256, has_secret, algorithm, candidates, signatures, by } = signed;
    let mut text = format!("{bytes} bytes, SHA-256 {sha256}");
    if *has_secret {
        text += " with {secret} in place of the secret";
    }
    if let Some(algorithm) = algorithm {
        text += &format!(", by {algorithm}");
    }
    if *candidates > 1 {
        text += &match by {
            Some(_) => format!(" (one of {candidates} possible contents)"),
            None => format!(" (the first of {candidates} possible contents)"),
        };
    }
    if *signatures > 1 {
        text += &format!("; {signatures} signatures");
    }
    match (items, by) {
        (1, _) => {}
        (_, Some(position)) => text += &format!("; made with secret {position}"),
        (_, None) => text += "; made with no secret",
    }
    text
}

fn render_event(Event { id, event_type, items }: &Event) -> String {
    let id = match id {
        None => "none; deduplicated by its body, within dedupe_window".to_owned(),
        Some(parts) => {
            let shown =
                parts.iter().map(|part| part.as_deref().map_or("nothing".to_owned(), shown));
            let shown = shown.collect::<Vec<_>>().join(", ");
            match parts.iter().all(Option::is_some) {
                true => shown,
                false => format!("{shown}; a part is missing, so it is deduplicated by its body"),
            }
        }
    };
    let mut text = "\nits event\n".to_owned();
    text += &line("type", &event_type.as_deref().map_or("none".to_owned(), shown));
    text += &line("id", &id);
    if let Some(items) = items {
        text += &line("items", &items.to_string());
    }
    text
}

/// A value on one line, with control characters escaped.
fn shown(value: &str) -> String {
    value.escape_debug().to_string()
}

fn render_reply(heading: &str, reply: &Reply) -> String {
    let mut text = format!("\n{heading} {}\n", reply.status);
    reply.lines.iter().for_each(|line| text += &format!("  {}\n", visible(line)));
    text
}

/// A text without the control characters that would steer a terminal. An echoed value is under the sender's control.
fn visible(text: &str) -> String {
    let escape = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

fn line(name: &str, value: &str) -> String {
    format!("  {name:<8}{value}\n")
}

/// The findings as one JSON object, with null for what is not known.
pub(super) fn json(report: &Report) -> Value {
    let decisive = report.decisive();
    let signed = decisive.and_then(|step| {
        step.signed.iter().find(|signed| signed.by.is_some()).or(step.signed.first())
    });
    let mut json = json!({
        "outcome": null, "provider": report.provider, "scheme": decisive.map(|step| step.position),
        "secret": null,
        "signed_at": decisive.and_then(|step| step.signed_at),
        "content": signed.map(|signed| json!({ "bytes": signed.bytes, "sha256": signed.sha256 })),
        "read": decisive.map_or(Vec::new(), |step| step.read.clone()),
        "refusal": null, "reply": null, "event": null, "notes": report.notes,
    });
    match &report.outcome {
        Outcome::Verified(verified) => {
            json["outcome"] = "verified".into();
            json["secret"] = secret_json(&verified.secret);
            json["event"] = json!({ "id": verified.event.id, "type": verified.event.event_type });
            json["reply"] = reply_json(&verified.reply);
        }
        Outcome::Refused(Refused { class, status, detail, hints }) => {
            json["outcome"] = "refused".into();
            json["refusal"] = json!({ "class": class, "detail": detail, "hints": hints });
            json["reply"] = json!({ "status": status });
        }
        Outcome::Handshake(answer) => {
            json["outcome"] = "handshake".into();
            json["secret"] = answer.secret.as_ref().map_or(Value::Null, secret_json);
            json["reply"] = reply_json(&answer.reply);
        }
    }
    json
}

fn secret_json(Matched { position }: &Matched) -> Value {
    json!({ "position": position })
}

/// A reply in the form of `expected_response` in the provider files' test vectors.
fn reply_json(reply: &Reply) -> Value {
    let headers: serde_json::Map<_, _> =
        reply.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let mut json = json!({ "status": reply.status, "headers": headers });
    match &reply.body {
        ReplyBody::Empty => {}
        ReplyBody::Id => json["json"] = json!({ "id": null }),
        ReplyBody::Text(text) => json["text"] = text.clone().into(),
        ReplyBody::Json(body) => json["json"] = body.clone(),
    }
    json
}
