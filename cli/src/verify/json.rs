//! The findings as one JSON object, for machines.

use serde_json::{Value, json};

use super::report::{Matched, Outcome, Refused, Report, Said, SaidBody};
use crate::event::Event;

/// All that was found; null where there is nothing.
pub(super) fn of(report: &Report) -> Value {
    let decisive = report.decisive();
    let signed = decisive.and_then(|step| {
        step.signed.iter().find(|signed| signed.by.is_some()).or(step.signed.first())
    });
    let mut json = json!({
        "outcome": null, "provider": report.provider, "scheme": decisive.map(|step| step.position),
        "secret": null,
        "signed_at": decisive.and_then(|step| step.signed_at),
        "content": signed.map(|signed| json!({ "bytes": signed.bytes, "sha256": signed.sha256 })),
        "read": read(report), "refusal": null, "reply": null, "event": null, "notes": report.notes,
    });
    match &report.outcome {
        Outcome::Verified(verified) => {
            json["outcome"] = "verified".into();
            json["secret"] = secret(&verified.secret);
            json["event"] = event(&verified.event);
            json["reply"] = reply(&verified.reply);
        }
        Outcome::Refused(Refused { status, class, detail, hints }) => {
            json["outcome"] = "refused".into();
            json["refusal"] = json!({ "class": class, "detail": detail, "hints": hints });
            json["reply"] = json!({ "status": status });
        }
        Outcome::Handshake(shaken) => {
            json["outcome"] = "handshake".into();
            json["secret"] = shaken.secret.as_ref().map_or(Value::Null, secret);
            json["reply"] = reply(&shaken.reply);
        }
    }
    json
}

/// Where was read: by the scheme that decided, or by all where none found anything.
fn read(report: &Report) -> Value {
    match report.decisive() {
        Some(step) => step.read.clone().into(),
        None => Value::Array(Vec::new()),
    }
}

fn secret(Matched { position, fingerprint }: &Matched) -> Value {
    json!({ "position": position, "fingerprint": fingerprint })
}

fn event(Event { id, kind, .. }: &Event) -> Value {
    json!({ "id": id, "type": kind })
}

/// In the form of the vectors' `expected_response`.
fn reply(said: &Said) -> Value {
    let headers: serde_json::Map<_, _> =
        said.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let mut json = json!({ "status": said.status, "headers": headers });
    match &said.body {
        SaidBody::Empty => {}
        SaidBody::Id => json["json"] = json!({ "id": null }),
        SaidBody::Text(text) => json["text"] = text.clone().into(),
        SaidBody::Json(body) => json["json"] = body.clone(),
    }
    json
}
