//! Answers as ingest would send them.

use shared::webhook::reply::{Answer, AnswerBody};

use super::report::{Reply, ReplyBody};
use crate::source::Secrets;

/// An answer with its content type as a header.
pub(super) fn of(answer: Answer) -> Reply {
    let (content_type, body) = match answer.body {
        AnswerBody::Empty => (None, ReplyBody::Empty),
        AnswerBody::Id => (Some("application/json"), ReplyBody::Id),
        AnswerBody::Text(text) => (Some("text/plain"), ReplyBody::Text(text)),
        AnswerBody::Json(json) => (Some("application/json"), ReplyBody::Json(json)),
    };
    let mut headers = answer.headers;
    if let Some(content_type) = content_type
        && !headers.iter().any(|(name, _)| name == "content-type")
    {
        headers.insert(0, ("content-type".to_owned(), content_type.to_owned()));
    }
    let shown = match &body {
        ReplyBody::Empty => None,
        ReplyBody::Id => Some(r#"{"id":"…"}, the event's id"#.to_owned()),
        ReplyBody::Text(text) => Some(text.clone()),
        ReplyBody::Json(json) => Some(json.to_string()),
    };
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}")).chain(shown);
    Reply { status: answer.status, lines: lines.collect(), headers, body }
}

/// The same, with secrets masked in its lines. Adobe's client id is a secret, and every answer echoes it.
pub(super) fn masked(answer: Answer, secrets: &Secrets) -> Reply {
    let mut reply = of(answer);
    reply.lines.iter_mut().for_each(|line| *line = secrets.masked(line));
    reply
}
