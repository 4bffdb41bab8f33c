//! One entry of the ledger, and the rules by which it changes. Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;

use super::standing::{self, Standing};

/// How long an entry is kept after it was last written: beyond any redrive, since a dead-letter queue
/// keeps messages for 14 days.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// One more with every write.
    pub revision: u64,
    /// How it stands.
    pub state: State,
    /// The source, for whoever reads the table.
    pub source: String,
    /// The event that was last tried under this key.
    pub event_id: EventId,
    /// That event's generation.
    pub generation: u32,
    /// How often it was claimed in this generation, the running attempt included.
    pub attempts: u32,
    /// When the event that began this entry was received.
    pub received_at: Timestamp,
    /// How it stands with each destination that it was routed to.
    pub destinations: BTreeMap<String, Standing>,
    /// Why the last attempt did not complete it.
    pub reason: Option<String>,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}

/// How an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody works on it, until then at the latest.
    Leased(Timestamp),
    /// To be tried again, not before then.
    Waiting(Timestamp),
    /// Every destination owed has it.
    Complete,
    /// Given up; a dead letter says so.
    Dead,
}

/// A wish to work on a reference's event.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'r> {
    /// The reference.
    pub reference: &'r Reference,
    /// Under what the ledger knows its event.
    pub key: LedgerKey,
    /// Now.
    pub now: Timestamp,
    /// When this invocation will have ended for certain.
    pub lease_until: Timestamp,
}

/// What a wish to work meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Write this entry, then work.
    Try(Box<Entry>),
    /// Not now: somebody works on it, or its next attempt is not due.
    NotBefore(Timestamp),
    /// Its effect is had, or its dead letter sent: acknowledge.
    Settled,
}

impl Entry {
    /// The first entry under a key.
    pub fn first(wish: &Wish<'_>) -> Self {
        Self {
            revision: 1,
            state: State::Leased(wish.lease_until),
            source: wish.reference.source.clone(),
            event_id: wish.reference.event_id,
            generation: wish.reference.generation,
            attempts: 1,
            received_at: wish.reference.event_id.received_at(),
            destinations: BTreeMap::new(),
            reason: None,
            expires_at: wish.now + KEPT,
        }
    }

    /// What a wish to work meets here.
    pub fn answer(&self, wish: &Wish<'_>) -> Answer {
        // DynamoDB takes up to two days to delete what has expired.
        if self.expires_at <= wish.now {
            let revision = self.revision + 1;
            return Answer::Try(Box::new(Self { revision, ..Self::first(wish) }));
        }
        match self.state {
            State::Leased(until) if until > wish.now => Answer::NotBefore(until),
            State::Waiting(until) if until > wish.now => Answer::NotBefore(until),
            State::Leased(_) | State::Waiting(_) => Answer::Try(Box::new(self.next_attempt(wish))),
            State::Dead if self.is_revived_by(wish) => {
                Answer::Try(Box::new(self.start_generation(wish)))
            }
            State::Complete | State::Dead => Answer::Settled,
        }
    }

    /// A redrive, or what the provider sent again since, makes a dead entry live. SQS's redelivery does not,
    /// nor a duplicate that had been waiting when it died: each would be another generation, and a dead letter.
    fn is_revived_by(&self, wish: &Wish<'_>) -> bool {
        let Reference { generation, event_id, .. } = wish.reference;
        // To the second, as the table keeps it: what came within that one counts as sent since.
        let died_at = (self.expires_at - KEPT).as_second();
        let is_later = event_id.received_at().as_millisecond() > died_at * 1000;
        *generation > self.generation || (*event_id != self.event_id && is_later)
    }

    /// Attempts are counted before they are made: a crash must not make them free.
    fn next_attempt(&self, wish: &Wish<'_>) -> Self {
        let mut destinations = self.destinations.clone();
        destinations
            .values_mut()
            .filter(|standing| standing.is_due(wish.now))
            .for_each(|standing| standing.attempts += 1);
        Self {
            revision: self.revision + 1,
            state: State::Leased(wish.lease_until),
            event_id: wish.reference.event_id,
            generation: wish.reference.generation.max(self.generation),
            attempts: self.attempts + 1,
            destinations,
            expires_at: wish.now + KEPT,
            ..self.clone()
        }
    }

    /// What is delivered stays so; everything else is owed anew.
    fn start_generation(&self, wish: &Wish<'_>) -> Self {
        let mut next = self.next_attempt(wish);
        next.destinations.retain(|_, standing| standing.state == standing::State::Delivered);
        Self { attempts: 1, ..next }
    }

    /// Owes the event to these destinations and to no others. One that was not tried yet is due now, and
    /// is charged with the attempts that came to no destination at all: one of them may be the cause.
    pub fn owe(&mut self, routed: &BTreeSet<&str>, now: Timestamp) {
        let attempts = if self.is_untried() { self.attempts } else { 1 };
        self.destinations.retain(|name, standing| {
            standing.state == standing::State::Delivered || routed.contains(&name[..])
        });
        for name in routed {
            let new = || Standing::tried(attempts, now);
            self.destinations.entry((*name).to_owned()).or_insert_with(new);
        }
    }

    /// The destinations that are to be tried now.
    pub fn due(&self, now: Timestamp) -> Vec<String> {
        let due = self.destinations.iter().filter(|(_, standing)| standing.is_due(now));
        due.map(|(name, _)| name.clone()).collect()
    }

    /// Whether no attempt of this generation has come to a destination.
    pub fn is_untried(&self) -> bool {
        self.destinations.values().all(|it| it.state == standing::State::Delivered)
    }

    /// When the next of its destinations is due, if any is still to be tried.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = self.destinations.values().filter_map(|standing| match standing.state {
            standing::State::Owed(due) => Some(due),
            _ => None,
        });
        due.min()
    }

    /// How often the destination was tried that was tried most and does not have it; where none was come
    /// to, how often that was tried.
    pub fn most_attempts(&self) -> u32 {
        let undelivered = self.destinations.values();
        let undelivered = undelivered.filter(|it| it.state != standing::State::Delivered);
        undelivered.map(|it| it.attempts).max().unwrap_or(self.attempts)
    }

    /// The destinations that do not have it, each with its last reason.
    pub fn undelivered(&self) -> impl Iterator<Item = (&str, &str)> {
        let missing = self.destinations.iter();
        let missing = missing.filter(|(_, it)| it.state != standing::State::Delivered);
        missing.map(|(name, it)| (name.as_str(), it.reason.as_deref().unwrap_or_default()))
    }

    /// The entry after an attempt: how it now stands, and why.
    pub fn settled(&self, state: State, reason: Option<String>, now: Timestamp) -> Self {
        let revision = self.revision + 1;
        // It may be made of those of a hundred destinations, which have each their own.
        let reason = reason.as_deref().map(standing::cut);
        Self { revision, state, reason, expires_at: now + KEPT, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
