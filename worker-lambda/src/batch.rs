//! A batch: every record on its own, bounded in number, memory and time.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::{FutureExt, StreamExt, stream};
use shared::event::reference::Reference;
use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::record::{Incomplete, Record, Verdict};
use crate::work::Worker;

/// How many records are worked on at once: SQS's largest batch without a window.
const CONCURRENCY: usize = 10;
/// How many bytes of stored events are worked on at once. Each is in memory about three times: as
/// stored, parsed, and as the body on its way.
const BYTE_BUDGET: u32 = 32 * 1024 * 1024;
/// The budget's unit: a semaphore counts in it.
const UNIT: u32 = 1024;
/// What is kept back of the invocation's time, to answer Lambda in.
const RESERVE: Duration = Duration::from_millis(500);

/// Works on a batch until shortly before `deadline`, and names the records that are to come back.
pub async fn work_on<S, Q, L, D>(
    worker: &Worker<S, Q, L, D>,
    event: SqsEvent,
    deadline: Instant,
) -> Result<SqsBatchResponse, Incomplete>
where
    S: EventStore,
    Q: MessageQueue,
    L: Ledger,
    D: Deliver,
{
    let records: Vec<Record> =
        event.records.into_iter().map(Record::try_from).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let budget = Semaphore::new((BYTE_BUDGET / UNIT) as usize);
    let deadline = deadline.checked_sub(RESERVE).unwrap_or(deadline);
    let budget = &budget;
    let lanes = lanes(&records).into_iter();
    let returns = stream::iter(lanes.map(|lane| in_turn(worker, budget, lane, deadline)));
    let returns: Vec<_> = returns.buffer_unordered(CONCURRENCY).concat().await;
    worker.rest(begun, deadline).await;
    let mut response = SqsBatchResponse::default();
    returns.iter().for_each(|record| response.add_failure(&record.message_id));
    Ok(response)
}

/// What is worked on side by side: the groups of a FIFO queue, and each record of a standard one. Records
/// of a group are in its order.
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

/// Works on the records of a lane, one after the other. Behind the first that is to come back none is tried:
/// they come back with it, and not before. Returns those.
async fn in_turn<'r, S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver>(
    worker: &Worker<S, Q, L, D>,
    budget: &Semaphore,
    lane: Vec<&'r Record>,
    deadline: Instant,
) -> Vec<&'r Record> {
    for (place, record) in lane.iter().enumerate() {
        let verdict = one(worker, budget, record, deadline).await;
        let unfinished = &lane[place..];
        match verdict {
            Verdict::Acknowledge => continue,
            Verdict::Hidden(time) => behind(worker, &unfinished[1..], time).await,
            Verdict::Keep => {}
        }
        return unfinished.to_vec();
    }
    Vec::new()
}

/// Hides those behind one that is hidden for as long as it is, in their order. SQS hands out none of a group
/// before all that were received with it are visible again.
async fn behind<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver>(
    worker: &Worker<S, Q, L, D>,
    records: &[&Record],
    time: Duration,
) {
    for record in records {
        worker.give_back_for(record, time).await;
    }
}

/// Works on one record. If it panics, or does not end in time, it alone comes back.
async fn one<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver>(
    worker: &Worker<S, Q, L, D>,
    budget: &Semaphore,
    record: &Record,
    deadline: Instant,
) -> Verdict {
    let latest_start = deadline.checked_sub(worker.time_for_one()).unwrap_or(deadline);
    let permits = budget.acquire_many(units(record));
    let started = timeout_at(latest_start, permits).await;
    if Instant::now() >= latest_start || started.is_err() {
        return worker.give_back(record).await;
    }
    let work = AssertUnwindSafe(worker.work(record, deadline)).catch_unwind();
    match timeout_at(deadline, work).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_panic)) => {
            tracing::error!(message_id = record.message_id, "panicked; the record comes back");
            Verdict::Keep
        }
        Err(_elapsed) => {
            tracing::error!(message_id = record.message_id, "out of time; the record comes back");
            Verdict::Keep
        }
    }
}

/// What a record takes of the budget; more than all of it would never be granted.
fn units(record: &Record) -> u32 {
    let size = Reference::parse(&record.body).map_or(0, |reference| reference.size);
    u32::try_from(size).unwrap_or(BYTE_BUDGET).min(BYTE_BUDGET).div_ceil(UNIT)
}
