//! Fuzzes the verifier: what a sender controls, against what must hold whatever he sends.
//!
//! An input is either a request made up of anything, or one of the providers' vectors, spoilt. No input
//! knows a secret: those are made of the hash of the whole input.
#![no_main]

mod bounds;
mod fresh;
mod input;
mod seeds;
mod senders;
mod spoilt;
mod unknown;
#[path = "../../../shared/tests/vectors/mod.rs"]
mod vectors;

use libfuzzer_sys::fuzz_target;

use crate::input::Input;

fuzz_target!(init: seeds::write(), |bytes: &[u8]| {
    let mut input = Input::of(bytes);
    match input.byte() % 2 {
        seeds::FRESH => fresh::run(input, bytes),
        _ => spoilt::run(input, bytes),
    }
});
