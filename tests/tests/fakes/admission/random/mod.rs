//! The gates as chance has it.

mod circuit_breaker;
mod standard_queue;
