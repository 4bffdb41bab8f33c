//! What one environment knows of a circuit, and counts by itself.

use jiff::{SignedDuration, Timestamp};

use super::item::{Answer, Item, State};

/// For how long an environment relies on what it has read, unless a delivery fails.
const RELIED_ON: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Known {
    item: Option<Item>,
    /// Until when that is relied on; not at all before it was read.
    fresh_until: Timestamp,
    /// How many deliveries in a row have failed here.
    failures: u32,
}

impl Known {
    /// Nothing can close a circuit before its probe is due, so that needs no look.
    pub(super) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.item.as_ref()?.state {
            State::Open(until) => Some(until).filter(|until| *until > now),
            State::Closed | State::Probing(_) => None,
        }
    }

    /// What may still be so. A probe may have ended since.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Option<Item>> {
        let is_probed =
            self.item.as_ref().is_some_and(|item| matches!(item.state, State::Probing(_)));
        (self.fresh_until > now && !is_probed).then(|| self.item.clone())
    }

    /// What failed before a change says nothing of what came after it.
    pub(super) fn know(&mut self, item: Option<Item>) {
        let revision = |item: &Option<Item>| item.as_ref().map(|item| item.revision);
        if revision(&self.item) != revision(&item) {
            self.failures = 0;
        }
        self.item = item;
    }

    pub(super) fn read(&mut self, item: Option<Item>, now: Timestamp) {
        self.know(item);
        self.fresh_until = now + RELIED_ON;
    }

    /// The next delivery looks first.
    pub(super) fn doubt(&mut self) {
        self.fresh_until = Timestamp::MIN;
    }

    /// Notes that the destination answered: what failed before was not the beginning of a row.
    pub(super) fn answered(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure, and says over what the circuit is to be opened, if it is. What fails late, while it
    /// is open or probed, is not counted. Others may have failed too: the item is looked at before the next
    /// delivery.
    pub(super) fn fail(&mut self, most: u32, now: Timestamp) -> Option<Option<Item>> {
        if self.item.as_ref().is_some_and(|item| item.answer(now) != Answer::Free) {
            return None;
        }
        self.doubt();
        self.failures += 1;
        (self.failures >= most).then(|| self.item.clone())
    }
}
