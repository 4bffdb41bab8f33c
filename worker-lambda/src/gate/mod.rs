//! The gate before each destination: closed while its circuit is open, and passed at its pace. What does
//! not pass was not tried, and loses no attempt.

pub mod circuit;
pub mod pace;

use jiff::Timestamp;
use shared::config::Config;
use tokio::time::{Instant, sleep_until};

use self::circuit::{CircuitStore, Circuits, Pass};
use self::pace::{Paces, Turn, Window};
use crate::outcome::Outcome;

/// The gates of all destinations.
#[derive(Debug)]
pub struct Gates {
    circuits: Circuits,
    paces: Paces,
}

/// By when a delivery has to begin, and to end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time that the invocation has for it.
    pub window: Window,
    /// When the invocation will have ended for certain.
    pub lease_until: Timestamp,
}

/// A delivery that was not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it may be tried, at the soonest.
    pub until: Timestamp,
    /// What holds it.
    pub reason: &'static str,
}

impl Gates {
    /// The gates that a configuration has.
    pub fn new(config: &Config) -> Self {
        Self { circuits: Circuits::new(config), paces: Paces::new(config, Instant::now()) }
    }

    /// Waits until a delivery may be made, if that can be in time. The turn may be long in coming, so the
    /// circuit is asked after it; what is known of it without asking, before.
    pub async fn pass<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        limits: Limits,
    ) -> Result<Pass, Held> {
        self.circuits.known(destination, Timestamp::now()).map_or(Ok(()), open)?;
        match self.paces.turn(destination, Instant::now(), limits.window) {
            Turn::At(instant) => sleep_until(instant).await,
            Turn::NotBefore(instant) => {
                let wait = instant.saturating_duration_since(Instant::now());
                return Err(Held { until: later(wait), reason: "its pace is used up" });
            }
        }
        let pass = self.circuits.admit(store, destination, Timestamp::now(), limits.lease_until);
        pass.await.or_else(open)
    }

    /// Waits, after an invocation that has begun then, until whichever environment comes next may deliver
    /// at once, or there is no more time.
    pub async fn rest(&self, begun: Instant, deadline: Instant) {
        if let Some(next) = self.paces.next(begun) {
            sleep_until(next.min(deadline)).await;
        }
    }

    /// Notes what became of a delivery that was let through. Whether its circuit opened by that.
    pub async fn note<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        pass: Pass,
        outcome: &Outcome,
    ) -> bool {
        self.circuits.note(store, destination, pass, outcome, Timestamp::now()).await
    }
}

fn open<T>(until: Timestamp) -> Result<T, Held> {
    Err(Held { until, reason: "its circuit is open" })
}

fn later(wait: std::time::Duration) -> Timestamp {
    let now = Timestamp::now();
    now.saturating_add(wait).unwrap_or(now)
}
