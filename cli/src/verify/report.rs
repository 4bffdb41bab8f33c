//! What there is to say of a request, before it is written for people or machines.

use jiff::Timestamp;
use serde_json::Value;

use crate::event::Event;

/// What was found of one request.
pub struct Report {
    /// The provider's name.
    pub provider: String,
    /// The provider's title.
    pub title: String,
    /// How many secrets were tried.
    pub secrets: usize,
    /// The schemes that were tried, in their order.
    pub steps: Vec<Step>,
    /// How it ended.
    pub outcome: Outcome,
    /// What ingest would do besides, and what else an operator should know.
    pub notes: Vec<String>,
}

/// How it ended.
pub enum Outcome {
    /// The signature is good.
    Verified(Box<Verified>),
    /// It is not.
    Refused(Refused),
    /// It asked for an answer.
    Handshake(Box<Shaken>),
}

/// A request whose signature is good.
pub struct Verified {
    /// The position of the scheme.
    pub scheme: usize,
    /// The secret that made it.
    pub secret: Matched,
    /// The provider's own timestamp.
    pub signed_at: Option<Timestamp>,
    /// Its event, as ingest would know it.
    pub event: Event,
    /// What ingest would answer.
    pub reply: Said,
}

/// The secret that made a signature.
pub struct Matched {
    /// Its position, 0 being the newest.
    pub position: usize,
    /// By which it is told from others.
    pub fingerprint: String,
}

/// A refused request.
pub struct Refused {
    /// The HTTP status that the sender gets.
    pub status: u16,
    /// The class, as ingest's answer has it.
    pub class: &'static str,
    /// What exactly.
    pub detail: String,
    /// What may have gone wrong, and what would have matched.
    pub hints: Vec<String>,
}

/// A handshake that would be answered.
pub struct Shaken {
    /// Its name.
    pub title: String,
    /// The secret by which it was verified, where it is.
    pub secret: Option<Matched>,
    /// The position of the scheme by which it was verified.
    pub scheme: Option<usize>,
    /// The provider's own timestamp.
    pub signed_at: Option<Timestamp>,
    /// The answer.
    pub reply: Said,
}

/// An answer.
pub struct Said {
    /// The status.
    pub status: u16,
    /// The headers, the content type among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: SaidBody,
    /// Headers and body as lines for a person.
    pub lines: Vec<String>,
}

/// The body of an answer.
pub enum SaidBody {
    /// None.
    Empty,
    /// `{"id": …}` of the event, which a saved request does not have.
    Id,
    /// text/plain.
    Text(String),
    /// application/json.
    Json(Value),
}

/// What was done by one scheme.
pub struct Step {
    /// The scheme's position.
    pub position: usize,
    /// How many schemes its provider has.
    pub of: usize,
    /// The scheme in a few words.
    pub scheme: String,
    /// The places that were read.
    pub read: Vec<String>,
    /// What was signed, by signature.
    pub signed: Vec<Signed>,
    /// The timestamp, its age and the tolerance, in words.
    pub time: Option<String>,
    /// The timestamp.
    pub signed_at: Option<Timestamp>,
    /// What came of it.
    pub result: String,
    /// Whether the request itself names the hash of another body.
    pub other_body: bool,
}

/// What one signature is over.
pub struct Signed {
    /// Its length.
    pub bytes: usize,
    /// Its SHA-256, in hex; `{secret}` in place of a secret that is part of it.
    pub sha256: String,
    /// Whether a secret is part of it.
    pub has_secret: bool,
    /// With what it is made, where the request says so and not the scheme.
    pub algorithm: Option<&'static str>,
    /// How many contents it may have been.
    pub candidates: usize,
    /// How many signatures the request has for it.
    pub signatures: usize,
    /// The secret that made one of them, by its position.
    pub by: Option<usize>,
}

impl Report {
    /// The step that decided; none where the request carried no signature, or none was asked for.
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
