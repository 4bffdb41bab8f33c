//! The order of things, as in ingest: is it a handshake, does that bring its token, is it signed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::webhook::handshake::Handshake;
use shared::webhook::reply::Answer;
use shared::webhook::scheme::{self, Refusal, Scheme, Verified as Proven};

use super::report::{Matched, Outcome, Refused, Report, Shaken, Verified};
use super::saved::Saved;
use super::{handshake, hints, notes, said, step};
use crate::Failure;
use crate::event::Event;
use crate::source::Source;
use crate::words;

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
    let handshake = handshake::find(source, request);
    if let Some(handshake) = handshake {
        if let Err(refusal) = handshake::admit(source, handshake, request) {
            report.outcome = refused(&refusal, vec![hints::token(source)]);
            return Ok(report);
        }
        if !handshake.verified {
            return Ok(shaken(
                report,
                handshake,
                handshake::shake(source, handshake, request, None)?,
            ));
        }
    }
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
    if handshake.is_none() {
        report.notes.extend(notes::method(source, request));
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
    let reply = &source.provider.reply;
    let answer = reply.answer(proven.request(), &source.params, &BTreeMap::new());
    // What cannot be echoed costs no 2xx, as in ingest.
    let answer = answer.unwrap_or_else(|_| Answer { status: reply.status(), ..Answer::default() });
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
    Outcome::Refused(Refused { class, detail, hints })
}
