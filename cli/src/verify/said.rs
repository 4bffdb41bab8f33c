//! Answers, as they would go out.

use shared::webhook::reply::{Answer, AnswerBody};

use super::report::{Said, SaidBody};
use crate::source::Secrets;

/// An answer with its content type.
pub(super) fn of(answer: Answer) -> Said {
    let (content_type, body) = match answer.body {
        AnswerBody::Empty => (None, SaidBody::Empty),
        AnswerBody::Id => (Some("application/json"), SaidBody::Id),
        AnswerBody::Text(text) => (Some("text/plain"), SaidBody::Text(text)),
        AnswerBody::Json(json) => (Some("application/json"), SaidBody::Json(json)),
    };
    let mut headers = answer.headers;
    if let Some(content_type) = content_type
        && !headers.iter().any(|(name, _)| name == "content-type")
    {
        headers.insert(0, ("content-type".to_owned(), content_type.to_owned()));
    }
    let shown = match &body {
        SaidBody::Empty => None,
        SaidBody::Id => Some(r#"{"id":"…"}, the event's id"#.to_owned()),
        SaidBody::Text(text) => Some(text.clone()),
        SaidBody::Json(json) => Some(json.to_string()),
    };
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}")).chain(shown);
    Said { status: answer.status, lines: lines.collect(), headers, body }
}

/// The same with lines that have no secret in them: Adobe's client id, which every answer echoes.
pub(super) fn masked(answer: Answer, secrets: &Secrets) -> Said {
    let mut said = of(answer);
    said.lines.iter_mut().for_each(|line| *line = secrets.masked(line));
    said
}
