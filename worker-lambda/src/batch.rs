//! Processes a batch: every record on its own, bounded in number, memory and time.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::{FutureExt, StreamExt, stream};
use shared::event::reference::Reference;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::ports::Ports;
use crate::process::Worker;
use crate::record::{Disposition, MalformedRecord, Record};

/// How many records are processed at once: the largest SQS batch without a batching window.
const CONCURRENCY: usize = 10;
/// How many bytes of stored events are processed at once. Each is in memory about three times: as stored, parsed, and as
/// the body that is delivered.
const BYTE_BUDGET: u32 = 32 * 1024 * 1024;
/// How many bytes one permit of the budget's semaphore stands for.
const BYTES_PER_PERMIT: u32 = 1024;
/// The time that is left at the end of an invocation to answer Lambda.
const RESERVE: Duration = Duration::from_millis(500);

/// Processes a batch until shortly before `deadline`. The response names the records that come back (partial batch
/// response). An error fails the whole batch.
pub async fn process_batch<P: Ports>(
    worker: &Worker<P>,
    event: SqsEvent,
    deadline: Instant,
) -> Result<SqsBatchResponse, MalformedRecord> {
    let records: Vec<Record> =
        event.records.into_iter().map(Record::try_from).collect::<Result<_, _>>()?;
    let started = Instant::now();
    let budget = Semaphore::new((BYTE_BUDGET / BYTES_PER_PERMIT) as usize);
    let deadline = deadline.checked_sub(RESERVE).unwrap_or(deadline);
    let budget = &budget;
    let lanes = lanes(&records).into_iter();
    let unfinished = stream::iter(lanes.map(|lane| process_lane(worker, budget, lane, deadline)));
    let unfinished: Vec<_> = unfinished.buffer_unordered(CONCURRENCY).concat().await;
    worker.wait_for_next_slot(started, deadline).await;
    let mut response = SqsBatchResponse::default();
    unfinished.iter().for_each(|record| response.add_failure(&record.message_id));
    Ok(response)
}

/// Splits a batch into lanes that are processed side by side: one for each message group, and one for each record
/// without a group. The records of a group keep their order.
fn lanes(records: &[Record]) -> Vec<Vec<&Record>> {
    let mut lanes: Vec<Vec<&Record>> = Vec::new();
    for record in records {
        let same = |lane: &&mut Vec<&Record>| {
            record.group.is_some() && lane.first().is_some_and(|first| first.group == record.group)
        };
        match lanes.iter_mut().find(same) {
            Some(lane) => lane.push(record),
            None => lanes.push(vec![record]),
        }
    }
    lanes
}

/// Processes the records of a lane one after the other. After the first that comes back, none is tried: the rest come
/// back with it, not earlier. Returns the records that come back.
async fn process_lane<'r, P: Ports>(
    worker: &Worker<P>,
    budget: &Semaphore,
    lane: Vec<&'r Record>,
    deadline: Instant,
) -> Vec<&'r Record> {
    for (place, record) in lane.iter().enumerate() {
        let disposition = process_one(worker, budget, record, deadline).await;
        let unfinished = &lane[place..];
        match disposition {
            Disposition::Acknowledge => continue,
            Disposition::Hide(time) => hide_rest_of_lane(worker, &unfinished[1..], time).await,
            Disposition::Keep => {}
        }
        return unfinished.to_vec();
    }
    Vec::new()
}

/// Hides the records after one that is hidden, for the same time and in their order. SQS hands out no message of a group
/// before all that were received with it are visible again.
async fn hide_rest_of_lane<P: Ports>(worker: &Worker<P>, records: &[&Record], time: Duration) {
    for record in records {
        worker.hide(record, time).await;
    }
}

/// Processes one record. If it panics, or does not end in time, it alone comes back.
async fn process_one<P: Ports>(
    worker: &Worker<P>,
    budget: &Semaphore,
    record: &Record,
    deadline: Instant,
) -> Disposition {
    let latest_start = deadline.checked_sub(worker.time_per_record()).unwrap_or(deadline);
    let permits = budget.acquire_many(permits(record));
    let started = timeout_at(latest_start, permits).await;
    if Instant::now() >= latest_start || started.is_err() {
        return worker.release(record).await;
    }
    let processed = AssertUnwindSafe(worker.process_record(record, deadline)).catch_unwind();
    match timeout_at(deadline, processed).await {
        Ok(Ok(disposition)) => disposition,
        Ok(Err(_panic)) => {
            tracing::error!(message_id = record.message_id, "panicked; the record comes back");
            Disposition::Keep
        }
        Err(_elapsed) => {
            tracing::error!(message_id = record.message_id, "out of time; the record comes back");
            Disposition::Keep
        }
    }
}

/// How many permits of the byte budget a record takes. A record larger than the budget takes all of it.
fn permits(record: &Record) -> u32 {
    let size = Reference::parse(&record.body).map_or(0, |reference| reference.size);
    u32::try_from(size).unwrap_or(BYTE_BUDGET).min(BYTE_BUDGET).div_ceil(BYTES_PER_PERMIT)
}
