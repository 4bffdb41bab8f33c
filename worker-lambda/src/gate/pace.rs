//! Pace: how many deliveries a destination gets per second, over all environments of the worker.
//!
//! No environment knows of the others, so each keeps to its share: the rate, divided by how many may work
//! on the destination's events at a time. Nor does Lambda ask which of its environments has just delivered
//! when it chooses one for the next batch; so an invocation does not end before its share has a turn again.
//! In any `t` seconds a destination gets at most `rate · t` deliveries, and one for each environment. (Where
//! shares are as slow as an invocation is long, one that has its turn late in one may have the next as much
//! sooner in another environment. Terraform refuses slower ones.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shared::config::Config;
use tokio::time::Instant;

/// Nobody is sent away for longer, however many wait: what is not seen for long is forgotten.
const LONGEST_PROMISE: Duration = Duration::from_secs(86_400);

/// The paces of all destinations that have one.
#[derive(Debug)]
pub struct Paces(BTreeMap<String, Mutex<Pace>>);

/// One environment's share of a destination's rate: one delivery in each interval.
#[derive(Debug)]
struct Pace {
    interval: Duration,
    /// When the next delivery may be made.
    next: Instant,
    /// When the last of those that were sent away may be made, so that they do not all come back at once.
    promised: Instant,
    /// When the last turn was taken, if any was.
    taken: Option<Instant>,
}

/// The time that an invocation has for deliveries.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// When the last of them has to begin.
    pub latest: Instant,
    /// When it ends.
    pub end: Instant,
}

/// When it is a delivery's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// At that time; the turn is taken.
    At(Instant),
    /// Too late. It may try again then.
    NotBefore(Instant),
}

impl Paces {
    /// The paces that a configuration has.
    pub fn new(config: &Config, now: Instant) -> Self {
        let paces = config.destinations.iter().filter_map(|(name, destination)| {
            let interval = f64::from(environments(config, name)) / destination.rate?;
            let interval = Duration::try_from_secs_f64(interval).unwrap_or(LONGEST_PROMISE);
            Some((name.clone(), Mutex::new(Pace::new(interval, now))))
        });
        Self(paces.collect())
    }

    /// Takes the next turn to deliver to a destination, if that is in time.
    pub fn turn(&self, destination: &str, now: Instant, window: Window) -> Turn {
        match self.0.get(destination) {
            Some(pace) => pace.lock().unwrap_or_else(PoisonError::into_inner).turn(now, window),
            None => Turn::At(now),
        }
    }

    /// When all shares that were used since then have a turn again. Those used before are kept by what is
    /// known of them here.
    pub fn next(&self, since: Instant) -> Option<Instant> {
        let paces = self.0.values().map(|pace| pace.lock().unwrap_or_else(PoisonError::into_inner));
        paces.filter(|pace| pace.taken >= Some(since)).map(|pace| pace.next).max()
    }
}

impl Pace {
    fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, next: now, promised: now, taken: None }
    }

    fn turn(&mut self, now: Instant, window: Window) -> Turn {
        let next = self.next.max(now);
        let can_be_kept = next == now || next + self.interval <= window.end;
        if next <= window.latest && can_be_kept {
            self.next = next + self.interval;
            self.taken = Some(now);
            return Turn::At(next);
        }
        let promised = self.promised.max(next).min(now + LONGEST_PROMISE);
        self.promised = promised + self.interval;
        Turn::NotBefore(promised)
    }
}

/// How many environments may deliver to a destination at a time: those of all queues whose events may go
/// there.
fn environments(config: &Config, destination: &str) -> u32 {
    let routes = config.routes.iter();
    let routes = routes.filter(|route| route.destinations.iter().any(|name| name == destination));
    let queues: BTreeSet<_> = routes
        .flat_map(|route| config.sources.iter().filter(|(name, _)| route.applies_to(name)))
        .flat_map(|(_, source)| source.queues())
        .collect();
    let queues = queues.into_iter().filter_map(|name| config.queues.get(name));
    queues.map(|queue| queue.maximum_concurrency).sum::<u32>().max(1)
}

#[cfg(test)]
mod tests;
