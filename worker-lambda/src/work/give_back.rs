//! Messages given back, to be received again later, without SQS forgetting one meanwhile.
//!
//! SQS ends a message after its queue's retention, hidden or not, and makes a dead letter of it after
//! `max_receives`. So nothing is hidden beyond half of the retention without being seen then, what would
//! outlast it is given up while there is time, and what has been received too often goes into its queue
//! anew. In a FIFO queue it would lose its place by that: there it is received less often instead.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::config::Queue;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::ports::store::EventStore;
use shared::telemetry::Metric;

use super::{Job, Worker};
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::record::{Record, SINCE, Verdict};

/// What is kept back of a queue's retention: a seventh, which of seven days is one.
const KEPT_BACK: i32 = 7;

/// How a message comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Return {
    /// Hidden for this time.
    Hidden(SignedDuration),
    /// As another message, with all of its receives before it.
    Anew,
}

impl Return {
    /// How a message comes back that has nothing to do before `due`.
    fn of(queue: &Queue, record: &Record, now: Timestamp, due: Timestamp) -> Self {
        // What was received once is not worn, however few receives there are: it would come back at once.
        if is_worn(queue, record) && record.receives > 1 && !queue.is_fifo() {
            return Self::Anew;
        }
        let half = half_time(queue, record);
        let until = if now < half { due.min(half) } else { due };
        Self::Hidden(until.duration_since(now))
    }
}

/// Why a message that has nothing to do before `due` cannot wait for that, if it cannot.
pub(super) fn too_late(queue: &Queue, record: &Record, due: Timestamp) -> Option<String> {
    if due > end(queue, record) {
        return Some("its queue keeps it no longer".to_owned());
    }
    let is_last = queue.is_fifo() && record.receives >= queue.max_receives;
    is_last.then(|| format!("received {} times", record.receives))
}

/// When a message that is held may be received again at the soonest. In a FIFO queue the receives that are
/// left must do for the time that is left, once half of them are used up.
pub(super) fn no_sooner_than(queue: &Queue, record: &Record, now: Timestamp) -> Timestamp {
    if !queue.is_fifo() || !is_worn(queue, record) {
        return now;
    }
    let left = queue.max_receives.saturating_sub(record.receives).max(1);
    let time = end(queue, record).duration_since(now).max(SignedDuration::ZERO);
    now + time / i32::try_from(left).unwrap_or(i32::MAX)
}

fn is_worn(queue: &Queue, record: &Record) -> bool {
    record.receives >= queue.max_receives.div_ceil(2)
}

/// When a message must be done with.
fn end(queue: &Queue, record: &Record) -> Timestamp {
    let retention = SignedDuration::from_secs(queue.retention.into());
    record.since.saturating_add(retention - retention / KEPT_BACK).unwrap_or(Timestamp::MAX)
}

fn half_time(queue: &Queue, record: &Record) -> Timestamp {
    record.since.saturating_add(queue.half_retention()).unwrap_or(Timestamp::MAX)
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Gives a record back untried, to be received again at once.
    pub async fn give_back(&self, record: &Record) -> Verdict {
        self.give_back_for(record, Duration::ZERO).await
    }

    /// Gives a record back, hidden for a time. Where hiding fails, it comes back when its visibility
    /// timeout ends.
    pub async fn give_back_for(&self, record: &Record, time: Duration) -> Verdict {
        let Some(queue) = self.queues.get(&record.queue_arn) else { return Verdict::Keep };
        match self.queue.change_visibility(&queue.url, &record.receipt, time).await {
            Ok(()) => Verdict::Hidden(time),
            Err(error) => {
                tracing::warn!(message_id = record.message_id, %error, "not hidden");
                Verdict::Keep
            }
        }
    }

    /// Gives a message back whose event has nothing to do before `due`.
    pub(super) async fn give_back_until(&self, job: &Job<'_>, due: Timestamp) -> Verdict {
        let now = Timestamp::now();
        self.tell_overdue(job, now);
        match Return::of(job.queue, job.record, now, due) {
            Return::Hidden(time) => self.give_back_for(job.record, whole_seconds(time)).await,
            Return::Anew => self.send_anew(job).await,
        }
    }

    /// Whoever may have to do something about it hears of it while there is time.
    fn tell_overdue(&self, job: &Job<'_>, now: Timestamp) {
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        if now >= half_time(job.queue, job.record) {
            tracing::warn!(source, %event_id, "still owed after half of its queue's retention");
            self.count(Metric::Overdue, job.wish.reference);
        }
    }

    /// Sends the message once more, and only then acknowledges it. A crash between leaves two of one event,
    /// of which one has an effect, as of any duplicates.
    async fn send_anew(&self, job: &Job<'_>) -> Verdict {
        let (body, event_id) = (job.record.body.clone(), job.wish.reference.event_id);
        let attributes = Attributes::from([(SINCE, job.record.since.to_string())]);
        let message = Message { body, attributes, fifo: None };
        match self.queue.send(&job.queue.url, message).await {
            Ok(()) => {
                tracing::info!(%event_id, receives = job.record.receives, "queued anew");
                Verdict::Acknowledge
            }
            Err(error) => {
                tracing::error!(%event_id, %error, "not queued anew");
                Verdict::Keep
            }
        }
    }
}

/// To the next whole second, as SQS has them.
fn whole_seconds(time: SignedDuration) -> Duration {
    let seconds = time.as_millis().max(0).div_euclid(1000) + i128::from(time.subsec_nanos() > 0);
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests;
