//! Claiming a reference's event, and saying how it then stands: on the happy path, one write each.

use jiff::{SignedDuration, Timestamp};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;

use super::entry::{Answer, Entry, State, Wish};
use super::{Ledger, LedgerError};

/// Under what the ledger knows a reference's event: where events are told apart by their bodies, it
/// may be the one that began the window before. What was begun under a key of its own stays there.
pub async fn key_of(ledger: &impl Ledger, reference: &Reference) -> Result<LedgerKey, LedgerError> {
    let Some(earlier) = &reference.previous_window else { return Ok(reference.ledger_key) };
    let standing = ledger.get(&earlier.ledger_key).await?;
    let is_same = standing.is_some_and(|entry| entry.received_at >= earlier.since);
    let is_begun = is_same && ledger.get(&reference.ledger_key).await?.is_some();
    Ok(if is_same && !is_begun { earlier.ledger_key } else { reference.ledger_key })
}

/// What came of a wish to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours until the lease ends. The attempt is counted.
    Taken(Box<Entry>),
    /// Hide the message until then.
    NotBefore(Timestamp),
    /// Acknowledge the message: this event has settled it.
    Settled(EventId),
}

/// Claims a reference's event. Most events are new, so that is tried first, without a read.
pub async fn claim(ledger: &impl Ledger, wish: &Wish<'_>) -> Result<Claimed, LedgerError> {
    let key = &wish.key;
    let first = Entry::first(wish);
    let standing = match ledger.put(key, &first, None).await {
        Ok(()) => return Ok(Claimed::Taken(Box::new(first))),
        Err(LedgerError::Conflict(standing)) => standing,
        Err(error) => return Err(error),
    };
    match standing.answer(wish) {
        Answer::NotBefore(until) => Ok(Claimed::NotBefore(until)),
        Answer::Settled => Ok(Claimed::Settled(standing.event_id)),
        Answer::Try(entry) => match ledger.put(key, &entry, Some(standing.revision)).await {
            Ok(()) => Ok(Claimed::Taken(entry)),
            // Somebody else took it between our two writes: look again in a moment.
            Err(LedgerError::Conflict(_)) => {
                Ok(Claimed::NotBefore(wish.now + SignedDuration::from_secs(1)))
            }
            Err(error) => Err(error),
        },
    }
}

/// Says how a claimed entry now stands. A conflict means that the lease ended before we did, and
/// that another worker decides.
pub async fn settle(
    ledger: &impl Ledger,
    wish: &Wish<'_>,
    entry: &Entry,
    (state, reason): (State, Option<String>),
    now: Timestamp,
) -> Result<(), LedgerError> {
    let settled = entry.settled(state, reason, now);
    ledger.put(&wish.key, &settled, Some(entry.revision)).await
}
