//! What one environment knows of a circuit breaker, and the failures that it has counted.

use jiff::{SignedDuration, Timestamp};

use super::state::{BreakerState, Decision, State};

/// How long a read state is used without reading it again, unless a delivery fails.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct LocalView {
    state: Option<BreakerState>,
    /// Until when `state` is used without reading it again. In the past before the first read.
    fresh_until: Timestamp,
    /// How many deliveries in a row have failed in this environment.
    failures: u32,
}

impl LocalView {
    /// Until when the breaker is open, if it is known to be. No read is needed: before its probe is due, nothing can
    /// close it.
    pub(super) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state.as_ref()?.state {
            State::Open(until) => Some(until).filter(|until| *until > now),
            State::Closed | State::Probing(_) => None,
        }
    }

    /// The cached state, if it is fresh and not probing: a probe may have ended since. The inner `None` means that
    /// the ledger has no state, which is a closed breaker.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Option<BreakerState>> {
        let is_probing =
            self.state.as_ref().is_some_and(|it| matches!(it.state, State::Probing(_)));
        (self.fresh_until > now && !is_probing).then(|| self.state.clone())
    }

    /// Replaces the state. Failures that were counted under another revision no longer count.
    pub(super) fn replace(&mut self, state: Option<BreakerState>) {
        let revision = |state: &Option<BreakerState>| state.as_ref().map(|it| it.revision);
        if revision(&self.state) != revision(&state) {
            self.failures = 0;
        }
        self.state = state;
    }

    /// Replaces the state by what was just read.
    pub(super) fn read(&mut self, state: Option<BreakerState>, now: Timestamp) {
        self.replace(state);
        self.fresh_until = now + FRESH_FOR;
    }

    /// Makes the next delivery read the state first.
    pub(super) fn expire(&mut self) {
        self.fresh_until = Timestamp::MIN;
    }

    /// Records a success or a rejection: the destination answers, so failures start again at zero.
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure. Returns the state over which the breaker is to be opened, if this was failure number
    /// `max_failures` in a row. A failure that ends late, while the breaker is open or probing, is not counted. The next
    /// delivery reads the state first, because other environments may have failed too.
    pub(super) fn fail(
        &mut self,
        max_failures: u32,
        now: Timestamp,
    ) -> Option<Option<BreakerState>> {
        if self.state.as_ref().is_some_and(|state| state.decide(now) != Decision::Allow) {
            return None;
        }
        self.expire();
        self.failures += 1;
        (self.failures >= max_failures).then(|| self.state.clone())
    }
}
