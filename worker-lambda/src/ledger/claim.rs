//! Claims the ledger entry of a reference's event, and settles it. On the happy path that is one write each.

use jiff::{SignedDuration, Timestamp};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;

use super::entry::{ClaimDecision, ClaimRequest, Entry, State};
use super::{Ledger, LedgerError};

/// The ledger key of a reference's event. If the provider sends no id, that may be the key of the previous dedupe
/// window: the event is the same as the one that began that window, if that one was received within `dedupe_window`. An
/// event that already has an entry under its own key keeps it.
pub async fn key_of(ledger: &impl Ledger, reference: &Reference) -> Result<LedgerKey, LedgerError> {
    let Some(previous) = &reference.previous_window else { return Ok(reference.ledger_key) };
    let entry = ledger.get(&previous.ledger_key).await?;
    let is_same = entry.is_some_and(|entry| entry.received_at >= previous.since);
    let has_own_entry = is_same && ledger.get(&reference.ledger_key).await?.is_some();
    Ok(if is_same && !has_own_entry { previous.ledger_key } else { reference.ledger_key })
}

/// The result of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The entry is leased to this worker, and the attempt is counted.
    Taken(Box<Entry>),
    /// Hide the message until then.
    NotBefore(Timestamp),
    /// Acknowledge the message: this event has settled the entry.
    Settled(EventId),
}

/// Claims a reference's event. Most events are new, so the first write is tried without a read.
pub async fn claim(
    ledger: &impl Ledger,
    request: &ClaimRequest<'_>,
) -> Result<Claimed, LedgerError> {
    let key = &request.key;
    let first = Entry::first(request);
    let existing = match ledger.put(key, &first, None).await {
        Ok(()) => return Ok(Claimed::Taken(Box::new(first))),
        Err(LedgerError::Conflict(existing)) => existing,
        Err(error) => return Err(error),
    };
    match existing.decide(request) {
        ClaimDecision::NotBefore(until) => Ok(Claimed::NotBefore(until)),
        ClaimDecision::Settled => Ok(Claimed::Settled(existing.event_id)),
        ClaimDecision::Try(entry) => match ledger.put(key, &entry, Some(existing.revision)).await {
            Ok(()) => Ok(Claimed::Taken(entry)),
            // Another worker claimed it between the two writes. Look again soon.
            Err(LedgerError::Conflict(_)) => {
                Ok(Claimed::NotBefore(request.now + SignedDuration::from_secs(1)))
            }
            Err(error) => Err(error),
        },
    }
}

/// Writes the state of a claimed entry. A conflict means that the lease ended first, and that another worker decides.
pub async fn settle(
    ledger: &impl Ledger,
    request: &ClaimRequest<'_>,
    entry: &Entry,
    (state, reason): (State, Option<String>),
    now: Timestamp,
) -> Result<(), LedgerError> {
    let settled = entry.settled(state, reason, now);
    ledger.put(&request.key, &settled, Some(entry.revision)).await
}
