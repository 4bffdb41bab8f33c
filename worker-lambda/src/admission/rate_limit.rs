//! Rate limits: how many deliveries a destination gets per second, over all environments of the worker.
//!
//! Environments do not share a counter; that would cost a DynamoDB write for each delivery. Each keeps to its share:
//! the rate, divided by the number of environments that may deliver to the destination at a time. Lambda may give the
//! next batch to any environment, so an invocation does not end before its share has a free slot again. In any `t`
//! seconds a destination gets at most `rate · t` deliveries, and one more for each environment. Unused slots are not
//! saved up; there are no bursts.
//!
//! If the interval between deliveries nears the length of an invocation, a delivery in a late slot may be followed
//! too soon by one from another environment. Terraform refuses such rates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::config::Config;
use tokio::time::Instant;

/// No delivery is deferred for longer, however many wait: messages that are hidden for long are hard to see.
const MAX_DEFERRAL: Duration = Duration::from_secs(86_400);

/// The rate limits of all destinations that have one.
#[derive(Debug)]
pub struct RateLimiters(BTreeMap<String, Mutex<RateLimiter>>);

/// One environment's share of a destination's rate: one slot in each interval.
#[derive(Debug)]
struct RateLimiter {
    interval: Duration,
    /// The next free slot.
    next: Instant,
    /// The last slot that was promised to a deferred delivery, so that deferred deliveries do not all come back at
    /// once.
    promised: Instant,
    /// When the last slot was reserved, if any was.
    reserved_at: Option<Instant>,
}

/// The time that an invocation has for deliveries.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The latest time at which a delivery may begin.
    pub latest: Instant,
    /// When the invocation ends.
    pub end: Instant,
}

/// A slot for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The delivery may be made then. The slot is reserved.
    At(Instant),
    /// No slot is free in time. The delivery may be tried again then.
    NotBefore(Instant),
}

impl RateLimiters {
    /// The rate limits of a configuration.
    pub fn new(config: &Config, now: Instant) -> Self {
        let limiters = config.destinations.iter().filter_map(|(name, destination)| {
            let interval = f64::from(environments(config, name)) / destination.rate?;
            let interval = Duration::try_from_secs_f64(interval).unwrap_or(MAX_DEFERRAL);
            Some((name.clone(), Mutex::new(RateLimiter::new(interval, now))))
        });
        Self(limiters.collect())
    }

    /// Reserves the next slot of a destination, if it is in time. Without a rate limit that is now.
    pub fn reserve(&self, destination: &str, now: Instant, window: Window) -> Slot {
        match self.0.get(destination) {
            Some(limiter) => lock(limiter).reserve(now, window),
            None => Slot::At(now),
        }
    }

    /// When every share in which a slot was reserved since `since` has a free slot again. Shares that were used before
    /// need no wait: this environment keeps to them anyway.
    pub fn next_slot(&self, since: Instant) -> Option<Instant> {
        let limiters = self.0.values().map(lock);
        let used = limiters.filter(|limiter| limiter.reserved_at >= Some(since));
        used.map(|limiter| limiter.next).max()
    }
}

fn lock(limiter: &Mutex<RateLimiter>) -> MutexGuard<'_, RateLimiter> {
    limiter.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RateLimiter {
    fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, next: now, promised: now, reserved_at: None }
    }

    fn reserve(&mut self, now: Instant, window: Window) -> Slot {
        let next = self.next.max(now);
        // After a slot in the future, the invocation must still be able to wait for the one after it.
        let can_wait_for_next = next == now || next + self.interval <= window.end;
        if next <= window.latest && can_wait_for_next {
            self.next = next + self.interval;
            self.reserved_at = Some(now);
            return Slot::At(next);
        }
        let promised = self.promised.max(next).min(now + MAX_DEFERRAL);
        self.promised = promised + self.interval;
        Slot::NotBefore(promised)
    }
}

/// How many environments may deliver to a destination at a time: the `maximum_concurrency` of every queue whose events
/// may be routed to it, added up.
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
