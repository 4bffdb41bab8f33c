//! Decides about a request in the order of ingest: body size, handshake or method, the handshake's token, then the
//! signature. A saved request does not show the connection that it came by, so that nothing is demanded of it.

use shared::provider::RequestKind;
use shared::webhook::connection::Connection;
use shared::webhook::handshake::Handshake;
use shared::webhook::rejection::Rejection;
use shared::webhook::scheme::{self, Refusal, Verified as VerifiedRequest};

use super::report::{Matched, Outcome, ReceivedAt, Report, Step, Verified};
use super::saved::SavedRequest;
use super::{handshake, hints, notes, reply, step, stored_token};
use crate::Failure;
use crate::event::Event;
use crate::source::Source;

/// The largest body that ingest accepts, in bytes: the default of `body_limit` in `infra/variables.tf`. A stack may set
/// less.
const BODY_LIMIT: usize = 6 * 1024 * 1024;

/// Decides about a saved request as ingest would at the time of receipt. The error says what is wrong with the
/// arguments.
pub fn judge(
    source: &Source,
    saved: &SavedRequest,
    received_at: ReceivedAt,
) -> Result<Report, Failure> {
    let request = &saved.request;
    let mut notes = notes::before(source, saved);
    let connection = Connection::default();
    let (steps, outcome) = match source.rules.classify(request, &connection, BODY_LIMIT) {
        Err(rejection) => {
            let is_about_token = matches!(rejection, Rejection::Signature(_));
            let hints = is_about_token.then(|| hints::token(source)).into_iter().collect();
            (Vec::new(), Outcome::refused(&rejection, hints))
        }
        Ok(RequestKind::Handshake(handshake)) if !handshake.verified => {
            let outcome = handshake::answer(source, handshake, request, None)?;
            notes.extend(action_note(handshake, &outcome));
            (Vec::new(), outcome)
        }
        Ok(RequestKind::Handshake(handshake)) => {
            verify(source, saved, Some(handshake), received_at, &mut notes)?
        }
        Ok(RequestKind::Event) => verify(source, saved, None, received_at, &mut notes)?,
    };
    Ok(Report {
        provider: source.rules.provider.clone(),
        title: source.provider.title.clone(),
        secrets: source.secrets.texts.len(),
        steps,
        outcome,
        notes,
    })
}

/// Verifies the signature of an event, or of a signed handshake. Adds what an operator should know to `notes`.
fn verify(
    source: &Source,
    saved: &SavedRequest,
    handshake: Option<&Handshake>,
    received_at: ReceivedAt,
    notes: &mut Vec<String>,
) -> Result<(Vec<Step>, Outcome), Failure> {
    let (request, texts) = (&saved.request, &source.secrets.texts);
    if texts.is_empty() {
        return Err(Failure::unusable(format!(
            "--secret-file is needed, because the request is not an unsigned handshake. Expected: {}",
            source.expected_secret()
        )));
    }
    let now = received_at.time();
    let steps = step::steps(&source.schemes, texts, request, now);
    let case = hints::Case::new(source, request, &steps, received_at);
    if !source.has_usable_secret() {
        return Err(unusable_secret(source, &case));
    }
    if texts.iter().any(|secret| source.rules.is_public(secret)) {
        let note =
            "everyone may know this secret: ingest accepts it only if the source has allow_cidrs";
        notes.push(note.to_owned());
    }
    if source.secrets.resembles_list() {
        notes.push(
            "the secret looks like a JSON list of secrets, but is not one: it is used as one secret"
                .to_owned(),
        );
    }
    // Ingest refuses what is unsigned, malformed or stale by any scheme before it fetches a secret.
    let fresh = scheme::check_before_keys(&source.rules.schemes, request, now);
    let verified = fresh.map(|()| {
        let verified = scheme::verify(&source.rules.schemes, texts, request.clone(), now);
        verified.map(|verified| verified.map_err(|refused| refused.refusal))
    });
    let verified = match verified {
        Ok(Err(_)) => return Err(unusable_secret(source, &case)),
        Ok(Ok(Ok(verified))) => verified,
        Ok(Ok(Err(refusal))) | Err(refusal) => {
            check_params(&refusal)?;
            stored_token::check(source, saved, &steps)?;
            let hints = hints::of(&case, &refusal);
            return Ok((steps, Outcome::refused(&refusal.into(), hints)));
        }
    };
    let matched = verified.matched();
    let outcome = match handshake {
        Some(handshake) => {
            let outcome = handshake::answer(source, handshake, request, Some(matched))?;
            notes.extend(action_note(handshake, &outcome));
            outcome
        }
        None => event(source, saved, &verified),
    };
    notes.extend(notes::unsigned(source, matched));
    Ok((steps, outcome))
}

/// The error for secrets that are not keys, with hints about what would make them keys.
fn unusable_secret(source: &Source, case: &hints::Case<'_>) -> Failure {
    let hints: String = hints::of_secret(case).iter().map(|hint| format!("\n  - {hint}")).collect();
    Failure::unusable(source.unusable_secret() + &hints)
}

fn action_note(handshake: &Handshake, outcome: &Outcome) -> Option<String> {
    let is_answered = matches!(outcome, Outcome::Handshake(_));
    handshake::action_note(handshake).filter(|_| is_answered).map(str::to_owned)
}

fn event(source: &Source, saved: &SavedRequest, verified: &VerifiedRequest) -> Outcome {
    let matched = verified.matched();
    let (answer, _) = source.rules.answer_event(verified.request());
    let name = saved.stored.as_ref().map_or(source.rules.name.as_str(), |stored| &stored.source);
    Outcome::Verified(Box::new(Verified {
        scheme: matched.scheme,
        secret: Matched::of(matched),
        signed_at: matched.signed_at,
        event: Event::new(source, name, verified),
        reply: reply::masked(answer, &source.secrets),
    }))
}

/// An error if the refusal is the consequence of a param that the arguments leave out.
fn check_params(refusal: &Refusal) -> Result<(), Failure> {
    match refusal {
        Refusal::Missing(place) => match place.strip_prefix("parameter ") {
            Some(param) => Err(Failure::unusable(format!("the scheme needs --param {param}=…"))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::Module;
    use crate::terraform::literal::constant;

    #[test]
    fn the_body_limit_is_the_default_of_the_terraform_module() {
        let variable = &Module::embedded().unwrap().variables["body_limit"];
        let default = constant(variable.default.as_ref().unwrap()).unwrap();
        assert_eq!(default.as_text().unwrap(), BODY_LIMIT.to_string());
    }
}
