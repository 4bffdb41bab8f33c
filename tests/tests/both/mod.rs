//! Suites that run in two binaries: in `fakes` on the in-memory fakes, in `emulated` on the emulators. A module named
//! `fake` holds the tests of the former; modules of any other name hold those of the latter.

mod contracts;
mod one_effect;
