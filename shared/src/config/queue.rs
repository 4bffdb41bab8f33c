//! Queues with their retry policy, and the queues of a source.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::Source;
use crate::query::filter::Filter;

/// A queue with its retry policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The queue's URL.
    pub url: String,
    /// The queue's ARN, by which the worker recognises the queue of a batch.
    pub arn: String,
    /// The URL of its dead-letter queue.
    pub dead_letter_url: String,
    /// The number of delivery attempts after which an event is dead-lettered.
    pub max_attempts: u32,
    /// The waiting times between attempts.
    pub backoff: Backoff,
    /// The number of receives after which SQS itself moves a message to the dead-letter queue
    /// (`maxReceiveCount`).
    pub max_receives: u32,
    /// The time for which SQS keeps a message, in seconds.
    pub retention: u32,
    /// The most worker environments that process the queue at a time.
    pub maximum_concurrency: u32,
    /// Finds the message group of an event. `None` for a standard queue.
    pub ordering_key: Option<Filter>,
}

impl Queue {
    /// Whether this is a FIFO queue, which keeps the events of a message group in order.
    pub fn is_fifo(&self) -> bool {
        self.ordering_key.is_some()
    }

    /// Half of [`retention`](Self::retention). Events that are older count as overdue.
    pub fn half_retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention)) / 2
    }
}

/// Exponential backoff: the wait after attempt n + 1 is at most `base · factorⁿ` seconds, and at most `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The longest wait after the first attempt, in seconds.
    pub base: f64,
    /// The factor by which the wait grows with each attempt.
    pub factor: f64,
    /// The longest wait after any attempt, in seconds.
    pub cap: f64,
}

/// The queues of a source's events.
#[derive(Clone, Debug)]
pub struct SourceQueues {
    queue: Queue,
    by_type: BTreeMap<String, Queue>,
}

impl SourceQueues {
    /// The queues of a source. The error names a queue that is not configured.
    pub fn of<L>(queues: &BTreeMap<String, Queue>, source: &Source<L>) -> Result<Self, String> {
        let queue = |name: &String| {
            queues.get(name).cloned().ok_or_else(|| format!("there is no queue `{name}`"))
        };
        let by_type = source.queue_by_type.iter();
        let by_type = by_type.map(|(event_type, name)| Ok((event_type.clone(), queue(name)?)));
        Ok(Self { queue: queue(&source.queue)?, by_type: by_type.collect::<Result<_, String>>()? })
    }

    /// The queue of an event with this type.
    pub fn of_type(&self, event_type: Option<&str>) -> &Queue {
        event_type.and_then(|event_type| self.by_type.get(event_type)).unwrap_or(&self.queue)
    }
}
