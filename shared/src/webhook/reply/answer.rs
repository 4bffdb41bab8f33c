//! An answer, made.

use serde_json::Value;

/// An answer, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
}

/// The body of an answer, and with it its content type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnswerBody {
    /// `{"id": …}` of the event.
    Id,
    /// None.
    #[default]
    Empty,
    /// text/plain.
    Text(String),
    /// application/json.
    Json(Value),
}

/// What was to be echoed is not there, or not fit to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplyError(pub String);
