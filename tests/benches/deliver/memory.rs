//! The most memory that was allocated at once while events were worked on. The archive holds one object
//! that is not counted; each event has its own copy, as it would from S3.

use std::time::Duration;

use crate::Figure;
use crate::events::{BenchWorker, body};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// Every event is looked into, so that its body is read into a tree.
const FILTER: &str = "body.event == 'envelope-sent'";
/// Deliveries that take a moment are all in memory at once.
const LATENCY: Duration = Duration::from_millis(5);
/// `BYTE_BUDGET` of `worker_lambda::batch`: so many MiB of stored events are worked on at once.
const BUDGET: f64 = 32.0;

/// 1,000 events of 64 KiB, in batches of ten.
pub(crate) fn small_events() -> Figure {
    let mut worker = BenchWorker::new(&body(64 * KIB), &[FILTER], LATENCY);
    let peak = peak(&mut worker, 100);
    let stored = worker.stored_bytes() / KIB as u64;
    Figure::new(format!("1,000 events of {stored} KiB as stored"), peak, 64.0, "MiB")
}

/// A batch of ten events of 4 MB, delivered unseen, and looked into by a filter: how much of it is worked
/// on at once, and the memory that takes.
pub(crate) fn large_batches() -> Vec<Figure> {
    [large(&[], "delivered unseen", 2.0), large(&[FILTER], "with a filter", 4.0)].concat()
}

fn large(filters: &[&str], how: &str, copies: f64) -> Vec<Figure> {
    let mut worker = BenchWorker::new(&body(4_000_000), filters, LATENCY);
    let peak = peak(&mut worker, 1);
    let mib = |bytes: u64| bytes as f64 / MIB as f64;
    let what = format!("a batch of ten events of {:.1} MiB, {how}", mib(worker.stored_bytes()));
    let at_once = mib(worker.most_bytes_at_once());
    vec![
        Figure::new(format!("{what}: stored bytes at once"), at_once, BUDGET, "MiB"),
        Figure::new(what, peak, copies * BUDGET, "MiB"),
    ]
}

/// The most that was allocated at once while so many batches were worked on.
fn peak(worker: &mut BenchWorker, batches: usize) -> f64 {
    let work = || {
        (0..batches).for_each(|_| {
            let batch = worker.batch();
            worker.process_batch(batch);
        });
    };
    allocation_counter::measure(work).bytes_max as f64 / MIB as f64
}
