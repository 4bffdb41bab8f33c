//! An entry of the ledger, and the rules by which it changes. Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use shared::event::EventId;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;

use super::destination_status::{DestinationState, DestinationStatus, unfinished_attempts};
use crate::outcome::truncate_reason;

/// How long an entry is kept after it was last written. A dead-letter queue keeps messages for 14 days, so this is
/// beyond any redrive.
const TTL: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Increases by one with every write.
    pub revision: u64,
    /// Whether the event is being worked on, waiting or settled.
    pub state: State,
    /// The source's name, for people who read the table.
    pub source: String,
    /// The event that was last tried under this key.
    pub event_id: EventId,
    /// That event's generation: how often it was dead-lettered.
    pub generation: u32,
    /// How often it was claimed in this generation, the running attempt included.
    pub attempts: u32,
    /// When the event that began this entry was received.
    pub received_at: Timestamp,
    /// The status of each destination that it was routed to, by name.
    pub destinations: BTreeMap<String, DestinationStatus>,
    /// Why the last attempt did not complete the event.
    pub reason: Option<String>,
    /// When DynamoDB may delete the entry.
    pub expires_at: Timestamp,
}

/// Whether the event of an entry is being worked on, waiting or settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A worker holds a lease on it, which ends at this time.
    Leased(Timestamp),
    /// The next attempt is due at this time.
    Waiting(Timestamp),
    /// Every destination has it, or it is a list whose items are queued.
    Complete,
    /// The routes named no destination for it. It is routed again when it comes again, because a route that was missing
    /// must not make an event look delivered.
    NoDestination,
    /// It was dead-lettered.
    Dead,
}

impl State {
    /// The name in the ledger and in log lines.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Leased(_) => "leased",
            Self::Waiting(_) => "waiting",
            Self::Complete => "complete",
            Self::NoDestination => "no_destination",
            Self::Dead => "dead",
        }
    }

    /// When the lease ends, or when the next attempt is due.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Leased(until) | Self::Waiting(until) => Some(*until),
            Self::Complete | Self::NoDestination | Self::Dead => None,
        }
    }
}

/// A request to work on a reference's event.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest<'r> {
    /// The reference.
    pub reference: &'r Reference,
    /// The event's ledger key.
    pub key: LedgerKey,
    /// The current time.
    pub now: Timestamp,
    /// When this invocation has certainly ended.
    pub lease_until: Timestamp,
}

/// The answer to a claim request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimDecision {
    /// Write this entry, then make the attempt.
    Try(Box<Entry>),
    /// Another worker holds the lease, or the next attempt is not due. Try again at this time.
    NotBefore(Timestamp),
    /// The event is complete or dead-lettered, and this request does not change that: acknowledge the message.
    Settled,
}

impl Entry {
    /// The first entry under a key.
    pub fn first(request: &ClaimRequest<'_>) -> Self {
        Self {
            revision: 1,
            state: State::Leased(request.lease_until),
            source: request.reference.source.clone(),
            event_id: request.reference.event_id,
            generation: request.reference.generation,
            attempts: 1,
            received_at: request.reference.event_id.received_at(),
            destinations: BTreeMap::new(),
            reason: None,
            expires_at: request.now + TTL,
        }
    }

    /// Decides about a claim request.
    pub fn decide(&self, request: &ClaimRequest<'_>) -> ClaimDecision {
        // DynamoDB takes up to two days to delete an expired item.
        if self.expires_at <= request.now {
            let revision = self.revision + 1;
            return ClaimDecision::Try(Box::new(Self { revision, ..Self::first(request) }));
        }
        match self.state {
            State::Leased(until) | State::Waiting(until) if until > request.now => {
                ClaimDecision::NotBefore(until)
            }
            State::Leased(_) | State::Waiting(_) => {
                ClaimDecision::Try(Box::new(self.next_attempt(request)))
            }
            State::NoDestination => ClaimDecision::Try(Box::new(self.with_new_attempts(request))),
            State::Dead if self.is_revived_by(request) => {
                ClaimDecision::Try(Box::new(self.with_new_attempts(request)))
            }
            State::Complete | State::Dead => ClaimDecision::Settled,
        }
    }

