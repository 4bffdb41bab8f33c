//! Invariant 8: log lines hold neither secrets nor payloads. [`logs`] runs the Lambdas' own binaries, sends them valid,
//! forged and failing requests and deliveries full of marked text, and reads everything that they wrote. The binary
//! `fakes` has the tests of errors and of `Debug` outputs.

mod lambda;
pub(crate) mod logs;
mod start;

pub(crate) use self::logs::{Deployed, binary};
