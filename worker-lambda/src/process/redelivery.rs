//! When and how a message comes back, without SQS deleting or dead-lettering it meanwhile.
//!
//! SQS deletes a message when its queue's retention ends, hidden or not, and moves it to the dead-letter queue after
//! `max_receives`. Therefore:
//!
//! - no message is hidden beyond half of the retention without being received at that time;
//! - a message that would have to wait beyond the retention is dead-lettered while there is time;
//! - a message of a standard queue that used up half of its receives is sent to its queue again, as a new message.
//!   In a FIFO queue it would lose its place by that, so there it is received less often instead.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::config::Queue;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::telemetry::Metric;

use super::{Job, Worker};
use crate::ports::Ports;
use crate::record::{Disposition, RESENDS, RESENT_AT, Record, SINCE};

/// The last seventh of a queue's retention is left as a margin; of seven days that is one.
const RETENTION_MARGIN_FRACTION: i32 = 7;

/// How a message comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redelivery {
    /// It is hidden for this time.
    Hide(SignedDuration),
    /// It is sent to its queue again, and the received one is acknowledged. Its receives start at zero.
    Resend,
}

impl Redelivery {
    /// How a message comes back whose event has nothing due before `due`.
    fn of(queue: &Queue, record: &Record, now: Timestamp, due: Timestamp) -> Self {
        // After a single receive a message is not resent, however small `max_receives` is: it would come back at
        // once, again and again until it is due.
        if has_used_half_its_receives(queue, record) && record.receives > 1 && !queue.is_fifo() {
            return Self::Resend;
        }
        let half = half_retention(queue, record);
        let until = if now < half { due.min(half) } else { due };
        Self::Hide(until.duration_since(now))
    }
}

/// Why a message cannot wait until `due`, if it cannot.
pub(super) fn reason_not_to_wait(queue: &Queue, record: &Record, due: Timestamp) -> Option<String> {
    if due > latest_end(queue, record) {
        return Some("its queue's retention is nearly over".to_owned());
    }
    let is_last = queue.is_fifo() && record.receives >= queue.max_receives;
    is_last.then(|| format!("received {} times", record.receives))
}

/// The earliest time at which a message whose delivery is deferred may be received again. In a FIFO queue the
/// receives that are left must last for the time that is left, once half of them are used up.
pub(super) fn earliest_redelivery(queue: &Queue, record: &Record, now: Timestamp) -> Timestamp {
    if !queue.is_fifo() || !has_used_half_its_receives(queue, record) {
        return now;
    }
    let left = queue.max_receives.saturating_sub(record.receives).max(1);
    let time = latest_end(queue, record).duration_since(now).max(SignedDuration::ZERO);
    now + time / i32::try_from(left).unwrap_or(i32::MAX)
}

fn has_used_half_its_receives(queue: &Queue, record: &Record) -> bool {
    record.receives >= queue.max_receives.div_ceil(2)
}

/// When a message must be delivered or dead-lettered: at the end of its retention, less the margin.
fn latest_end(queue: &Queue, record: &Record) -> Timestamp {
    let retention = SignedDuration::from_secs(queue.retention.into());
    let margin = retention / RETENTION_MARGIN_FRACTION;
    record.since.saturating_add(retention - margin).unwrap_or(Timestamp::MAX)
}

fn half_retention(queue: &Queue, record: &Record) -> Timestamp {
    record.since.saturating_add(queue.half_retention()).unwrap_or(Timestamp::MAX)
}

impl<P: Ports> Worker<P> {
    /// Makes a record visible again without processing it.
    pub async fn release(&self, record: &Record) -> Disposition {
        self.hide(record, Duration::ZERO).await
    }

    /// Hides a record for `time`. If that fails, it comes back when its visibility timeout ends.
    pub async fn hide(&self, record: &Record, time: Duration) -> Disposition {
        let Some(queue) = self.queues.get(&record.queue_arn) else { return Disposition::Keep };
        let hidden = self.ports.queue().change_visibility(&queue.url, &record.receipt, time);
        match hidden.await {
            Ok(()) => Disposition::Hide(time),
            Err(error) => {
                tracing::warn!(message_id = record.message_id, %error, "visibility timeout not changed");
                Disposition::Keep
            }
        }
    }

    /// Lets a message come back when its event is next due.
    pub(super) async fn defer_until(&self, job: &Job<'_>, due: Timestamp) -> Disposition {
        let now = Timestamp::now();
        // So that an alarm sounds in time.
        if now >= half_retention(job.queue, job.record) {
            job.report.warn(Metric::Overdue, "overdue", true);
        }
        match Redelivery::of(job.queue, job.record, now, due) {
            Redelivery::Hide(time) => self.hide(job.record, whole_seconds(time)).await,
            Redelivery::Resend => self.resend(job).await,
        }
    }

    /// Sends the message again, and only then acknowledges the received one. A crash in between leaves two messages
    /// of one event, which have one effect, as all duplicates.
    async fn resend(&self, job: &Job<'_>) -> Disposition {
        let (body, event_id) = (job.record.body.clone(), job.reference().event_id);
        let resends = job.record.resends.saturating_add(1);
        let attributes = Attributes::from([
            (SINCE, job.record.since.to_string()),
            (RESENT_AT, Timestamp::now().to_string()),
            (RESENDS, resends.to_string()),
        ]);
        let message = Message { body, attributes, fifo: None };
        match self.ports.queue().send(&job.queue.url, message).await {
            Ok(()) => {
                job.report.resent(job.record.receives, resends);
                Disposition::Acknowledge
            }
            Err(error) => {
                tracing::error!(%event_id, %error, "message not resent");
                Disposition::Keep
            }
        }
    }
}

/// Rounds up to whole seconds, the unit of SQS's visibility timeout.
fn whole_seconds(time: SignedDuration) -> Duration {
    let seconds = time.as_millis().max(0).div_euclid(1000) + i128::from(time.subsec_nanos() > 0);
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests;
