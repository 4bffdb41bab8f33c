//! What the delivery engine costs, over ports in memory: the time that a batch takes above its slowest
//! destination, and the memory that events take while they are processed. Prints each figure with its limit, and
//! fails if one exceeds its limit.
//!
//! `cargo bench -p catchment-tests --bench deliver`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it is a benchmark")]

mod batch;
mod events;
mod memory;

use std::process::ExitCode;

/// What was measured, and what it may be.
#[derive(Clone)]
struct Figure {
    what: String,
    measured: f64,
    limit: f64,
    unit: &'static str,
}

impl Figure {
    fn new(what: impl Into<String>, measured: f64, limit: f64, unit: &'static str) -> Self {
        Self { what: what.into(), measured, limit, unit }
    }

    fn is_kept(&self) -> bool {
        self.measured < self.limit
    }
}

fn main() -> ExitCode {
    let mut figures = vec![batch::latency(), memory::small_events()];
    figures.extend(memory::large_batches());
    for Figure { what, measured, limit, unit } in &figures {
        println!("{what}: {measured:.1} {unit}, limit {limit:.0} {unit}");
    }
    match figures.iter().all(Figure::is_kept) {
        true => ExitCode::SUCCESS,
        false => {
            println!("above its limit: {}", exceeded(&figures));
            ExitCode::FAILURE
        }
    }
}

fn exceeded(figures: &[Figure]) -> String {
    let exceeded = figures.iter().filter(|figure| !figure.is_kept());
    exceeded.map(|figure| figure.what.as_str()).collect::<Vec<_>>().join("; ")
}
