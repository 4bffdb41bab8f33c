//! Admission under random faults.

mod circuit_breaker;
mod standard_queue;
