//! The findings about a request, before they are rendered.

use jiff::Timestamp;
use serde_json::Value;
use shared::webhook::rejection::Rejection;
use shared::webhook::scheme::{Match, Refusal};

use crate::describe;
use crate::event::Event;

/// When a request was received.
#[derive(Clone, Copy, Debug)]
pub enum ReceivedAt {
    /// At this time, from the arguments or the stored event.
    Known(Timestamp),
    /// Not known; the current time is taken instead.
    Now(Timestamp),
}

impl ReceivedAt {
    /// The time to verify at.
    pub(super) fn time(self) -> Timestamp {
        let (Self::Known(time) | Self::Now(time)) = self;
        time
    }
}

/// The findings about one request.
pub struct Report {
    /// The provider's name.
    pub provider: String,
    /// The provider's title.
    pub title: String,
    /// The number of secrets that were tried.
    pub secrets: usize,
    /// The schemes that were tried, in their order.
    pub steps: Vec<Step>,
    /// What ingest would do.
    pub outcome: Outcome,
    /// What else an operator should know.
    pub notes: Vec<String>,
}

/// What ingest would do with a request.
pub enum Outcome {
    /// Accept it as an event: its signature is good.
    Verified(Box<Verified>),
    /// Refuse it.
    Refused(Refused),
    /// Answer it, and store nothing.
    Handshake(Box<HandshakeAnswer>),
}

/// A request whose signature is good.
pub struct Verified {
    /// The position of the scheme among its provider's, from 0.
    pub scheme: usize,
    /// The secret that matches.
    pub secret: Matched,
    /// The provider's own timestamp.
    pub signed_at: Option<Timestamp>,
    /// The event that ingest would store.
    pub event: Event,
    /// What ingest would answer.
    pub reply: Reply,
}

/// The secret that matches a signature.
pub struct Matched {
    /// Its position, 0 being the newest.
    pub position: usize,
}

/// A refused request.
pub struct Refused {
    /// The HTTP status that the sender would get.
    pub status: u16,
    /// The class of the refusal: `mismatch`, `stale`, `body_too_large`.
    pub class: &'static str,
    /// The place and the reason.
    pub detail: String,
    /// What may be the cause, and what would have matched.
    pub hints: Vec<String>,
}

/// A handshake that would be answered.
pub struct HandshakeAnswer {
    /// The handshake's name.
    pub title: String,
    /// The secret that matches, if the handshake is signed.
    pub secret: Option<Matched>,
    /// The position of the scheme that it is signed by, from 0.
    pub scheme: Option<usize>,
    /// The provider's own timestamp.
    pub signed_at: Option<Timestamp>,
    /// What ingest would answer.
    pub reply: Reply,
}

/// An answer of ingest.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, including the content type.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ReplyBody,
    /// The headers and the body as lines of text.
    pub lines: Vec<String>,
}

/// The body of an answer.
pub enum ReplyBody {
    /// No body.
    Empty,
    /// `{"id": …}` with the event's id, which a saved request does not have yet.
    Id,
    /// A body of type text/plain.
    Text(String),
    /// A body of type application/json.
    Json(Value),
}

/// What one scheme found.
pub struct Step {
    /// The scheme's position among its provider's, from 0.
    pub position: usize,
    /// The number of schemes that its provider has.
    pub of: usize,
    /// A description of the scheme.
    pub scheme: String,
    /// The places that were read; empty if the request carries no signature of this scheme.
    pub read: Vec<String>,
    /// The signed contents: several if the request is a list of signed items.
    pub signed: Vec<Signed>,
    /// A description of the timestamp, its age and the tolerance.
    pub time: Option<String>,
    /// The timestamp.
    pub signed_at: Option<Timestamp>,
    /// A description of the result.
    pub result: String,
    /// Whether the request has the hash of another body in it.
    pub other_body: bool,
}

/// The content of one signature.
pub struct Signed {
    /// The length in bytes.
    pub bytes: usize,
    /// The SHA-256 in hex, with `{secret}` in place of a secret in the content.
    pub sha256: String,
    /// Whether the content contains a secret.
    pub has_secret: bool,
    /// The algorithm, if the request chooses it and not the scheme.
    pub algorithm: Option<&'static str>,
    /// The number of contents that the signature may be over.
    pub candidates: usize,
    /// The number of signatures that the request carries for it.
    pub signatures: usize,
    /// The position of the secret that matches one of them, if any.
    pub by: Option<usize>,
}

impl Outcome {
    /// The outcome for a request that ingest rejects.
    pub(super) fn refused(rejection: &Rejection, hints: Vec<String>) -> Self {
        let (status, class) = rejection.status();
        let (class, detail) = match rejection {
            Rejection::Signature(refusal) => describe_refusal(refusal),
            other => (class, other.to_string()),
        };
        Self::Refused(Refused { status, class, detail, hints })
    }
}

/// The class of a refused signature in the report, and the place and the reason.
fn describe_refusal(refusal: &Refusal) -> (&'static str, String) {
    match refusal {
        Refusal::Missing(place) => ("missing", format!("{place}: nothing is there")),
        Refusal::Malformed(place) => {
            // The verifier writes `timestamp` and the name of its field.
            let place = place
                .strip_prefix("timestamp ")
                .map_or_else(|| place.clone(), |field| format!("the timestamp (field `{field}`)"));
            ("malformed", format!("{place}: its value is not in the format of the scheme"))
        }
        Refusal::Stale(age) => {
            let direction = if *age >= 0 { "before" } else { "after" };
            ("stale", format!("signed {} {direction} it was received", describe::duration(*age)))
        }
        Refusal::Forbidden(reason) => ("forbidden", reason.clone()),
        Refusal::Mismatch => {
            ("mismatch", "no secret makes this signature over this request".to_owned())
        }
    }
}

impl Matched {
    /// The secret of a match.
    pub(super) fn of(matched: &Match) -> Self {
        Self { position: matched.secret }
    }
}

impl Report {
    /// The step that decided; `None` if the request carries no signature, or needs none.
    pub fn decisive(&self) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.decided())
    }
}

impl Step {
    /// Whether the request carried a signature of this scheme.
    pub fn decided(&self) -> bool {
        !self.read.is_empty()
    }
}
