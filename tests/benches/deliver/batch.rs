//! A batch of ten takes hardly longer than one of its deliveries: none waits for another.

use std::time::{Duration, Instant};

use catchment_tests::samples;

use crate::Figure;
use crate::events::BenchWorker;

/// What the destination takes.
const LATENCY: Duration = Duration::from_millis(50);
/// What the batch may take, in milliseconds.
const LIMIT: f64 = 75.0;
/// The best of so many rounds counts: the machine has other things to do.
const ROUNDS: usize = 7;

pub(crate) fn latency() -> Figure {
    let mut worker = BenchWorker::new(samples::DOCUSIGN_SENT, &[], LATENCY);
    let rounds = (0..ROUNDS).map(|_| {
        let batch = worker.batch();
        let start = Instant::now();
        worker.process_batch(batch);
        start.elapsed().as_secs_f64() * 1000.0
    });
    let best = rounds.fold(f64::INFINITY, f64::min);
    Figure::new("a batch of 10 to a destination with 50 ms latency", best, LIMIT, "ms")
}
