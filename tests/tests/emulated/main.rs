//! Tests on LocalStack and MiniStack. Each emulator is started once, by the first test that needs it, is shared by
//! all tests of this process, and ends with it. Tests keep apart by the names of what they create.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]
#![allow(clippy::print_stdout, reason = "a test reads what another process prints")]

/// The binary `fakes` runs these.
macro_rules! on_fakes {
    ($($item:item)*) => {};
}

/// Runs the suites in `both` on the emulators only.
macro_rules! on_emulators {
    ($($item:item)*) => { $($item)* };
}

#[cfg(target_os = "linux")]
// Clippy always checks it, so that it keeps compiling.
#[cfg(any(feature = "arm64", clippy))]
mod arm64;
mod aws_destinations;
#[allow(dead_code, unused_imports, reason = "the binary `fakes` uses the rest")]
#[path = "../both/mod.rs"]
mod both;
mod emulators;
mod integration;
mod log_bytes;
mod resources;
#[cfg(target_os = "linux")]
mod runtime;
mod secrecy;