    /// A dead entry is revived by a redrive, or by an event that the provider sent again after it died. SQS's
    /// redelivery does not revive it, nor a duplicate that was already waiting: each would be another generation, and
    /// another dead letter.
    fn is_revived_by(&self, request: &ClaimRequest<'_>) -> bool {
        let Reference { generation, event_id, .. } = request.reference;
        // To the second, as the table keeps it: an event received within that second counts as older.
        let died_at = (self.expires_at - TTL).as_second();
        let is_later = event_id.received_at().as_millisecond() > died_at * 1000;
        *generation > self.generation || (*event_id != self.event_id && is_later)
    }

    /// Attempts are counted before they are made, so that a crash counts as one.
    fn next_attempt(&self, request: &ClaimRequest<'_>) -> Self {
        let mut destinations = self.destinations.clone();
        destinations
            .values_mut()
            .filter(|status| status.is_due(request.now))
            .for_each(|status| status.attempts += 1);
        Self {
            revision: self.revision + 1,
            state: State::Leased(request.lease_until),
            event_id: request.reference.event_id,
            generation: request.reference.generation.max(self.generation),
            attempts: self.attempts + 1,
            destinations,
            expires_at: request.now + TTL,
            ..self.clone()
        }
    }

    /// Destinations that have the event keep it. For all others, attempts start again at one.
    fn with_new_attempts(&self, request: &ClaimRequest<'_>) -> Self {
        let mut next = self.next_attempt(request);
        next.destinations.retain(|_, status| status.state == DestinationState::Delivered);
        Self { attempts: 1, ..next }
    }

    /// Sets the destinations that the event is owed to. A new one is due now, and is charged with the attempts that
    /// reached no destination: it may be the cause of those.
    pub fn set_destinations(&mut self, routed: &BTreeSet<&str>, now: Timestamp) {
        let attempts = if self.is_untried() { self.attempts } else { 1 };
        self.destinations.retain(|name, status| {
            status.state == DestinationState::Delivered || routed.contains(&name[..])
        });
        for name in routed {
            let new = || DestinationStatus::attempted(attempts, now);
            self.destinations.entry((*name).to_owned()).or_insert_with(new);
        }
    }

    /// Stops retrying what used up its attempts without an answer: the last attempt crashed the worker, or ran out of
    /// time. Returns the reason for a dead letter if that holds for the whole event.
    pub fn enforce_max_attempts(&mut self, max_attempts: u32) -> Option<String> {
        if self.is_untried() && self.attempts > max_attempts {
            self.attempts = max_attempts;
            return Some(unfinished_attempts(max_attempts));
        }
        self.destinations.values_mut().for_each(|status| status.enforce_max_attempts(max_attempts));
        None
    }

    /// The destinations that are due for an attempt.
    pub fn due(&self, now: Timestamp) -> Vec<String> {
        let due = self.destinations.iter().filter(|(_, status)| status.is_due(now));
        due.map(|(name, _)| name.clone()).collect()
    }

    /// Whether no attempt of this generation has reached a destination.
    pub fn is_untried(&self) -> bool {
        self.destinations.values().all(|status| status.state == DestinationState::Delivered)
    }

    /// When the next destination is due, if any is to be tried again.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = self.destinations.values().filter_map(|status| match status.state {
            DestinationState::Owed(due) => Some(due),
            _ => None,
        });
        due.min()
    }

    /// The highest attempt count among undelivered destinations, or the event's own if no destination was reached.
    pub fn max_undelivered_attempts(&self) -> u32 {
        let statuses = self.destinations.values();
        let undelivered = statuses.filter(|status| status.state != DestinationState::Delivered);
        undelivered.map(|status| status.attempts).max().unwrap_or(self.attempts)
    }

    /// The destinations that do not have the event, each with its last reason.
    pub fn undelivered(&self) -> impl Iterator<Item = (&str, &str)> {
        let statuses = self.destinations.iter();
        let undelivered = statuses.filter(|(_, it)| it.state != DestinationState::Delivered);
        undelivered.map(|(name, it)| (name.as_str(), it.reason.as_deref().unwrap_or_default()))
    }

    /// The entry after an attempt.
    pub fn settled(&self, state: State, reason: Option<String>, now: Timestamp) -> Self {
        let revision = self.revision + 1;
        // The reasons of a hundred destinations may be joined in it.
        let reason = reason.as_deref().map(truncate_reason);
        Self { revision, state, reason, expires_at: now + TTL, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
