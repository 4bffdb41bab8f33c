//! Destinations in AWS, on raw servers in AWS's place: how they fail, and what a mistake in their configuration says.
//! The binary `emulated` has the tests of deliveries that arrive.

mod failures;
mod start;
