//! Queues, each with what becomes of events that are not delivered at once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Config, Source};
use crate::query::filter::Filter;

/// A queue with its retry policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Where messages are sent and hidden.
    pub url: String,
    /// By which the worker knows where a batch comes from.
    pub arn: String,
    /// Where its dead letters go.
    pub dead_letter_url: String,
    /// How often an event is tried before it is a dead letter.
    pub max_attempts: u32,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// How often a message is received before SQS itself makes a dead letter of it.
    pub max_receives: u32,
    /// For how many seconds SQS keeps a message.
    pub retention: u32,
    /// How many worker environments take from it at a time.
    pub maximum_concurrency: u32,
    /// What tells the groups of a FIFO queue apart; there is none where the queue is a standard one.
    pub ordering_key: Option<Filter>,
}

impl Queue {
    /// Whether it keeps the events of a group in order.
    pub fn is_fifo(&self) -> bool {
        self.ordering_key.is_some()
    }

    /// Half of the time for which SQS keeps a message.
    pub fn half_retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention)) / 2
    }
}

/// Exponential backoff, in seconds: `base · factorⁿ`, at most `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The longest wait after the first attempt.
    pub base: f64,
    /// By how much it grows with each further attempt.
    pub factor: f64,
    /// What it never exceeds.
    pub cap: f64,
}

/// The queues that a source's events go through.
#[derive(Clone, Debug)]
pub struct SourceQueues {
    queue: Queue,
    by_type: BTreeMap<String, Queue>,
}

impl SourceQueues {
    /// Those of a source; an error names one that is not configured.
    pub fn of(config: &Config, source: &Source) -> Result<Self, String> {
        let queue = |name: &String| {
            config.queues.get(name).cloned().ok_or_else(|| format!("there is no queue `{name}`"))
        };
        let by_type = source.queue_by_type.iter();
        let by_type = by_type.map(|(event_type, name)| Ok((event_type.clone(), queue(name)?)));
        Ok(Self { queue: queue(&source.queue)?, by_type: by_type.collect::<Result<_, String>>()? })
    }

    /// The queue of an event of this type.
    pub fn of_type(&self, event_type: Option<&str>) -> &Queue {
        event_type.and_then(|it| self.by_type.get(it)).unwrap_or(&self.queue)
    }
}
