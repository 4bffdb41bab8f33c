//! The order of things, as in ingest: is it a handshake, does that bring its token, is it signed.

use jiff::Timestamp;
use shared::provider::RequestKind;
use shared::webhook::handshake::Handshake;
use shared::webhook::rejection::Rejection;
use shared::webhook::scheme::{self, Refusal, Scheme, Verified as Proven};

use super::report::{Matched, Outcome, Refused, Report, Shaken, Verified};
use super::saved::Saved;
use super::{handshake, hints, notes, said, step};
use crate::Failure;
use crate::event::Event;
use crate::source::Source;
use crate::words;

/// The default of `body_limit` in `infra/variables.tf`, in bytes. A stack may set less.
const BODY_LIMIT: usize = 6_291_456;

/// When a request was received.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// Then.
    Known(Timestamp),
    /// Nobody says; so now.
    Now(Timestamp),
}

/// Judges a saved request.
pub fn judge(source: &Source, saved: &Saved, moment: Moment) -> Result<Report, Failure> {
    let (Moment::Known(now) | Moment::Now(now)) = moment;
    let mut report = Report {
        provider: source.name.clone(),
        title: source.provider.title.clone(),
        secrets: source.secrets.texts.len(),
        steps: Vec::new(),
        outcome: refused(&Refusal::Mismatch, Vec::new()),
        notes: notes::before(source, saved),
    };
    let request = &saved.request;
    let handshake = match source.rules.classify(request, None, BODY_LIMIT) {
        Ok(RequestKind::Handshake(handshake)) if !handshake.verified => {
            let answer = handshake::shake(source, handshake, request, None)?;
            return Ok(shaken(report, handshake, answer));
        }
        Ok(RequestKind::Handshake(handshake)) => Some(handshake),
        Ok(RequestKind::Event) => None,
        Err(Rejection::Signature(refusal)) => {
            report.outcome = refused(&refusal, vec![hints::token(source)]);
            return Ok(report);
        }
        Err(rejection) => {
            let ((status, class), detail) = (rejection.status(), rejection.to_string());
            report.outcome = Outcome::Refused(Refused { status, class, detail, hints: Vec::new() });
            return Ok(report);
        }
    };
    if source.secrets.texts.is_empty() {
        return Err(Failure::unusable(format!(
            "--secret-file is needed: the request is none of the handshakes that do without. What is \
             wanted: {}",
            source.wanted_secret()
        )));
    }
    let schemes: Vec<Scheme> = source.ways.iter().map(|way| way.scheme.clone()).collect();
    let texts = &source.secrets.texts;
    report.steps = step::steps(&source.ways, texts, request, now);
    let case = hints::Case::new(source, request, &report.steps, moment);
    if !source.has_usable_secret() {
        return Err(unusable(source, &case));
    }
    match scheme::verify(&schemes, texts, request.clone(), now) {
        Err(_) => return Err(unusable(source, &case)),
        Ok(Err(refusal)) => {
            let refusal = &refusal.refusal;
            needs_param(refusal)?;
            report.outcome = refused(refusal, hints::of(&case, refusal));
        }
        Ok(Ok(proven)) => {
            let matched = proven.matched();
            report = match handshake {
                Some(handshake) => {
                    let answer = handshake::shake(source, handshake, request, Some(matched))?;
                    shaken(report, handshake, answer)
                }
                None => Report { outcome: event_of(source, saved, &proven), ..report },
            };
            report.notes.extend(notes::unsigned(source, matched));
            report.notes.extend(notes::since_stored(source, saved, matched));
        }
    }
    Ok(report)
}

/// A secret that is no key, and what would be one.
fn unusable(source: &Source, case: &hints::Case<'_>) -> Failure {
    let hints: String = hints::of_secret(case).iter().map(|hint| format!("\n  - {hint}")).collect();
    Failure::unusable(source.unusable_secret() + &hints)
}

fn shaken(report: Report, handshake: &Handshake, shaken: Result<Shaken, Refusal>) -> Report {
    let mut notes = report.notes;
    let outcome = match shaken {
        Ok(shaken) => {
            notes.extend(handshake::besides(handshake).map(str::to_owned));
            Outcome::Handshake(Box::new(shaken))
        }
        Err(refusal) => refused(&refusal, Vec::new()),
    };
    Report { outcome, notes, ..report }
}

fn event_of(source: &Source, saved: &Saved, proven: &Proven) -> Outcome {
    let matched = proven.matched();
    let (answer, _missing) = source.rules.answer_event(proven.request());
    let name = saved.stored.as_ref().map_or(source.name.as_str(), |stored| &stored.source);
    Outcome::Verified(Box::new(Verified {
        scheme: matched.scheme,
        secret: Matched { position: matched.secret, fingerprint: matched.fingerprint.clone() },
        signed_at: matched.signed_at,
        event: Event::of(source, name, proven),
        reply: said::masked(answer, &source.secrets),
    }))
}

/// What is missing from our own arguments is no fault of the request's.
fn needs_param(refusal: &Refusal) -> Result<(), Failure> {
    match refusal {
        Refusal::Missing(place) => match place.strip_prefix("parameter ") {
            Some(param) => Err(Failure::unusable(format!("the scheme needs --param {param}=…"))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn refused(refusal: &Refusal, hints: Vec<String>) -> Outcome {
    let (class, detail) = match refusal {
        Refusal::Missing(place) => ("missing", format!("{place}: nothing stands there")),
        Refusal::Malformed(place) => {
            // `timestamp` and the name of its field.
            let place = place
                .strip_prefix("timestamp ")
                .map_or_else(|| place.clone(), |field| format!("the timestamp (field `{field}`)"));
            ("malformed", format!("{place}: what stands there is not written as the scheme says"))
        }
        Refusal::Stale(age) => {
            let direction = if *age >= 0 { "before" } else { "after" };
            ("stale", format!("signed {} {direction} it was received", words::duration(*age)))
        }
        Refusal::Forbidden(reason) => ("forbidden", reason.clone()),
        Refusal::Mismatch => {
            ("mismatch", "no secret makes this signature over this request".to_owned())
        }
    };
    let (status, _) = Rejection::Signature(refusal.clone()).status();
    Outcome::Refused(Refused { status, class, detail, hints })
}
